# Every block of code in the pages is run or compiled, and every command in them exists.
#
# A comment above a program says what it answers:   <!-- PUT /lamp {"on": true} 200 "on": true -->
import functools
import json
import pathlib
import re
import shlex
import subprocess
import sys

import harness
import have
import httpx
import pages
import programs
import pytest
import website
from tinyweb_host.__main__ import COMMANDS

BLOCKS = pages.blocks()
PROGRAMS = [block for block in BLOCKS if block.is_program and "https" not in block.notes]
PIECES = [block for block in BLOCKS if block.language == "python" and block not in PROGRAMS]
SHELL = [block for block in BLOCKS if block.language in ("sh", "indented")]
# see test_proxies.py, tests/browser/test_guide.py, test_new_package.py
OTHERS = {"nginx", "caddy", "html", "markdown", "text"}
EXPECTED = re.compile(r"([A-Z]+) (/\S*)(?: (.*?))? (\d{3})(?: (.*))?")

# Commands that the pages may tell people to type with any arguments.
ANY = set("""ab apt cd cp curl cut do done echo export for git gzip micropython
          mkdir openssl pip pipx rm ruff wget wrk""".split())
FOLDERS = ("benchmarks", "docs", "examples", "firmware", "packages", "requirements", "tests", "tools")


def ids(items):
    return [item.name for item in items]


@pytest.fixture
def folder(tmp_path):
    """What the programs expect beside themselves."""
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.html").write_text("<h1>It lies in flash</h1>\n")
    template = next(block for block in BLOCKS if block.language == "html" and "templates" in block.name)
    (tmp_path / "www" / "status.html").write_text(template.text)
    (tmp_path / "log.csv").write_text("1,2\n")
    return tmp_path


def here(text):
    """Give a program with the harness's address in it."""

    def address(match):
        arguments = [a for a in match[2].split(", ") if a and not a.startswith(("host=", "port="))]
        return match[1] + ", ".join(["host=HOST", "port=PORT", *arguments]) + ")"

    changed, count = re.subn(r"(\bapp\.(?:run|start)\()([^()]*)\)", address, text)
    assert count == 1, text
    return changed


@pytest.mark.parametrize("block", PROGRAMS, ids=ids(PROGRAMS))
def test_a_program_of_the_pages_does_what_is_said_of_it(block, folder):
    expected = block.notes or ["GET / 0"]
    text = here(block.text)
    traceback = any(" 500" in note for note in expected)
    with harness.start(text, heap="200k", cwd=folder) as running:
        with httpx.Client(base_url=f"http://{harness.HOST}:{running.port}", timeout=5, trust_env=False) as client:
            for note in expected:
                if note == "GET / 0":  # nothing is said: it answers, and does not fail
                    assert client.get("/").status_code < 500, running.output()
                    continue
                method, target, body, code, said = EXPECTED.fullmatch(note).groups()
                kind = "application/json" if (body or "")[:1] == "{" else "application/x-www-form-urlencoded"
                got = client.request(method, target, content=body, headers={"Content-Type": kind} if body else {})
                assert got.status_code == int(code), (note, got.text, running.output())
                assert (said or "") in got.text, (note, got.text)
        assert traceback or not running.trouble(), running.trouble()


# Those of 1.x do as programs of 1.x did.
TAKING = [block for block in PROGRAMS
          if block.page != "docs/migration.md" and any(programs.unexpected_json(block.text))]
TAKING += [block for block in BLOCKS if block.page == "docs/testing.md" and "file: main.py" in block.notes]


@pytest.mark.parametrize("block", TAKING, ids=ids(TAKING))
def test_json_that_nobody_expects_is_no_500(block, folder):
    with harness.start(here(block.text), heap="200k", cwd=folder) as running:
        with httpx.Client(base_url=f"http://{harness.HOST}:{running.port}", timeout=20, trust_env=False) as client:
            for method, path, body in programs.unexpected_json(block.text):
                got = client.request(method, path, content=body, headers={"Content-Type": "application/json"})
                assert got.status_code < 500, (method, path, body, running.output())


@pytest.mark.parametrize("block", PIECES, ids=ids(PIECES))
def test_a_piece_of_code_compiles_for_boards(block, tmp_path):
    text = block.text
    if re.search(r"^(\w+ = )?await ", text, flags=re.M):
        text = "async def piece():\n" + "".join("    " + line for line in text.splitlines(keepends=True))
    source = tmp_path / "piece.py"
    source.write_text(text)
    harness.compile_mpy(source, tmp_path / "piece.mpy")


def test_every_block_is_of_a_kind_that_is_tested():
    for block in BLOCKS:
        assert block.language in {"python", "sh", "indented", "json", *OTHERS}, block


def test_json_is_json():
    for block in BLOCKS:
        if block.language == "json":
            json.loads(block.text)


@functools.cache
def targets():
    return set(re.findall(r"^([a-z][\w-]*):", (website.ROOT / "Makefile").read_text(), flags=re.M))


@functools.cache
def subcommands():
    """Give mpremote's commands and shortcuts."""
    done = subprocess.run([sys.executable, "-m", "mpremote", "help"], capture_output=True, text=True, timeout=30)
    return set(re.findall(r"^  ([\w-]+) ", done.stdout, flags=re.M))


