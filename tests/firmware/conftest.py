# The commands of firmware/ as a user runs them, but within this process: its packages are compiled once for all tests.
import functools
import importlib
import os
import sys

import images
import index
import project
import pytest
import trees

# the recipes of firmware/
sys.path.append(str(project.ROOT / "firmware"))


_flavours = index.flavours


@functools.cache
def _compiled(name):
    return _flavours(project.package(project.ROOT / "packages" / name))


@pytest.fixture
def command(tmp_path, monkeypatch, capfd):
    """Run a command of firmware/: command("build", args ..., **environment). Gives (status, what it printed)."""
    names = "boards", "build", "flash", "preload", "romfs", "web"
    recipes = {name: importlib.import_module("recipes." + name) for name in names}
    monkeypatch.setattr(index, "flavours", lambda package: _compiled(package.name))
    monkeypatch.setattr(recipes["boards"], "OUT", tmp_path / "dist")

    def run(name, *args, **environ):
        with monkeypatch.context() as here:
            here.chdir(tmp_path)
            for key, value in environ.items():
                here.setenv(key, str(value))
            status, said = 0, ""
            try:
                project.run(recipes[name].main, [str(arg) for arg in args])
            except SystemExit as end:
                status, said = (end.code, "") if isinstance(end.code, int) else (1, f"{end.code}\n")
            sys.stdout.flush()
            out, err = capfd.readouterr()
        return status, out + err + said

    return run


@pytest.fixture
def image(tmp_path):
    """Write a stand-in image for a chip; return its path."""

    def write(chip="esp32", **more):
        path = tmp_path / f"{chip}.bin"
        path.write_bytes(images.image(chip, **more))
        return path

    return write


@pytest.fixture
def refused(command):
    """Run a command that refuses, and give its one sentence."""

    def run(*args, **more):
        status, output = command(*args, **more)
        assert status == 1 and output.startswith("tinyweb: ") and output.count("\n") == 1, output
        return output[len("tinyweb: "):-1]

    return run


@pytest.fixture
def programs_of(tmp_path):
    """Make a folder of programs for the PATH, {name: text of a shell script}; gives its path."""

    def make(**scripts):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for name, text in scripts.items():
            path = folder / name.replace("_", "-")
            path.write_text("#!/bin/sh\n" + text)
            path.chmod(0o755)
        return folder

    return make


@pytest.fixture
def tree(tmp_path):
    """A stand-in for a clone of MicroPython."""
    return trees.Tree(tmp_path / "micropython")


@pytest.fixture
def path(programs_of):
    """A PATH with stand-ins for the compilers that a port needs."""
    folder = programs_of(idf_py="", xtensa_lx106_elf_gcc="")
    (folder / "idf-py").rename(folder / "idf.py")
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def docker(tree, programs_of):
    """A PATH with a stand-in for docker: it notes how it is called, and does here what the container is to do."""
    folder = programs_of(docker=f"""echo "$@" > {tree.folder}/docker.txt
for last; do :; done
exec sh -c "${{last#*;}}"
""")
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
