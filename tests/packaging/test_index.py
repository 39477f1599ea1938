# The index builder: the same bytes each time, nothing lost, nothing half-written.
import hashlib
import json
import shutil
import subprocess
import sys

import demo
import harness
import index
import merge
import project
import pytest


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_sources_give_the_same_bytes_wherever_they_lie(tmp_path, index_folder):
    copy = shutil.copytree(project.ROOT / "packages", tmp_path / "elsewhere" / "packages")
    index.build(project.packages(copy), tmp_path / "mip")
    got, want = tree(tmp_path / "mip"), tree(index_folder)
    assert got == want, sorted(set(got.items()) ^ set(want.items()))


def test_what_becomes_of_the_sources_is_kept_until_one_of_them_changes(tmp_path, monkeypatch):
    for name in "packages/tinyweb-core", "packages/tinyweb-rest", "tools":
        shutil.copytree(project.ROOT / name, tmp_path / name)
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "new-package.md"
    page.write_text("`first`")
    monkeypatch.setattr(project, "ROOT", tmp_path)
    monkeypatch.setattr(project, "WORK", tmp_path)
    calls = []

    def made(package, tell=None):
        calls.append(package.name)
        return {"made": package.name}

    def asked():
        # Return how many of two packages, asked for twice, were made anew.
        before = len(calls)
        for package in project.packages(tmp_path / "packages") * 2:
            assert index.sources(package) == {"made": package.name}
        return len(calls) - before

    monkeypatch.setattr(index, "_sources", made)

    assert [asked(), asked()] == [2, 0]
    for path in page, tmp_path / "tools" / "merge.py", *(tmp_path / "packages").rglob("results.py*"):
        path.write_text(path.read_text() + "\n")
        assert [asked(), asked()] == [2, 0], path
    kept = tmp_path / "build" / "sources"
    for text in "", "[]", "{}", '{"state": 1}':
        (kept / "tinyweb-rest.json").write_text(text)
        assert [asked(), asked()] == [1, 0], text
    shutil.rmtree(kept)
    kept.write_text("no folder")
    assert asked() == 4


def test_no_path_of_this_machine_is_in_it(index_folder):
    for path, data in tree(index_folder).items():
        assert str(project.ROOT).encode() not in data, path


def test_contents_are_named_by_their_hash(index_folder):
    files = list(index_folder.glob("file/*/*"))
    assert files
    for path in files:
        short = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        assert (path.parent.name, path.name) == (short[:2], short), path


def test_each_package_is_there_in_both_flavours(index_folder):
    version, _ = project.settings()
    for package in project.packages():
        for flavour, ending in (("6", ".mpy"), ("py", ".py")):
            folder = index_folder / "package" / flavour / package.name
            got = json.loads((folder / f"{version}.json").read_text())
            assert got["v"] == 1 and got["version"] == version, got
            files = [file for needed in project.chosen([package.name]) for file in needed.files]
            want = {target.replace(".py", ending) for target, _ in files}
            if flavour == "6":
                want -= {merge.path_of(name).replace(".py", ending) for name in set(merge.EAGER) - set(merge.DOORS)}
            assert {target for target, _ in got["hashes"]} == want, got
            assert len(got["hashes"]) == len(want), got
            assert got["deps"] == [], got  # see tools/index.py
            assert (folder / "latest.json").read_bytes() == (folder / f"{version}.json").read_bytes()


def test_the_pages_for_people_name_each_package_and_the_install_line(index_folder):
    data = json.loads((index_folder / "index.json").read_text())
    page = (index_folder / "index.html").read_text()
    names = {row["name"] for row in data["packages"]}
    assert names == {package.name for package in project.packages()}, names
    for row in data["packages"]:
        assert row["name"] in page
        for size in row["bytes"].values():
            assert f"{size:,}" in page, (row, size)
    assert "mpremote mip install --index" in page
    assert "mip.install(" in page


def test_the_earlier_releases_are_kept(tmp_path, sample):
    sample.build(tmp_path / "one")
    sample.write("1.1.0", "LIGHT = 2\n")
    data = sample.build(tmp_path / "two", tmp_path / "one")
    one, two = tree(tmp_path / "one"), tree(tmp_path / "two")
    for path, content in one.items():
        if "latest" not in path and not path.startswith("index."):
            assert two.get(path) == content, path
    latest = json.loads(two["package/6/lamp-core/latest.json"])
    assert latest["version"] == "1.1.0", latest
    assert data["packages"][0]["versions"]["py"] == ["1.0.0", "1.1.0"], data


def test_an_index_may_grow_in_place(tmp_path, sample):
    sample.build(tmp_path / "mip")
    sample.write("1.10.0", "LIGHT = 2\n")
    sample.build(tmp_path / "mip", tmp_path / "mip")
    sample.write("1.9.0", "LIGHT = 3\n")  # a fix for an older line does not become the latest
    data = sample.build(tmp_path / "mip", tmp_path / "mip")
    assert data["packages"][0]["versions"]["6"] == ["1.0.0", "1.9.0", "1.10.0"], data
    latest = json.loads((tmp_path / "mip/package/6/lamp-core/latest.json").read_text())
    assert latest["version"] == "1.10.0", latest


def test_a_published_version_never_changes(tmp_path, sample):
    sample.build(tmp_path / "mip")
    before = tree(tmp_path / "mip")
    sample.write("1.0.0", "LIGHT = 2\n")
    with pytest.raises(project.ProjectError, match=r"lamp-core 1\.0\.0 is published with other contents"):
        sample.build(tmp_path / "mip", tmp_path / "mip")
    assert tree(tmp_path / "mip") == before


