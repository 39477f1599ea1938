"""Build MicroPython with TinyWeb frozen into it: firmware/build BOARD --tree ~/micropython

    firmware/build                                      the boards there are
    firmware/build ESP32_GENERIC --tree ~/micropython
    firmware/build ESP8266_GENERIC --tree ~/micropython --without static
    firmware/build ESP32_GENERIC --tree ~/micropython --mpbuild     in the containers of mpbuild: no toolchain needed
    firmware/build ESP32_GENERIC --tree ~/micropython --dry-run     only print the commands

The tree is a clone of MicroPython, 1.22 or newer, which is not changed; the build is upstream's own, in a folder of its
own there. The image goes to dist/firmware/, with a report of what it holds and what is left.
"""

import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys

import frozen as merged
import project
from project import ProjectError
from tree import version

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
    """Return the commands of a build."""
    variables = [f"FROZEN_MANIFEST={frozen}", f"BUILD={folder}"]
    if mpbuild:
        # "" is the variant: none
        return [[sys.executable, "-m", "mpbuild", "build", board.name, "", *variables]]
    port = tree / "ports" / board.port
    jobs = f"-j{os.cpu_count() or 1}"
    # The source archive of a release has its libraries in it; a clone fetches them with git.
    fetch = [["make", "-C", port, f"BOARD={board.name}", "submodules"]] if (tree / ".git").exists() else []
    return [
        ["make", "-C", tree / "mpy-cross", jobs],
        *fetch,
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


def environment(board):
    """Return the environment of a build."""
    environ = dict(os.environ)
    # The esptool that upstream's makefile calls may be ours, if the system has none.
    environ["PATH"] += os.pathsep + os.path.dirname(sys.executable)
    if board.port == "esp8266":
        # Up to MicroPython 1.28 that makefile does not name the chip, which esptool 5 asks for.
        environ["ESPTOOL_CHIP"] = board.chip
    return environ


def run(command, tree, board):
    """Run one command of a build, its output passed on; raises ProjectError that says what went wrong."""
    print("$ " + boards.shown(command), flush=True)
    last = collections.deque(maxlen=400)
    with subprocess.Popen(
        [str(part) for part in command], cwd=tree, env=environment(board),
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
    try:
        # The manifest would do it, but in a container maybe with a Python that is too old.
        merged.core()
    except OSError as error:
        raise ProjectError(f"{error.filename} cannot be written: {error.strerror}") from None
    print(f"MicroPython {'.'.join(map(str, found))} for {board.name}, with TinyWeb {project.settings()[0]}", flush=True)
    made = tree / "ports" / board.port / folder / "firmware.bin"
    # An image of an earlier build must not pass for this one's. And make does not see that a manifest has less in it
    # than before: it keeps the frozen code while no .mpy is newer.
    for path in made, made.with_name("frozen_content.c"):
        path.unlink(missing_ok=True)
    for command in steps:
        run(command, tree, board)
    if not made.is_file():
        raise ProjectError(f"the build ended without an image: there is no {made}")
    data = made.read_bytes()
    print()
    for line in report.lines(board, made.parent, data):
        print(line)
    boards.replace(board.image, data)
    flash = project.command("flash")
    print(f"\n{os.path.relpath(board.image)}: flash it with {flash} {board.name} PORT")


def main(argv=None):
    parser = project.parser("build", __doc__)
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
