"""Build MicroPython with TinyWeb frozen into it: firmware/build BOARD --tree ~/micropython

    firmware/build                                      the boards there are
    firmware/build ESP32_GENERIC --tree ~/micropython
    firmware/build ESP8266_GENERIC --tree ~/micropython --without static
    firmware/build ESP32_GENERIC --tree ~/micropython --mpbuild     in the containers of mpbuild: no toolchain needed
    firmware/build ESP32_GENERIC --tree ~/micropython --dry-run     only print the commands

The tree is a clone of MicroPython, 1.22 or newer, which is not changed; the build is upstream's own, in a folder of its
own there. The image goes to dist/firmware/, with a report of what it holds and what is left.
"""

import argparse
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys

import project
from project import ProjectError

from . import boards, report

# the manifests use add_library()
OLDEST = (1, 22)
OPTIONS = ("rest", "static", "wifi", "main")
# what a build prints that has no room left: the linker, and what ESP-IDF checks after it
TOO_LARGE = (
    r"region [`'](?P<region>\w+)' overflowed by (?P<over>\d+) bytes",
    r"app partition is too small for binary \S+ size (?P<size>0x[0-9a-f]+)",
    r"section [`'](?P<section>\S+)' will not fit in region [`'](?P<region>\w+)'",
)


def version(tree):
    """Give MicroPython's version from its tree, as in (1, 29, 0); raises ProjectError if it is none."""
    try:
        text = (tree / "py" / "mpconfig.h").read_text(encoding="utf-8")
        return tuple(
            int(re.search(rf"^#define MICROPY_VERSION_{part}\s+\(?(\d+)\)?\s*$", text, flags=re.M)[1])
            for part in ("MAJOR", "MINOR", "MICRO")
        )
    except (OSError, TypeError):
        raise ProjectError(f"{tree} is no tree of MicroPython (a clone of its repository)") from None


def check_tree(tree, board):
    found = version(tree)
    if found[:2] < OLDEST:
        text = ".".join(map(str, found))
        raise ProjectError(f"{tree} is MicroPython {text}: {OLDEST[0]}.{OLDEST[1]} or newer is needed")
    if not (tree / "ports" / board.port / "boards" / board.name).is_dir():
        raise ProjectError(f"{tree} has no ports/{board.port}/boards/{board.name}")
    return found


def check_tools(board, mpbuild):
    """Raise ProjectError if the port's compiler, or the containers' docker, is not at hand."""
    if mpbuild:
        if not shutil.which("docker"):
            raise ProjectError("docker is not installed, and mpbuild builds in its containers")
        return
    if not shutil.which("make"):
        raise ProjectError("make is not installed")
    if board.port == "esp32" and not shutil.which("idf.py"):
        raise ProjectError("ESP-IDF is not set up in this shell (no idf.py): run its export.sh first, or use --mpbuild")
    if board.port == "esp8266" and not shutil.which("xtensa-lx106-elf-gcc"):
        raise ProjectError("the compiler xtensa-lx106-elf-gcc is not on the PATH: add esp-open-sdk's, or use --mpbuild")


def manifest(board, without, write=True):
    """Give the path of the manifest to freeze: the board's own, or one that leaves packages out (written, if asked)."""
    if not without:
        return board.manifest
    path = boards.OUT / f"manifest_{board.name}.py"
    options = ", ".join(f"{name}=False" for name in without)
    if write:
        boards.replace(path, f"include({str(board.manifest)!r}, {options})\n".encode())
    return path


def commands(tree, board, frozen, folder, mpbuild):
    """Give the commands of a build."""
    variables = [f"FROZEN_MANIFEST={frozen}", f"BUILD={folder}"]
    if mpbuild:
        # "" is the variant: none
        return [[sys.executable, "-m", "mpbuild", "build", board.name, "", *variables]]
    port = tree / "ports" / board.port
    jobs = f"-j{os.cpu_count() or 1}"
    return [
        ["make", "-C", tree / "mpy-cross", jobs],
        ["make", "-C", port, f"BOARD={board.name}", "submodules"],
        ["make", "-C", port, jobs, f"BOARD={board.name}", *variables],
    ]


def too_large(lines):
    """Give what a build said about room that it lacks, None if it said nothing of that."""
    for line in lines:
        for pattern in TOO_LARGE:
            found = re.search(pattern, line)
            if found:
                return found[0]
    return None


def run(command, tree):
    """Run one command of a build, its output passed on; raises ProjectError that says what went wrong."""
    print("$ " + boards.shown(command), flush=True)
    # the esptool that upstream's makefile calls may be ours, if the system has none
    path = os.environ["PATH"] + os.pathsep + str(project.ROOT / ".venv" / "bin")
    last = collections.deque(maxlen=400)
    with subprocess.Popen(
        [str(part) for part in command], cwd=tree, env=dict(os.environ, PATH=path),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    ) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            last.append(line)
    reason = too_large(last)
    if reason:
        raise ProjectError(f"the image does not fit ({reason}): leave something out, as in --without static")
    if process.returncode:
        raise ProjectError(f"the build failed: {boards.shown(command)} ended with status {process.returncode}")


def build(board, tree, without=(), mpbuild=False, dry_run=False):
    found = check_tree(tree, board)
    check_tools(board, mpbuild)
    folder = f"build-{board.name}-tinyweb"
    frozen = manifest(board, without, write=not dry_run)
    steps = commands(tree, board, frozen, folder, mpbuild)
    if dry_run:
        for command in steps:
            print(boards.shown(command))
        return
    print(f"MicroPython {'.'.join(map(str, found))} for {board.name}, with TinyWeb {project.settings()[0]}", flush=True)
    made = tree / "ports" / board.port / folder / "firmware.bin"
    # an image of an earlier build must not pass for this one's
    made.unlink(missing_ok=True)
    for command in steps:
        run(command, tree)
    if not made.is_file():
        raise ProjectError(f"the build ended without an image: there is no {made}")
    data = made.read_bytes()
    print()
    for line in report.lines(board, made.parent, data):
        print(line)
    boards.replace(board.image, data)
    print(f"\n{os.path.relpath(board.image)}: flash it with firmware/flash {board.name} PORT")


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="firmware/build", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("board", nargs="?", help="a folder of firmware/boards")
    parser.add_argument("--tree", type=pathlib.Path, default=os.environ.get("MICROPYTHON_TREE") or None,
                        help="a clone of MicroPython (default: $MICROPYTHON_TREE)")
    parser.add_argument("--without", choices=OPTIONS, action="append", default=[],
                        help="leave a package out, or the main.py")
    parser.add_argument("--mpbuild", action="store_true", help="build in the containers of mpbuild")
    parser.add_argument("--dry-run", action="store_true", help="only print the commands")
    args = parser.parse_args(argv)
    if not args.board:
        print("\n".join(boards.names()))
        return
    board = boards.board(args.board)
    if not args.tree:
        raise ProjectError("name a tree of MicroPython, as in --tree ~/micropython (a clone of its repository)")
    tree = args.tree.expanduser().resolve()
    build(board, tree, args.without, args.mpbuild, args.dry_run)
