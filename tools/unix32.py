"""Build MicroPython for Linux at 32 bit, the word of every board: python tools/unix32.py [--frozen]

On it heap is measured: a 64-bit build takes 1.4 times as much. The source is Debian's, or a clone that
$MICROPYTHON_TREE names (tools/tree.py). --frozen freezes the packages of the root manifest into it, by MicroPython's
own manifest reader. Prints the program's path; where it is up to date nothing is built. It needs make, and gcc for 32
bit (Debian: gcc-multilib).
"""

import argparse
import hashlib
import os
import pathlib
import shutil
import sys
import tempfile

import tree
from project import ROOT, ProjectError, mpy_cross, packages, run

OUT = ROOT / "build" / "unix32"
# The manifest reader of older ones does not know what the root manifest says.
OLDEST = (1, 22)
ASYNCIO = 'include("$(MPY_DIR)/extmod/asyncio")\n'
FROZEN = f'include("{ROOT}/manifest.py")\n'


def including(value):
    """Return the line of a manifest that includes the root manifest, with each of its options set to this value."""
    names = [package.name for package in packages() if package.name != "tinyweb-core"]
    options = ", ".join(f"{name.partition('-')[2]}={value}" for name in names)
    return f'include("{ROOT}/manifest.py", {options})\n'


def check():
    """Raise ProjectError where a program that the build needs is missing."""
    for program in ("make", "gcc"):
        if not shutil.which(program):
            raise ProjectError(f"{program} is not installed: it takes one to build MicroPython for 32 bit")
    with tempfile.TemporaryDirectory() as folder:
        probe = pathlib.Path(folder) / "probe.c"
        probe.write_text("#include <stdio.h>\nint main(void) { return 0; }\n")
        try:
            tree.run(["gcc", "-m32", probe, "-o", probe.with_suffix("")])
        except ProjectError:
            raise ProjectError("gcc cannot build for 32 bit here (Debian, Ubuntu: apt install gcc-multilib)") from None


def frozen_files():
    """Return the paths of what the root manifest freezes, of all manifests, and of what merges the core."""
    manifests = [ROOT / "manifest.py", *(package.folder / "manifest.py" for package in packages())]
    merging = [ROOT / "tools" / "frozen.py", ROOT / "tools" / "merge.py"]
    return [*manifests, *merging, *(path for package in packages() for _, path in package.files)]


def _state(text, source):
    # What a finished build depends on.
    state = hashlib.sha256(f"{text}\n{source}\n".encode())
    for path in frozen_files() if str(ROOT) in text else ():
        state.update(path.read_bytes())
    return state.hexdigest()


def build(frozen=False, manifest="", out=None):
    """Build and return the path of the program.

    frozen: with the packages of the root manifest. manifest: further lines of a manifest. out: the folder to build in.
    """
    text = ASYNCIO + (FROZEN if frozen else "") + manifest
    out = pathlib.Path(out or OUT / ("frozen" if frozen else "plain"))
    source = tree.source("micropython")
    program = out / "micropython"
    stamp = out / "state"
    # Tests run side by side, and each of them may ask for a build.
    with tree.alone(OUT):
        state = _state(text, source)
        if not (program.exists() and stamp.exists() and stamp.read_text() == state):
            check()
            found = tree.version(source)
            if found[:2] < OLDEST:
                raise ProjectError(f"{source} is MicroPython {'.'.join(map(str, found))}: 1.22 or newer is needed")
            _build(text, source, out)
            stamp.write_text(state)
        return program


def _build(text, source, out):
    plain = OUT / "plain"
    try:
        if not out.exists() and (plain / "state").exists():
            shutil.copytree(plain, out)  # only what is frozen differs: make compiles that, and links
        library = tree.prepare(out, text)
    except OSError as error:
        raise ProjectError(f"{out} cannot be written: {error.strerror}") from error
    command = ["make", "-C", source / "ports" / "unix", f"-j{os.cpu_count()}", f"BUILD={out}", "CC=gcc -m32", "STRIP="]
    command += ["MICROPY_PY_FFI=0", "MICROPY_PY_SSL=0", "MICROPY_SSL_MBEDTLS=0", "MICROPY_PY_BTREE=0"]
    command += [f"MICROPY_MPYCROSS={mpy_cross()}", f"MPY_LIB_DIR={library}", f"FROZEN_MANIFEST={out / 'manifest.py'}"]
    print(f"building {out / 'micropython'}", file=sys.stderr, flush=True)
    tree.run(command, env=tree.environment(source))


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frozen", action="store_true", help="freeze the packages of the root manifest into it")
    print(build(parser.parse_args().frozen))


if __name__ == "__main__":
    run(main)
