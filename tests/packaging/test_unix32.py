# Where MicroPython's tree and its 32-bit build come from: what a user can put right is told in a sentence. The build
# itself is not part of the tests: it takes a download, a compiler for 32 bit, and a minute.
import subprocess
import sys

import harness
import project
import pytest
import tree


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


@pytest.mark.parametrize("compiles, sentence", [
    (False, "gcc cannot build for 32 bit here (Debian, Ubuntu: apt install gcc-multilib)"),
    (True, "{} is MicroPython 1.21.0: 1.22 or newer is needed"),
])
def test_a_compiler_without_32_bit_and_a_tree_that_is_too_old_are_told(tmp_path, compiles, sentence):
    (tmp_path / "py").mkdir()
    (tmp_path / "py" / "mkrules.mk").touch()
    numbers = ("MAJOR", 1), ("MINOR", 21), ("MICRO", 0)
    (tmp_path / "py" / "mpconfig.h").write_text("".join(f"#define MICROPY_VERSION_{k} {v}\n" for k, v in numbers))
    for name in ("make", "gcc"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\nexit {0 if compiles else 1}\n")
        program.chmod(0o755)
    assert run(tmp_path, MICROPYTHON_TREE=str(tmp_path)) == (1, f"tinyweb: {sentence.format(tmp_path)}\n")


def test_a_cache_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    for folder in tmp_path / "file", tmp_path / "file" / "cache":
        with pytest.raises(project.ProjectError, match=f"^{folder} cannot be written: "):
            tree.source("lwip", folder)
    assert (tmp_path / "file").read_text() == ""
