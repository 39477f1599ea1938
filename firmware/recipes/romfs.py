"""Make an image of a ROMFS, packages and pages that run in place in flash: firmware/romfs -o OUT

    firmware/romfs --package tinyweb-static --pages www -o my.romfs
    firmware/romfs --package tinyweb-rest --module sensors.py --size 128K -o my.romfs
    mpremote romfs deploy my.romfs

An official MicroPython with a partition for a ROMFS mounts it as /rom and looks for modules in /rom/lib and /rom: code
and pages stay in flash, and the heap holds little more than of frozen code. No toolchain is needed. --size is the
partition's, 320K on an ESP8266 (its image FLASH_2M_ROMFS); an image that does not fit is refused. What a board has is
told by `mpremote romfs query`.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

import project
from project import ProjectError

from . import boards, preload


def size(text):
    """Return the bytes of a size as in 320K or 1M."""
    found = re.fullmatch(r"(\d+)([KM])", text)
    if not found or not int(found[1]):
        raise argparse.ArgumentTypeError(f"a partition's size is written as in 320K or 1M, not {text!r}")
    return int(found[1]) << (10 if found[2] == "K" else 20)


def compiled(path):
    """Return a module of the user's as .mpy; raises ProjectError with what is wrong in it."""
    preload.read(path)
    with tempfile.TemporaryDirectory() as work:
        out = pathlib.Path(work, "module.mpy")
        command = [project.mpy_cross(), "-O3", "-s", path.name, "-o", str(out), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode:
            lines = (done.stdout + done.stderr).strip().splitlines() or ["no reason given"]
            raise ProjectError(f"{path} does not compile: {lines[-1]}")
        return out.read_bytes()


def collect(args):
    """Return {path in the image: bytes} of all that was asked for."""
    packages = list(args.package)
    files = {}
    for path in args.pages:
        name = path.resolve().name
        if name == "lib":
            raise ProjectError("a folder of pages cannot be called lib: the packages are there")
        files.update(preload.folder(path, name + "/"))
        packages.append("tinyweb-static")
    for path in args.module:
        if path.suffix != ".py":
            raise ProjectError(f"{path} is no module (.py)")
        if not project.can_be_imported(path.stem):
            raise ProjectError(f"{path}: no program can import a module of this name; write it as in sensors.py")
        files[path.with_suffix(".mpy").name] = compiled(path)
    for name in files:
        if not name.isascii():
            raise ProjectError(f"a ROMFS takes names of ASCII letters only, not {name!r}")
    return {**preload.libraries(project.chosen(packages or ["tinyweb-core"])), **files}


def image(files):
    """Return the image of a ROMFS with these files, as mpremote builds it."""
    with tempfile.TemporaryDirectory() as work:
        root = pathlib.Path(work, "rom")
        for name, data in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        out = pathlib.Path(work, "image.romfs")
        command = [sys.executable, "-m", "mpremote", "romfs", "-o", str(out), "--no-mpy", "build", str(root)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not out.exists():
            raise ProjectError(f"mpremote cannot build the image: {(done.stdout + done.stderr).strip()}")
        return out.read_bytes()


def main(argv=None):
    parser = project.parser("romfs", __doc__)
    parser.add_argument("-o", "--out", type=pathlib.Path, required=True, help="the image to write")
    parser.add_argument("--package", action="append", default=[], help="a package for /rom/lib, with what it needs")
    parser.add_argument("--pages", type=pathlib.Path, action="append", default=[],
                        help="a folder of web pages, under its own name")
    parser.add_argument("--module", type=pathlib.Path, action="append", default=[], help="a module of yours, compiled")
    parser.add_argument("--size", type=size, default="320K", help="the partition's size (default: 320K)")
    args = parser.parse_args(argv)
    files = collect(args)
    data = image(files)
    if len(data) > args.size:
        raise ProjectError(f"the image has {len(data):,} bytes, and the partition {args.size:,}: leave something out")
    boards.replace(args.out, data)
    for name, content in files.items():
        print(f"{len(content):>9,}  /rom/{name}")
    print(f"{len(data):>9,}  bytes in all, of {args.size:,}")
    pages = [path.resolve().name for path in args.pages]
    for name in pages:
        print(f'app.static("/", "/rom/{name}")')
    print(f"mpremote romfs deploy {args.out}")
