"""Build the emulated board's firmware: python tools/board.py [--bare] [--heap BYTES]

The real MicroPython for an emulated 32-bit machine (QEMU's mps2-an385) with the limits of an ESP8266; what it proves
and what not stands in tests/board/README.md. The sources are Debian's, or a clone of MicroPython with its lib/lwip that
$MICROPYTHON_TREE names (tools/tree.py). All packages are frozen into it, by the root manifest and MicroPython's own
manifest reader; with --bare none. Prints the image's path; where it is up to date nothing is built. It needs make, and
arm-none-eabi-gcc with newlib (Debian: gcc-arm-none-eabi libnewlib-arm-none-eabi).
"""

import argparse
import hashlib
import os
import pathlib
import shutil
import sys

import project
import tree
import unix32
from project import ROOT, ProjectError, run

PORT = ROOT / "tests" / "board" / "port"
OUT = ROOT / "build" / "board"
# What an ESP8266 has left for Python, in bytes.
HEAP = 38912
OLDEST = (1, 25)
INCLUDE = 'include("$(PORT_DIR)/manifest.py")\n'


def check():
    """Raise ProjectError where a program that the build needs is missing."""
    for program, package in (("make", "make"), ("arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi")):
        if not shutil.which(program):
            raise ProjectError(f"{program} is not installed: the emulated board is built with it (Debian, Ubuntu: apt "
                               f"install {package})")


def check_heap(heap):
    """Raise ProjectError for a heap that the board cannot have."""
    if not 8192 <= heap <= 131072 or heap % 16:
        raise ProjectError(f"--heap {heap}: the board can have from 8192 to 131072 bytes, in steps of 16")


def _lwip(source):
    lwip = source / "lib" / "lwip" / "src"
    return lwip if lwip.is_dir() else tree.source("lwip") / "src"


def mip():
    """Return the lines of a manifest that freeze MicroPython's own mip, "" where its tree has no micropython-lib."""
    library = tree.source("micropython") / "lib" / "micropython-lib"
    folders = {"mip": library / "micropython" / "mip", "requests": library / "python-ecosys" / "requests"}
    if not all((folder / name).is_dir() for name, folder in folders.items()):
        return ""
    return "".join(f'package("{name}", base_path="{folder}")\n' for name, folder in folders.items())


def _state(text, settings):
    # What a finished build depends on.
    state = hashlib.sha256(f"{text}\n{settings}".encode())
    files = [path for path in sorted(PORT.rglob("*")) if path.is_file()]
    for path in files + (unix32.frozen_files() if str(ROOT) in text else []):
        state.update(path.read_bytes())
    return state.hexdigest()


def build(frozen=True, manifest="", out=None, heap=HEAP):
    """Build and return the path of the image.

    frozen: with all packages, by the root manifest. manifest: further lines of a manifest. out: the folder to build in.
    heap: bytes of heap.
    """
    lines = INCLUDE + (unix32.including(True) if frozen else "") + manifest
    out = pathlib.Path(out or OUT / ("frozen" if frozen else "bare"))
    source = tree.source("micropython")
    found = tree.version(source)
    if found[:2] < OLDEST:
        text = ".".join(map(str, found))
        raise ProjectError(f"{source} is MicroPython {text}: the emulated board needs 1.25 or newer")
    settings = f"{source}\n{_lwip(source)}\n{heap}\n"
    with tree.alone(out):
        image = out / "firmware.elf"
        stamp = out / "state"
        state = _state(lines, settings)
        if not (image.exists() and stamp.exists() and stamp.read_text() == state):
            check()
            _build(lines, source, out, settings, heap)
            stamp.write_text(state)
        return image


def _build(text, source, out, settings, heap):
    library = tree.prepare(out, text, settings)
    image = out / "firmware.elf"
    image.unlink(missing_ok=True)
    command = ["make", "-C", PORT, f"-j{os.cpu_count()}", f"MPY={source}", f"LWIP={_lwip(source)}", f"BUILD={out}"]
    command += [f"FROZEN_MANIFEST={out / 'manifest.py'}", f"MPY_LIB_DIR={library}", f"BOARD_HEAP={heap}"]
    command += [f"MICROPY_MPYCROSS={project.mpy_cross()}"]
    print(f"building {image}", file=sys.stderr, flush=True)
    tree.run(command, env=tree.environment(source))


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bare", action="store_true", help="freeze asyncio alone")
    parser.add_argument("--heap", type=int, default=HEAP, help=f"bytes of heap (default: {HEAP})")
    parser.add_argument("--out", type=pathlib.Path, help="the folder to build in")
    args = parser.parse_args()
    check_heap(args.heap)
    out = args.out.resolve() if args.out else None
    print(build(not args.bare, out=out, heap=args.heap))


if __name__ == "__main__":
    run(main)
