# What a user can put right is told in a sentence, by the tool that builds the board and by the one that runs it.
import os
import shutil
import socket
import subprocess
import sys

import board as firmware
import harness
import have
import pytest


def run(*args, **env):
    """Run a tool of the repository; return its status and what it said."""
    done = subprocess.run([sys.executable, *args], capture_output=True, text=True, timeout=60, cwd=harness.ROOT,
                          env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **env})
    return done.returncode, done.stdout + done.stderr


def a_tree(folder, minor):
    (folder / "py").mkdir()
    (folder / "py" / "mkrules.mk").touch()
    (folder / "lib" / "lwip" / "src").mkdir(parents=True)
    lines = (("MAJOR", 1), ("MINOR", minor), ("MICRO", 0))
    (folder / "py" / "mpconfig.h").write_text("".join(f"#define MICROPY_VERSION_{k} {v}\n" for k, v in lines))


@pytest.mark.parametrize("minor, path, sentence", [
    (24, None, "is MicroPython 1.24.0: the emulated board needs 1.25 or newer"),
    (26, (), "make is not installed: the emulated board is built with it"),
    (26, ("make",), "arm-none-eabi-gcc is not installed: the emulated board is built with it"),
])
def test_a_tree_that_is_too_old_and_a_compiler_that_is_missing(tmp_path, minor, path, sentence):
    a_tree(tmp_path, minor)
    more = {} if path is None else {"PATH": str(tmp_path)}
    for name in path or ():
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    status, said = run("tools/board.py", "--out", str(tmp_path / "out"), MICROPYTHON_TREE=str(tmp_path), **more)
    assert status == 1 and sentence in said and said.startswith("tinyweb: ") and said.count("\n") == 1, said
    assert not (tmp_path / "out" / "firmware.elf").exists()


def test_a_folder_that_cannot_be_written(tmp_path):
    a_tree(tmp_path, 26)
    (tmp_path / "file").write_text("")
    status, said = run("tools/board.py", "--out", str(tmp_path / "file" / "out"), MICROPYTHON_TREE=str(tmp_path))
    assert status == 1 and "cannot be written: Not a directory" in said and said.count("\n") == 1, said


def test_a_heap_that_the_board_cannot_have():
    status, said = run("tools/board.py", "--heap", "1000")
    assert (status, said) == (1, "tinyweb: --heap 1000: the board can have from 8192 to 131072 bytes, in steps of 16\n")


def test_no_emulator(tmp_path):
    status, said = run("tests/board", PATH=str(tmp_path))
    assert status == 1 and said.startswith("tinyweb: qemu-system-arm is not installed") and said.count("\n") == 1, said


@pytest.mark.timeout(300)  # it may be the first to build
def test_files_that_do_not_fit_and_a_port_that_is_taken(tmp_path):
    for tool in ("make", "arm-none-eabi-gcc", "qemu-system-arm"):
        if not (have.in_ci() or shutil.which(tool)):
            pytest.skip(f"{tool} is not installed")
    firmware.build()
    (tmp_path / "main.py").write_text("")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "large.bin").write_bytes(bytes(1100000))
    command = "tests/board", "--run", str(tmp_path / "main.py"), "--port"
    with socket.create_server((harness.HOST, 0)) as other:
        port = other.getsockname()[1]
        sentence = f"tinyweb: port {port} of 127.0.0.1 is taken, or none: choose another (--port)\n"
        assert run(*command, str(port)) == (1, sentence)
    assert run(*command, str(port), "--files", f"www={tmp_path / 'pages'}") == (
        1, "tinyweb: the board's flash of 1,048,576 bytes is too small: 2 files have 1,100,000\n")
