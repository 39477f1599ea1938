# The package that docs/new-package.md builds is one: its files as they stand there, judged as all packages are. And the
# extensions use of the core what that page lists.
import ast
import json
import re
import shlex
import shutil
import subprocess
import sys

import harness
import pages
import project
import pytest
import webassembly
import websockets.exceptions
import websockets.sync.client

PAGE = "docs/new-package.md"
NAME = "tinyweb-clock"
FILES = {note.removeprefix("file: "): block.text for block in pages.blocks() for note in block.notes
         if block.page == PAGE and note.startswith("file: ")}


TEST = "tests/clock/test_clock.py"
# The tests that meet the new package: those that carry its name, and those that go over all packages at once. The rest
# of `make test` asks nothing of it.
JUDGES = ["tests/clock", "tests/design", "tests/packaging/test_manifest.py", "tests/packaging/test_mip.py",
          "tests/packaging/test_release.py", "tests/packaging/test_index.py", "tests/packaging/test_sizes.py",
          "tests/packaging/test_mpremote.py", "tests/docs/test_code_blocks.py", "tests/docs/test_site.py",
          "tests/docs/test_stubs.py", "tests/firmware/test_build.py"]
CHOICE = ("clock or owner or gives or descriptions or choice or release or reaches or builds_and_checks or differs"
          " or text_tells or its_row or what_it_needs or target or reference or menu or code_does or reported_on")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A copy of the project in which somebody did all that the page says."""
    root = tmp_path_factory.mktemp("project") / "tinyweb"
    everywhere = shutil.ignore_patterns("__pycache__", ".*_cache", "node_modules")

    def ignored(folder, names):
        # firmware/build is a command
        made = {".git", ".venv", "build", "dist"} if folder == str(project.ROOT) else set()
        return everywhere(folder, names) | made

    shutil.copytree(project.ROOT, root, symlinks=True, ignore=ignored)
    (root / ".venv").symlink_to(project.ROOT / ".venv")
    folder = root / "packages" / NAME
    folder.mkdir(exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (root / TEST).parent.mkdir(exist_ok=True)
    (root / TEST).write_text(block("test: " + TEST).text)
    add(root / "CHANGELOG.md", "### Added\n", "- clock: `/now`, the time of a board.\n")
    add(root / "README.md", "## Packages\n\n", f"- [{NAME}](packages/{NAME}): the time of a board, at `/now`\n")
    commands = block("commands").text.splitlines()
    assert len(commands) == 3, commands
    for command in commands:
        if "sizes.py" not in command or webassembly.installed():
            program, *arguments = shlex.split(command)
            assert program == ".venv/bin/python", command
            done = subprocess.run([sys.executable, *arguments], cwd=root, capture_output=True, text=True, timeout=300)
            assert done.returncode == 0, command + "\n" + done.stdout + done.stderr
    return root


def block(note):
    """Return the block of the page with this note above it."""
    return next(block for block in pages.blocks() if block.page == PAGE and note in block.notes)


def add(path, behind, line):
    text = path.read_text()
    assert behind in text, path
    path.write_text(text.replace(behind, behind + line, 1))


def test_all_of_its_files_are_on_the_page():
    assert sorted(FILES) == ["README.md", "manifest.py", "package.json", "tinyweb_clock.py", "tinyweb_clock.pyi"]


def test_the_release_tool_completes_its_package_json(root):
    got = json.loads((root / "packages" / NAME / "package.json").read_text())
    assert got["urls"] == [["tinyweb_clock.py", "tinyweb_clock.py"]], got


@pytest.mark.timeout(900)
def test_who_follows_the_page_is_green(root):
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", CHOICE, *JUDGES]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=840)
    assert done.returncode == 0, done.stdout + done.stderr
    lint = subprocess.run([sys.executable, "-m", "ruff", "check", "--quiet"], cwd=root, capture_output=True, text=True,
                          timeout=180)
    assert lint.returncode == 0, lint.stdout


def test_its_program_runs(root):
    block = next(block for block in pages.blocks() if block.page == PAGE and "tinyweb_clock.clock(" in block.text
                 and "```python\n" in block.text)
    program = block.text.split("```python\n")[1].split("```")[0].replace("port=80", "HOST, PORT")
    folders = [harness.board_folder(), str(root / "packages" / NAME)]
    with harness.start(program, path=folders) as running:
        got = harness.get(running.port, "/now")
        assert got.code == 200 and json.loads(got.text)["seconds"] > 0, got
        assert not running.trouble(), running.trouble()


ECHO = """
import tinyweb
import tinyweb_echo

app = tinyweb.webserver()
app.add_route("/echo", tinyweb_echo.echo)
app.run(HOST, PORT)
"""
HANDSHAKE = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
             ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")]


def test_its_echo_of_forty_lines_is_a_websocket(interpreter, tmp_path):
    """A client of others', on both interpreters, and what the module refuses."""
    text = block("echo: tinyweb_echo.py").text
    assert len([line for line in text.splitlines() if line.strip()]) <= 40
    assert {name.split(".")[1] for name in used(text)} <= listed()
    (tmp_path / "tinyweb_echo.py").write_text(text)
    with harness.start(ECHO, interpreter, cwd=tmp_path) as running:
        with websockets.sync.client.connect(f"ws://127.0.0.1:{running.port}/echo", compression=None) as client:
            for message in "", "caf\u00e9", b"\x00\xff" * 62 + b"\x01":
                client.send(message)
                assert client.recv(10) == message
            assert client.ping(b"here").wait(10)
            client.close(1001, "over")
            assert client.protocol.close_rcvd.code == 1001
        assert harness.get(running.port, "/echo").code == 426
        assert harness.get(running.port, "/echo", [*HANDSHAKE, ("Origin", "http://evil.example")]).code == 403
        with websockets.sync.client.connect(f"ws://127.0.0.1:{running.port}/echo", compression=None) as client:
            client.send(b"1" * 126)
            with pytest.raises(websockets.exceptions.ConnectionClosedError) as closed:
                client.recv(10)
            assert closed.value.rcvd.code == 1002
        assert not running.trouble(), running.trouble()


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
    got = used("x = resp.req.head.raw\nhttp.kind(head)\nresp._buffer = other.y\nfrom tinyweb.http import to_json\n")
    assert got == {"resp.req", "req.head", "head.raw", "http.kind", "resp._buffer", "http.to_json"}, got
    assert "send_prepared" in listed() and "_buffer" not in listed()
