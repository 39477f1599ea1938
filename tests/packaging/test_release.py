# One command writes the version and the repository's name everywhere.
import json
import re

import project
import pytest
import release


def deps(root):
    return [dep for path in sorted(root.glob("packages/*/package.json"))
            for dep in json.loads(path.read_text())["deps"]]


def test_version_and_repository_are_the_same_everywhere():
    release.main(["--check"])


def test_the_core_tells_the_version():
    version, _ = project.settings()
    text = (project.ROOT / "packages/tinyweb-core/tinyweb/__init__.py").read_text()
    assert re.findall(r'^__version__ = "(.*)"', text, flags=re.M) == [version]


def test_a_new_version_reaches_every_place(project_copy, capsys):
    before = {path: path.read_text() for path in project_copy.rglob("*") if path.is_file()}
    old, _ = project.settings(project_copy)
    release.main(["77.8.9"], project_copy)
    output = capsys.readouterr().out
    assert project.settings(project_copy)[0] == "77.8.9"
    for name in (package.name for package in project.packages()):
        for path in ("package.json", "manifest.py"):
            text = (project_copy / "packages" / name / path).read_text()
            assert '"77.8.9"' in text and f'"{old}"' not in text, text
            assert f"wrote packages/{name}/{path}\n" in output
    assert '__version__ = "77.8.9"' in (project_copy / "packages/tinyweb-core/tinyweb/__init__.py").read_text()
    pages = "".join(path.read_text() for path in project_copy.rglob("*.md"))
    for line in ('version="77.8.9"', 'version="v77.8.9"', "tinyweb-rest@v77.8.9", "firmware_esp32-77.8.9.bin"):
        assert line in pages and line.replace("77.8.9", old) not in pages, line
    release.main([old], project_copy)
    assert {path: path.read_text() for path in project_copy.rglob("*") if path.is_file()} == before


def test_a_new_name_of_the_repository_reaches_every_place(project_copy):
    _, old = project.settings(project_copy)
    release.main(["--repository", "lamps/web-server"], project_copy)
    for path in [*project_copy.rglob("*.json"), *project_copy.rglob("*.md"), project_copy / "pyproject.toml"]:
        assert f"{old}/packages" not in path.read_text(), path
        assert f'"{old}"' not in path.read_text(), path
    got = deps(project_copy)
    assert ["github:lamps/web-server/packages/tinyweb-core", ""] in got and len(got) == len(deps(project.ROOT))
    assert all(name.startswith("github:lamps/web-server/packages/") for name, _ in got), got
    readme = (project_copy / "packages/tinyweb-rest/README.md").read_text()
    assert "github:lamps/web-server/packages/tinyweb-rest" in readme, readme


def test_a_release_pins_the_dependencies_and_the_next_commit_frees_them(project_copy):
    version, repository = project.settings(project_copy)
    names = [f"github:{repository}/packages/{dep}" for package in sorted(project.packages(), key=lambda p: p.name)
             for dep in package.deps]
    release.main(["--pin"], project_copy)
    assert deps(project_copy) == [[name, f"v{version}"] for name in names]
    release.main(["--check"], project_copy)
    release.main([], project_copy)
    assert deps(project_copy) == [[name, ""] for name in names]
    release.main(["--check"], project_copy)


def test_check_names_what_differs_and_changes_nothing(project_copy):
    path = project_copy / "packages/tinyweb-rest/package.json"
    text = path.read_text().replace('"version": "', '"version": "9')
    path.write_text(text)
    with pytest.raises(project.ProjectError, match=r"differ: packages.tinyweb-rest.package\.json$"):
        release.main(["--check"], project_copy)
    assert path.read_text() == text


def test_check_sees_a_file_that_package_json_lacks(project_copy):
    (project_copy / "packages/tinyweb-core/tinyweb/lamp.py").write_text("")
    sentence = r"differ: packages/tinyweb-core/package\.json, packages/tinyweb-core/manifest\.py$"
    with pytest.raises(project.ProjectError, match=sentence):
        release.main(["--check"], project_copy)
    release.main([], project_copy)
    release.main(["--check"], project_copy)
    for path in "package.json", "manifest.py":
        assert "lamp.py" in (project_copy / "packages/tinyweb-core" / path).read_text(), path


def test_half_pinned_dependencies_are_no_release(project_copy):
    release.main(["--pin"], project_copy)
    path = project_copy / "packages/tinyweb-rest/package.json"
    path.write_text(re.sub(r'"v[\d.]+"', '""', path.read_text()))
    with pytest.raises(project.ProjectError, match="differ"):
        release.main(["--check"], project_copy)


@pytest.mark.parametrize("args, sentence", [
    (["2.1"], "a version is three numbers"),
    (["v2.1.0"], "a version is three numbers"),
    (["--repository", "tinyweb"], "a repository is OWNER/REPO"),
    (["--repository", "a/b/c"], "a repository is OWNER/REPO"),
    (["98.7.6", "--pin"], r"CHANGELOG\.md has no section \[98\.7\.6\]"),
])
def test_bad_input_is_told_in_a_sentence_and_nothing_is_written(project_copy, args, sentence):
    before = {path: path.read_text() for path in project_copy.rglob("*") if path.is_file()}
    with pytest.raises(project.ProjectError, match=sentence):
        release.main(args, project_copy)
    assert {path: path.read_text() for path in project_copy.rglob("*") if path.is_file()} == before
