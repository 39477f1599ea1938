# What a firmware build freezes, judged by MicroPython's own manifest reader.
import functools
import shutil

import merge
import project
import pytest
from manifests import evaluate, manifestfile

FOLDERS = sorted(path.parent for path in project.ROOT.glob("packages/*/manifest.py"))
BOARDS = sorted(path.parent.name for path in project.ROOT.glob("firmware/boards/*/manifest.py"))


def shipped(*names):
    """Give what these packages install by their package.json."""
    return {target: path for name in names for target, path in project.package(project.ROOT / "packages" / name).files}


@functools.cache
def texts():
    """Return the text of each file of the merged core."""
    return merge.core({target: path.read_text() for target, path in shipped("tinyweb-core").items()}, frozen=True)


def merged(*names):
    """Return what the root manifest freezes of these packages: the core as tools/frozen.py writes it."""
    folder = project.ROOT / "build" / "frozen-core" / "tinyweb-core"
    others = {target: path for target, path in shipped(*names).items() if not target.startswith("tinyweb/")}
    return others | {target: folder / target for target in texts()}


def library():
    return f"add_library('tinyweb', {str(project.ROOT / 'packages')!r})\n"


def test_every_package_has_both_descriptions():
    assert FOLDERS == sorted(path.parent for path in project.ROOT.glob("packages/*/package.json"))
    assert FOLDERS == sorted(path for path in project.ROOT.glob("packages/*") if path.is_dir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_manifest_and_package_json_and_files_are_one(folder):
    package = project.package(folder)
    _, files = evaluate(f"metadata(version='0')\n{library()}require({folder.name!r}, library='tinyweb')")
    needed = shipped(*package.deps)
    assert files == {**dict(package.files), **needed}
    assert [target for target, _ in package.files] == project.sources(folder)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_manifest_and_package_json_tell_the_same(folder):
    # as micropython-lib's own builder reads it: metadata first, nothing but .py
    package = project.package(folder)
    reader = manifestfile.ManifestFile(manifestfile.MODE_COMPILE)
    reader.add_library("tinyweb", str(project.ROOT / "packages"))
    reader.execute(str(folder / "manifest.py"))
    metadata = reader.metadata()
    got = (metadata.version, metadata.description, metadata.license, metadata.author)
    assert got == (package.version, package.description, "MIT", "TinyWeb developers"), got


@pytest.mark.parametrize("options, names", [
    ("", ["tinyweb-core", "tinyweb-rest", "tinyweb-static"]),
    (", static=False", ["tinyweb-core", "tinyweb-rest"]),
    (", rest=False", ["tinyweb-core", "tinyweb-static"]),
    (", rest=False, static=False", ["tinyweb-core"]),
    (", rest=True, static=False", ["tinyweb-core", "tinyweb-rest"]),
    (", wifi=True", ["tinyweb-core", "tinyweb-rest", "tinyweb-static", "tinyweb-wifi"]),
])
def test_the_root_manifest_freezes_a_choice(options, names):
    _, files = evaluate(f"include({str(project.ROOT / 'manifest.py')!r}{options})")
    assert files == merged(*names), sorted(files)
    assert {target: path.read_text() for target, path in files.items() if target in texts()} == texts()
    _, files = evaluate(f"include({str(project.ROOT / 'manifest.py')!r}{options}, merged=False)")
    assert files == shipped(*names), sorted(files)


def test_a_misspelt_option_is_told(tmp_path):
    with pytest.raises(manifestfile.ManifestFileError, match="There is no package tinyweb-statik"):
        evaluate(f"include({str(project.ROOT / 'manifest.py')!r}, statik=False)")


def clone(folder):
    """Copy what the root manifest takes to a folder."""
    for name in "packages", "tools":
        shutil.copytree(project.ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(project.ROOT / "manifest.py", folder)


def test_the_merged_core_is_written_again_only_where_it_changed(tmp_path):
    clone(tmp_path)
    text = f"include({str(tmp_path / 'manifest.py')!r})"
    _, files = evaluate(text)
    assert files["tinyweb/__init__.py"].is_relative_to(tmp_path)
    first = {target: path.stat().st_mtime_ns for target, path in files.items()}
    with open(tmp_path / "packages" / "tinyweb-core" / "tinyweb" / "cookies.py", "a") as f:
        f.write("\nADDED = 1\n")
    _, files = evaluate(text)
    changed = [target for target, path in files.items() if first[target] != path.stat().st_mtime_ns]
    assert changed == ["tinyweb/cookies.py"] and files["tinyweb/cookies.py"].read_text().endswith("ADDED = 1\n")


@pytest.mark.parametrize("change, reason", [
    (lambda root: (root / "packages/tinyweb-core/tinyweb/http.py").write_text("def f(:\n"), "http.py does not compile"),
    (lambda root: (root / "build").write_text(""), "build"),
])
def test_a_core_that_cannot_be_merged_is_told(tmp_path, change, reason):
    clone(tmp_path)
    change(tmp_path)
    with pytest.raises(manifestfile.ManifestFileError, match=reason):
        evaluate(f"include({str(tmp_path / 'manifest.py')!r})")
    _, files = evaluate(f"include({str(tmp_path / 'manifest.py')!r}, merged=False)")
    assert "tinyweb/lazy.py" in files


def test_an_old_python_takes_what_was_merged_before(monkeypatch):
    evaluate(f"include({str(project.ROOT / 'manifest.py')!r})")
    monkeypatch.setattr("sys.version_info", (3, 6, 9))
    _, files = evaluate(f"include({str(project.ROOT / 'manifest.py')!r})")
    assert "tinyweb/lazy.py" not in files


def test_a_package_to_come_is_an_option_by_its_name(tmp_path):
    clone(tmp_path)
    folder = tmp_path / "packages" / "tinyweb-lamp"
    folder.mkdir()
    (folder / "manifest.py").write_text("metadata(version='1')\nrequire('tinyweb-core')\nmodule('tinyweb_lamp.py')\n")
    (folder / "tinyweb_lamp.py").write_text("")
    for options, there in (", lamp=True", True), ("", False), (", lamp=False", False):
        _, files = evaluate(f"include({str(tmp_path / 'manifest.py')!r}{options})")
        assert ("tinyweb_lamp.py" in files) is there and "tinyweb_static.py" in files, sorted(files)


def test_packages_can_be_required_beside_one_another():
    _, files = evaluate(library() + "require('tinyweb-rest', library='tinyweb')\nrequire('tinyweb-static')")
    assert files == shipped("tinyweb-core", "tinyweb-rest", "tinyweb-static"), sorted(files)


def test_a_board_with_metadata_of_its_own_can_include_it():
    _, files = evaluate(f"metadata(version='1.0')\ninclude({str(project.ROOT)!r})")
    assert files == merged("tinyweb-core", "tinyweb-rest", "tinyweb-static"), sorted(files)


@pytest.mark.parametrize("board", BOARDS)
def test_a_boards_manifest_starts_from_the_ports_own_with_a_stand_in_port(board, tmp_path):
    # No MicroPython tree is at hand: a stand-in has a file where the real one has its own.
    port = tmp_path / "port"
    (port / "boards" / "ESP8266_GENERIC").mkdir(parents=True)
    (port / "modules").mkdir()
    (port / "modules" / "inisetup.py").write_text("")
    for path in "manifest.py", "ESP8266_GENERIC/manifest_2MiB.py":
        (port / "boards" / path).write_text('freeze("$(PORT_DIR)/modules")\n')
    path = project.ROOT / "firmware" / "boards" / board / "manifest.py"
    _, files = evaluate(path, PORT_DIR=str(port))
    assert files.pop("inisetup.py") == port / "modules" / "inisetup.py", files
    assert files.pop("main.py") == project.ROOT / "firmware" / "frozen" / "main.py", files
    assert files == merged("tinyweb-core", "tinyweb-rest", "tinyweb-static", "tinyweb-wifi"), sorted(files)
    # as firmware/build leaves things out
    _, files = evaluate(f"include({str(path)!r}, static=False, main=False)", PORT_DIR=str(port))
    assert "main.py" not in files and "inisetup.py" in files
    del files["inisetup.py"]
    assert files == merged("tinyweb-core", "tinyweb-rest", "tinyweb-wifi"), sorted(files)


def test_there_is_a_folder_for_each_board_that_is_promised():
    assert BOARDS == ["ESP32_GENERIC", "ESP32_GENERIC_C3", "ESP32_GENERIC_S3", "ESP8266_GENERIC"]
    text = (project.ROOT / "firmware" / "README.md").read_text()
    for board in BOARDS:
        assert f"`boards/{board}`" in text, board
