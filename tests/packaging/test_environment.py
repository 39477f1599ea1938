# The set-up behind every make target, where something is missing: one sentence, status 1.
import ast
import os
import pathlib
import shutil
import subprocess
import sys

import have
import project
import pytest

# making a virtual environment takes seconds
pytestmark = pytest.mark.timeout(400)


def run(root, *args, code=None, **environ):
    """Run a tool of the copy in `root` with the base Python. Gives (status, what it printed)."""
    base = pathlib.Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    command = [str(base), *(["-c", code] if code else []), *args]
    done = subprocess.run(command, cwd=root, env=dict(os.environ, **environ), stdin=subprocess.DEVNULL, timeout=180,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


@pytest.fixture
def root(tmp_path):
    """A copy of what the set-up needs, without a .venv."""
    for folder in "tools", "requirements":
        shutil.copytree(project.ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_no_venv_module(root):
    # as on a Debian without python3-venv, where ensurepip cannot be imported
    (root / "lacks").mkdir()
    (root / "lacks" / "ensurepip.py").write_text("raise ImportError('not packaged')\n")
    got = run(root, "tools/environment.py", PYTHONPATH=str(root / "lacks"))
    assert got == (1, "tinyweb: python3 has no venv module: "
                   "install it (Debian, Ubuntu: apt install python3-venv) and try again\n"), got


def test_an_old_python(root):
    code = "import runpy, sys; sys.version_info = 3, 9, 2; runpy.run_path('tools/environment.py', run_name='__main__')"
    got = run(root, code=code)
    assert got == (1, "tinyweb: this is Python 3.9, and 3.10 or newer is needed: "
                   "name one, as in make PYTHON=python3.12 demo\n"), got


def test_an_old_python_can_read_the_sentence(root):
    # Python 3.6 has no walrus, no match, no parameter lists with /
    ast.parse((root / "tools" / "environment.py").read_text(), feature_version=(3, 6))


def test_pip_that_cannot_install(root):
    # a PC without a network: there is no index to ask
    code, output = run(root, "tools/environment.py", PIP_CONFIG_FILE=os.devnull, PIP_NO_INDEX="1", PIP_FIND_LINKS="",
                       MICROPYTHON="")
    lines = output.splitlines()
    assert code == 1, output
    assert lines[:-1] == ["Making the virtual environment .venv", "Installing what requirements/demo.txt pins"], output
    assert lines[-1].startswith("tinyweb: pip cannot install requirements/demo.txt (ERROR: "), output
    assert lines[-1].endswith("is the network there?"), output
    assert not (root / ".venv" / "installed-demo.txt").exists()


def test_what_is_installed_is_left_alone_and_what_is_broken_is_mended(root):
    for kind in "demo", "micropython", "test":
        (root / "requirements" / f"{kind}.txt").write_text("# nothing\n")
    made, demo, micropython, test = "Making the virtual environment .venv\n", *(
        f"Installing what requirements/{kind}.txt pins\n" for kind in ("demo", "micropython", "test"))
    steps = [
        # a MicroPython of the user's own: none is installed
        (("demo",), sys.executable, made + demo),
        (("demo", "test"), "", micropython + test),
        (("demo", "test"), "", ""),
    ]
    for kinds, own, want in steps:
        got = run(root, "tools/environment.py", *kinds, MICROPYTHON=own)
        assert got == (0, want), got
    # another pin, and only that file is installed again
    (root / "requirements" / "test.txt").write_text("# nothing more\n")
    assert run(root, "tools/environment.py", "demo", "test", MICROPYTHON="") == (0, test)
    # a Python that is gone, as after an upgrade of the system
    (root / ".venv" / "bin" / "python").unlink()
    got = run(root, "tools/environment.py", "demo", MICROPYTHON="")
    assert got == (0, made + demo + micropython), got


def test_a_command_sets_up_what_it_needs_by_itself(root):
    for path in (root / "requirements").glob("*.txt"):
        path.write_text("# nothing\n")
    shutil.copytree(project.ROOT / "firmware", root / "firmware", ignore=shutil.ignore_patterns("__pycache__"))
    with open(root / "firmware" / "build", "a") as script:
        script.write("print(sys.prefix)\n")
    got = run(root, "firmware/build", MICROPYTHON=sys.executable)
    boards = "ESP32_GENERIC\nESP32_GENERIC_C3\nESP32_GENERIC_S3\nESP8266_GENERIC\n" + f"{root / '.venv'}\n"
    assert got == (0, "Making the virtual environment .venv\nInstalling what requirements/demo.txt pins\n"
                   "Installing what requirements/firmware.txt pins\n" + boards), got
    assert run(root, "firmware/build", MICROPYTHON=sys.executable) == (0, boards)


@pytest.fixture
def another(root):
    """An environment that was made with a Python of another version, which says what it is called with."""
    python = root / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\n[ "$1" = -c ] && echo 3 99 || echo "called with $*"\n')
    python.chmod(0o755)
    return python


def test_a_command_goes_on_in_the_environment_that_the_user_has_made(root, another):
    shutil.copytree(project.ROOT / "firmware", root / "firmware", ignore=shutil.ignore_patterns("__pycache__"))
    assert run(root, "firmware/build", "--help") == (0, "called with firmware/build --help\n")


def test_make_goes_on_with_the_python_of_the_environment(root, another):
    shutil.copy(project.ROOT / "Makefile", root)

    # what a `make test PYTHON=...` hands on
    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "PYTHON")}

    def make(*args):
        done = subprocess.run(["make", "--no-print-directory", "venv", *args], cwd=root, timeout=60, text=True, env=env,
                              stdin=subprocess.DEVNULL, capture_output=True)
        return done.returncode, done.stdout + done.stderr

    assert make() == (0, "called with tools/environment.py demo\n")
    # unless another one is named, or its own is gone, as after an upgrade of the system
    for path in (root / "requirements").glob("*.txt"):
        path.write_text("# nothing\n")
    code, output = make(f"PYTHON={sys.executable}")
    assert code == 0 and output.startswith("Making the virtual environment .venv\n"), output
    another.unlink()
    another.symlink_to(root / "gone")
    code, output = make()
    assert code == 0 and output.startswith("Making the virtual environment .venv\n"), output


