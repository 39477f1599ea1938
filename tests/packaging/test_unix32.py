# Where MicroPython's tree and its 32-bit build come from: what a user can put right is told in a sentence. The build
# itself is not part of the tests: it takes a download, a compiler for 32 bit, and a minute.
import subprocess
import sys

import harness
import pytest


def run(tmp_path, **env):
    """Run tools/unix32.py and return (status, what it said)."""
    done = subprocess.run([sys.executable, str(harness.ROOT / "tools" / "unix32.py")], capture_output=True, text=True,
                          timeout=60, cwd=tmp_path, env={"PATH": str(tmp_path), "HOME": str(tmp_path), **env})
    return done.returncode, done.stdout + done.stderr


def test_a_folder_that_is_no_tree_is_told(tmp_path):
    status, said = run(tmp_path, MICROPYTHON_TREE=str(tmp_path))
    assert status == 1 and said == f"tinyweb: MICROPYTHON_TREE names {tmp_path}, which is no MicroPython tree\n", said


@pytest.mark.parametrize("missing", ["make", "gcc"])
def test_a_program_that_is_missing_is_told(tmp_path, missing):
    (tmp_path / "py").mkdir()
    (tmp_path / "py" / "mkrules.mk").touch()
    for name in ("make", "gcc"):
        if name != missing:
            program = tmp_path / name
            program.write_text("#!/bin/sh\nexit 1\n")
            program.chmod(0o755)
    status, said = run(tmp_path, MICROPYTHON_TREE=str(tmp_path))
    assert status == 1 and said.startswith(f"tinyweb: {missing} is not installed"), said


def test_a_compiler_without_32_bit_is_told(tmp_path):
    (tmp_path / "py").mkdir()
    (tmp_path / "py" / "mkrules.mk").touch()
    for name in ("make", "gcc"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\nexit 1\n")
        program.chmod(0o755)
    status, said = run(tmp_path, MICROPYTHON_TREE=str(tmp_path))
    assert status == 1 and "gcc-multilib" in said and len(said.splitlines()) == 1, said
