"""Make one image of MicroPython, TinyWeb and your files, without a toolchain: firmware/preload IMAGE -o OUT

    firmware/preload ESP32_GENERIC-v1.29.0.bin --example dashboard -o dashboard.bin
    firmware/preload ESP32_GENERIC-v1.29.0.bin --package tinyweb-rest --main my.py --pages www -o my.bin
    firmware/preload ESP32_GENERIC_S3-v1.29.0.bin --flash-size 16MB --example hello -o hello.bin

IMAGE is an official one for a chip of the ESP32 family, as MicroPython's download page (or mpflash) has it.
What it holds stays as it is. Behind it, in the partition that it mounts as "/", comes a littlefs with the packages as
.mpy in /lib and what they need, your program as /main.py, and the pages. One write-flash puts all of it on the board.
"""

import argparse
import os
import pathlib
import re

import index
import littlefs
import project
from littlefs.errors import LittleFSError
from project import ProjectError

from . import boards
from .image import Image

BLOCK = 4096
# 2.0 is the one that every MicroPython reads; 2.1 came with later ones
DISK_VERSION = 0x00020000
EXAMPLES = project.ROOT / "examples"
BOOT = project.ROOT / "firmware" / "preloaded" / "boot.py"
# the calls that load a package on first use
IMPORTED = re.compile(r"^\s*(?:import|from) tinyweb_([a-z]+)", re.M)
MODULE = re.compile(r"\b(add_resource|resource|static|send_file)\b")


def libraries(packages):
    """Give {path on the board: bytes} of packages, compiled as the index has them."""
    files = {}
    for package in packages:
        for kind, contents in index.flavours(package).items():
            if kind != "py":
                files.update((f"lib/{target}", data) for target, data in contents)
    return files


def folder(path, below=""):
    """Give {path on the board: bytes} of a folder, dot files and caches left out."""
    if not path.is_dir():
        raise ProjectError(f"there is no folder {path}")
    files = {}
    for file in sorted(path.rglob("*")):
        parts = file.relative_to(path).parts
        if file.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            files[below + "/".join(parts)] = read(file)
    return files


def example(name):
    """Give {path on the board: bytes} of an example; raises ProjectError that names those there are."""
    names = sorted(path.parent.name for path in EXAMPLES.glob("*/main.py"))
    if name not in names:
        raise ProjectError(f"there is no example {name!r}: choose {', '.join(names)}")
    files = folder(EXAMPLES / name)
    files.pop("README.md", None)
    # hello's has the name of a WiFi in it, to be filled in
    files["boot.py"] = BOOT.read_bytes()
    return files


def file_system(files, size):
    """Give a littlefs of `size` bytes with these files; raises ProjectError if they do not fit."""
    lfs = littlefs.LittleFS(block_size=BLOCK, block_count=size // BLOCK, disk_version=DISK_VERSION)
    try:
        for name, data in files.items():
            parent = os.path.dirname(name)
            if parent:
                lfs.makedirs("/" + parent, exist_ok=True)
            with lfs.open("/" + name, "wb") as file:
                file.write(data)
    except LittleFSError as error:
        if error.code != LittleFSError.Error.LFS_ERR_NOSPC:
            raise
        total = sum(map(len, files.values()))
        raise ProjectError(
            f"{len(files)} files of {total:,} bytes do not fit into the {size:,} bytes that the image has for files"
        ) from None
    return bytes(lfs.context.buffer)


def merged(image, partition, data):
    """Give the image with `data` in a partition; what lies between is flash that was never written."""
    begin = partition.offset - image.base
    if len(image.data) > begin and image.data[begin:].strip(b"\xff"):
        raise ProjectError(f"{image.name} has something in its partition for files already: it is left alone")
    return image.data[:begin].ljust(begin, b"\xff") + data


def megabytes(text):
    found = re.fullmatch(r"(\d+)MB", text)
    if not found:
        raise argparse.ArgumentTypeError(f"a flash size is written as in 4MB, not {text!r}")
    return int(found[1]) << 20


def read(path):
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}") from None


def collect(args):
    """Give {path on the board: bytes} of all that was asked for."""
    packages = list(args.package)
    files = example(args.example) if args.example else {}
    if args.pages:
        files.update(folder(args.pages, args.pages.resolve().name + "/"))
        packages.append("tinyweb-static")
    for name in files:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise ProjectError(f"{ascii(name)} is no name for a file: it is not UTF-8") from None
    for name, path in (("boot.py", args.boot), ("main.py", args.main)):
        if path:
            files[name] = read(path)
    if files.get("boot.py") == BOOT.read_bytes():
        packages.append("tinyweb-wifi")
    programs = b"\n".join(data for name, data in files.items() if name.endswith(".py")).decode("utf-8", "replace")
    words = set(MODULE.findall(programs))
    if words & {"add_resource", "resource"}:
        packages.append("tinyweb-rest")
    if words & {"static", "send_file"}:
        packages.append("tinyweb-static")
    for name in (f"tinyweb-{word}" for word in IMPORTED.findall(programs)):
        if (project.ROOT / "packages" / name).is_dir():
            packages.append(name)
    return {**libraries(project.chosen(packages or ["tinyweb-core"])), **files}


def listing(image, partition, files, version):
    """Give the lines that tell what lies where."""
    yield f"{image.chip}, MicroPython {version}"
    for part in image.partitions:
        yield f"  {part.offset:#09x} to {part.end:#09x}  {part.label}"
    if partition not in image.partitions:
        yield f"  {partition.offset:#09x} to {partition.end:#09x}  {partition.label} (MicroPython makes it of the rest)"
    for name, data in files.items():
        yield f"{len(data):>9,}  /{name}"
    yield f"{sum(map(len, files.values())):>9,}  bytes in {len(files)} files; the partition has {partition.size:,}"


def main(argv=None):
    parser = project.parser("preload", __doc__)
    parser.add_argument("image", type=pathlib.Path, help="an official image of MicroPython (.bin) for the ESP32 family")
    parser.add_argument("-o", "--out", type=pathlib.Path, required=True, help="the image to write")
    parser.add_argument("--package", action="append", default=[], help="a package for /lib, with what it needs")
    parser.add_argument("--example", help="a folder of examples/: its program and its pages")
    parser.add_argument("--main", type=pathlib.Path, help="your program, as /main.py")
    parser.add_argument("--boot", type=pathlib.Path,
                        help="your boot.py, in place of the one of an example, by which a phone sets the WiFi up")
    parser.add_argument("--pages", type=pathlib.Path, help="a folder of web pages, under its own name")
    parser.add_argument("--flash-size", type=megabytes, help="the chip's flash, as in 8MB, if the image says another")
    args = parser.parse_args(argv)
    image = Image(read(args.image), str(args.image))
    version = image.micropython()
    partition = image.file_system(args.flash_size)
    files = collect(args)
    data = merged(image, partition, file_system(files, partition.size))
    boards.replace(args.out, data)
    for line in listing(image, partition, files, version):
        print(line)
    if partition not in image.partitions:
        print(f"Made for a flash of {partition.end >> 20} MB: for a chip with another, say --flash-size")
    if files.get("boot.py") == BOOT.read_bytes():
        print("It opens a network of its own, TinyWeb-XXXX, and asks there for your WiFi; --boot takes another boot.py")
    print(f"esptool --chip {image.chip} write-flash {image.base:#x} {args.out}")