def test_code_that_does_not_compile_is_named_and_nothing_is_written(tmp_path, sample):
    sample.write("1.0.0", "LIGHT = = 1\n")
    with pytest.raises(project.ProjectError, match=r"lamp/__init__\.py does not compile: .*SyntaxError"):
        sample.build(tmp_path / "mip")
    assert not (tmp_path / "mip").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("mip")]


def test_a_folder_that_is_no_index_is_left_alone(tmp_path, sample):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "photo.jpg").write_text("mine")
    with pytest.raises(project.ProjectError, match="precious exists and is no index"):
        sample.build(tmp_path / "precious")
    with pytest.raises(project.ProjectError, match="precious has no index.json: that is no index of packages"):
        sample.build(tmp_path / "mip", tmp_path / "precious")
    assert tree(tmp_path / "precious") == {"photo.jpg": b"mine"}


@pytest.mark.parametrize("change, sentence", [
    (lambda data: data["urls"].append(["gone.py", "gone.py"]), "lists gone.py: No such file"),
    (lambda data: data["deps"].append(["github:someone/lamps/packages/lamp-gone", ""]), "lamp-core needs lamp-gone"),
    (lambda data: data["deps"].append(["github:someone/lamps/packages/lamp-web", ""]), "need each other"),
    (lambda data: data["deps"].append("lamp-web"), "no package.json as mip reads it"),
    (lambda data: data.pop("urls"), "no package.json as mip reads it"),
])
def test_a_wrong_package_json_is_told_in_a_sentence(tmp_path, sample, change, sentence):
    path = sample.folder / "lamp-core" / "package.json"
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(project.ProjectError, match=sentence):
        sample.build(tmp_path / "mip")
    assert not (tmp_path / "mip").exists()


def published(tmp_path, sample):
    """Publish two versions of the samples; gives the folder."""
    sample.build(tmp_path / "mip")
    sample.write("1.1.0", "LIGHT = 2\n")
    sample.build(tmp_path / "mip", tmp_path / "mip")
    return tmp_path / "mip"


def test_a_whole_index_is_told_to_be_whole(tmp_path, sample, index_url):
    folder = published(tmp_path, sample)
    files = len(list(folder.glob("file/*/*")))
    assert index.check(folder) == (8, files)
    with demo.served(folder) as url:
        assert index.check(url + "/") == (8, files)
    assert index.check(index_url)[0] == 2 * len(project.packages())


@pytest.mark.parametrize("path, data, sentence", [
    ("index.json", None, "has no index.json: that is no index of packages"),
    ("index.json", b"<!doctype html><title>Login", "index.json is an HTML page: that is no index of packages"),
    ("index.json", b"{", "index.json is no JSON: that is no index of packages"),
    ("index.json", b"[]", "is no index of packages as mip reads it"),
    ("package/py/lamp-web/1.0.0.json", None, "has no package/py/lamp-web/1.0.0.json: lamp-web 1.0.0 cannot be"),
    ("package/6/lamp-web/latest.json", b"<p>", "latest.json is an HTML page: lamp-web latest cannot be installed"),
    ("package/6/lamp-web/latest.json", b"{}", "is no index of packages as mip reads it"),
    ("file", None, r"has no file/..?/\w{8}: lamp-core 1.0.0 needs it for lamp/__init__.mpy"),
    ("file", b"corrupt", r"file/../\w{8} is damaged: lamp-core 1.0.0 needs it for lamp/__init__.mpy"),
])
@pytest.mark.parametrize("by", ["folder", "url"])
def test_an_index_that_is_not_whole_is_told_in_a_sentence(tmp_path, sample, path, data, sentence, by):
    folder = published(tmp_path, sample)
    if path == "file":
        short = dict(json.loads((folder / "package/6/lamp-core/1.0.0.json").read_text())["hashes"])["lamp/__init__.mpy"]
        path = f"file/{short[:2]}/{short}"
    (folder / path).unlink()
    if data is not None:
        (folder / path).write_bytes(data)
    with demo.served(folder) as url, pytest.raises(project.ProjectError, match=sentence):
        index.check(url if by == "url" else folder)


def test_an_index_that_nobody_serves_is_told_in_a_sentence():
    with pytest.raises(project.ProjectError, match=r"127\.0\.0\.1:\d+ cannot be read: .*refused"):
        index.check(f"http://127.0.0.1:{harness.free_port()}")


@pytest.mark.parametrize("place", ["http://a b/", "http://[", "http://127.0.0.1:port/"])
def test_a_url_that_is_none_is_told_in_a_sentence(place):
    with pytest.raises(project.ProjectError, match="cannot be read: "):
        index.check(place)


def test_a_damaged_index_is_not_carried_over(tmp_path, sample):
    folder = published(tmp_path, sample)
    next(folder.glob("file/*/*")).write_bytes(b"corrupt")
    sample.write("1.2.0", "LIGHT = 3\n")
    with pytest.raises(project.ProjectError, match="is damaged"):
        sample.build(tmp_path / "new", folder)
    assert not (tmp_path / "new").exists()


def test_the_command_builds_and_checks(tmp_path):
    tool = [sys.executable, str(project.ROOT / "tools" / "index.py")]
    whole = f"mip is whole: {2 * len(project.packages())} versions"
    for args, said in (["--out", "mip"], "The index is in mip"), (["--check", "mip"], whole):
        done = subprocess.run([*tool, *args], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and said in done.stdout, done.stdout + done.stderr
    done = subprocess.run([*tool, "--check", "gone"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, "tinyweb: gone has no index.json: that is no index of packages\n")
