# The package that docs/new-package.md builds is one: its files as they stand there, judged as all packages are. And the
# extensions use of the core what that page lists.
import ast
import importlib.util
import json
import re
import subprocess
import sys

import harness
import index
import pages
import project
import pytest
import release

NAME = "tinyweb-clock"
FILES = {note.removeprefix("file: "): block.text for block in pages.blocks() for note in block.notes
         if block.page == "docs/new-package.md" and note.startswith("file: ")}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The project's packages and the new one, after `python tools/release.py`."""
    root = tmp_path_factory.mktemp("project")
    harness.copy_project(root)
    folder = root / "packages" / NAME
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    release.main([], root)
    return root


def test_all_of_its_files_are_on_the_page():
    assert sorted(FILES) == ["README.md", "manifest.py", "package.json", "tinyweb_clock.py", "tinyweb_clock.pyi"]


def test_the_release_tool_completes_its_package_json(root):
    got = json.loads((root / "packages" / NAME / "package.json").read_text())
    assert got["urls"] == [["tinyweb_clock.py", "tinyweb_clock.py"]], got
    release.main(["--check"], root)


def test_the_index_holds_it(root):
    data = index.build(project.packages(root / "packages"), root / "dist")
    row = next(row for row in data["packages"] if row["name"] == NAME)
    assert row["deps"] == ["tinyweb-core"] and row["bytes"]["6"] < 1000, row


def test_its_program_runs(root):
    block = next(block for block in pages.blocks() if block.page == "docs/new-package.md" and "tinyweb_clock.clock(" in
                 block.text)
    program = block.text.split("```python\n")[1].split("```")[0].replace("port=80", "HOST, PORT")
    folders = [harness.board_folder(), str(root / "packages" / NAME)]
    with harness.start(program, path=folders) as running:
        got = harness.get(running.port, "/now")
        assert got.code == 200 and json.loads(got.text)["seconds"] > 0, got
        assert not running.trouble(), running.trouble()


def test_its_stub_says_what_its_code_does(root):
    folder = root / "packages" / NAME
    code = f"import sys; sys.path[:0] = {[str(folder), *harness.source_folders()]}; from mypy import stubtest; " \
           "sys.exit(stubtest.test_stubs(stubtest.parse_options(['tinyweb_clock'])))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=root,
                          env={"MYPYPATH": ":".join([str(folder), *harness.source_folders()])})
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_imports_are_those_of_an_extension(root):
    path = project.ROOT / "tests" / "design" / "test_imports.py"
    spec = importlib.util.spec_from_file_location("design_imports", path)
    design = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(design)
    design.test_an_extension_imports_the_http_words_alone(root / "packages" / NAME / "tinyweb_clock.py")


OBJECTS = {"app", "req", "resp", "head", "route", "http"}
SOURCES = sorted(path for path in project.ROOT.glob("packages/*/*.py") if path.name != "manifest.py")


def used(source):
    """Give the attributes that a source takes of the core's objects, known by the names that they have everywhere."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            of = getattr(node.value, "id", getattr(node.value, "attr", None))
            if of in OBJECTS:
                found.add(f"{of}.{node.attr}")
        elif isinstance(node, ast.ImportFrom) and node.module == "tinyweb.http":
            found |= {f"http.{name.name}" for name in node.names}
    return found


def listed():
    page = (project.ROOT / "docs" / "new-package.md").read_text()
    section = page.split("## What an extension may use")[1].split("\n## ")[0]
    section = re.sub(r"```.*?```", "", section, flags=re.S)
    return set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", section))))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_an_extension_uses_what_the_page_lists(path):
    names = listed()
    missing = {name for name in used(path.read_text()) if name.split(".")[1] not in names}
    assert not missing, missing


def test_what_an_extension_uses_is_seen():
    got = used("x = resp.req.head.raw\nhttp.kind(head)\nresp._buffer = other.y\nfrom tinyweb.http import dumps\n")
    assert got == {"resp.req", "req.head", "head.raw", "http.kind", "resp._buffer", "http.dumps"}, got
    assert "send_prepared" in listed() and "_buffer" not in listed()