def test_a_package_has_one_pin_in_all_files():
    pins = {}
    for path in sorted((project.ROOT / "requirements").glob("*.txt")):
        for line in path.read_text().splitlines():
            if "==" in line and ";" not in line:
                name, _, version = line.partition("==")
                name = name.lower().replace("_", "-")
                assert pins.setdefault(name, version) == version, f"{path.name}: {line}, elsewhere {pins[name]}"


def test_every_requirement_is_pinned():
    for path in sorted((project.ROOT / "requirements").glob("*.txt")):
        for line in path.read_text().splitlines():
            if line and not line.startswith("#"):
                assert "==" in line, f"{path.name}: {line}"


def test_missing_programs_are_told_in_one_line(root, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    got = run(root, "tools/have.py", PATH=str(tmp_path / "empty"), CI="")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    lacking = {name: have.PROGRAMS[name] for name in have.missing()}  # all but what Debian puts on no path
    assert have.PROGRAMS.keys() - lacking.keys() <= have.PLACES.keys(), lacking
    needs = "; ".join(f"{name} ({needed})" for name, (_, _, needed) in lacking.items())
    packages = " ".join(package for _, package, _ in lacking.values())
    assert "curl (curl as a client)" in needs and "apache2-utils" in packages, have.PROGRAMS
    assert got == (0, f"Left out, not installed here: {needs}. Debian, Ubuntu: apt install {packages}\n"), got


def test_in_ci_a_missing_program_is_an_error(root, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "curl").symlink_to("/bin/true")
    code, output = run(root, "tools/have.py", PATH=str(tmp_path / "empty"), CI="true")
    assert code == 1 and output.startswith("tinyweb: not installed, and with CI=true nothing may be left out: "), output
    assert "chromium" in output and "curl" not in output, output


def test_what_is_there_is_not_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    places = {name: str(tmp_path / name) for name in have.PLACES if not have.PROGRAMS[name][0]}
    monkeypatch.setattr(have, "PLACES", places)
    for name, (commands, _, _) in have.PROGRAMS.items():
        assert have.find(name) is None
        assert name in have.missing()
        path = tmp_path / (commands[-1] if commands else name)
        path.symlink_to("/bin/true")
        assert have.find(name) == str(path)
        assert name not in have.missing()