def wrong(command):
    """Give what is wrong with a command (a list of words), "" if nothing is."""
    while command and re.fullmatch(r"\w+=\S*", command[0]):
        command = command[1:]
    if not command:
        return ""
    name = pathlib.PurePath(command[0]).name
    rest = command[1:]
    if name == "make":
        if "-C" in rest:
            return ""  # of MicroPython's tree
        lacking = [word for word in rest if "=" not in word and word not in targets()]
        return f"no target {lacking}" if lacking else ""
    if name in ("python", "python3"):
        return wrong_python(rest)
    if name == "mpremote":
        first = rest[2] if rest[:1] == ["connect"] else rest[0] if rest else "repl"
        return "" if first in subcommands() else f"mpremote has no {first}"
    if name == "tinyweb":
        return "" if rest and rest[0] in COMMANDS else f"tinyweb has no {rest}"
    if name == "esptool":
        return "" if {"erase-flash", "image-info", "write-flash"} & set(rest) else "esptool does what?"
    if name == "mpflash":
        return "" if rest[0] in ("list", "flash", "download") else f"mpflash has no {rest[0]}"
    if name in ANY or (website.ROOT / command[0]).is_file():
        return ""
    return "is no command that test_code_blocks.py knows"


def wrong_python(arguments):
    if not arguments or arguments[0] == "-c":
        return ""
    if arguments[0] == "-m":
        if arguments[1] in ("http.server", "pytest", "venv", "mpremote", "pip"):
            return ""
        file = website.ROOT / (arguments[1].replace(".", "/") + ".py")
    elif arguments[0] == "main.py":
        return ""  # the reader's own
    else:
        file = website.ROOT / arguments[0]
    if not file.is_file():
        return f"{arguments[0]} is not there"
    text = file.read_text()
    lacking = [word for word in arguments if word.startswith("--") and word.partition("=")[0] not in (text + "--help")]
    return f"it has no {lacking}" if lacking else ""


def commands(text):
    """Walk the commands of a shell text as lists of words; what stands behind two spaces or a # explains."""
    text = text.replace("\\\n", " ")
    for line in text.splitlines():
        line = re.split(r"\s{2,}|\s#", line.strip().removeprefix("$ "))[0]
        for part in re.split(r"&&|\|\||\||;", re.sub(r"\$\((.*?)\)", r"; \1 ;", line)) if "'" not in line else [line]:
            if part.strip():
                yield shlex.split(part)


@pytest.mark.parametrize("block", SHELL, ids=ids(SHELL))
def test_a_command_of_the_pages_exists(block):
    for command in commands(block.text):
        assert not wrong(command), f"{block.name}: {shlex.join(command)}: {wrong(command)}"
    if block.language == "sh":
        done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True, timeout=10)
        assert done.returncode == 0, done.stderr


def test_every_path_and_target_in_the_texts_exists():
    for place, code in pages.words():
        if place.startswith("CHANGELOG"):
            continue
        if code.startswith("tinyweb "):
            assert not wrong(shlex.split(code)), (place, code, wrong(shlex.split(code)))
        elif code.startswith("make "):
            assert not wrong(shlex.split(code.replace("...", ""))), (place, code)
        elif code.startswith(("python tools/", "python benchmarks/", "python3 tools/")):
            words = [word for word in shlex.split(code) if not word.isupper()]
            assert not wrong(words), (place, code, wrong(words))
        elif re.fullmatch(r"[\w./-]+", code) and code.split("/")[0] in FOLDERS and "/" in code:
            # RESULTS.md and the like are made by a command
            assert (website.ROOT / code).exists() or "NAME" in code or code.endswith("RESULTS.md"), (place, code)


@pytest.mark.parametrize("text, sentence", [
    ("make dome", "no target"), ("make demo PORT=1", ""), ("python tools/gone.py", "is not there"),
    ("python tools/index.py --older x", "it has no ['--older']"), ("mpremote instal x", "mpremote has no instal"),
    ("frobnicate", "is no command"), ("X=1 make -C ports/esp32 all", ""), ("cd a && make dome", "no target"),
    ("mpremote connect /dev/ttyACM0 cp a : # copy", ""), ("echo 'a | b'", ""),
])
def test_a_wrong_command_is_seen(text, sentence):
    got = "".join(wrong(command) for command in commands(text))
    assert sentence in got and bool(sentence) == bool(got), got


def test_https_as_the_page_makes_it(tmp_path):
    if not (have.find("openssl") and have.find("curl")):
        pytest.skip("openssl and curl are not both installed")
    page = [block for block in BLOCKS if block.page == "docs/deployment.md"]
    shell = next(block.text for block in page if block.text.startswith("openssl "))
    script = "set -e\n" + "\n".join(line for line in shell.splitlines() if not line.startswith("mpremote "))
    subprocess.run(["bash", "-c", script], cwd=tmp_path, check=True, capture_output=True, timeout=30)
    program = next(block.text for block in page if "https" in block.notes)
    with harness.start(here(program), heap="300k", cwd=tmp_path) as running:
        done = subprocess.run(["curl", "-sS", "--noproxy", "*", "--cacert", str(tmp_path / "cert.pem"),
                               "--resolve", f"lamp.local:{running.port}:127.0.0.1",
                               f"https://lamp.local:{running.port}/"], capture_output=True, text=True, timeout=20)
        assert "nobody else can read it" in done.stdout, done.stderr + running.output()
