# Stand-ins for images of MicroPython, made by the real esptool: of a program of a few bytes in an ELF file elf2image
# makes what a chip would boot, and image-info takes it. What stands in them is laid out as in an official image.
import functools
import hashlib
import struct
import subprocess
import sys

import harness

VERSION = "1.29.0"
# chip: (machine in the ELF, address of RAM for code, address of constants in flash, offset of the image)
CHIPS = {
    "esp8266": (94, 0x40100000, 0x40210000, 0),
    "esp32": (94, 0x40080000, 0x3F400020, 0x1000),
    "esp32c3": (243, 0x40380000, 0x3C000020, 0),
    "esp32s3": (94, 0x40374000, 0x3C000020, 0),
}
NVS = ("nvs", 1, 2, 0x9000, 0x6000)
PHY = ("phy_init", 1, 1, 0xF000, 0x1000)
FACTORY = ("factory", 0, 0, 0x10000, 0x1F0000)
VFS = ("vfs", 1, 0x81, 0x200000, 0x200000)
TABLE = (NVS, PHY, FACTORY, VFS)


def elf(machine, sections):
    """Give a 32-bit ELF file with these sections: (address, bytes)."""
    names = b"\0.shstrtab\0.text\0"
    parts = [(0, 0, 0, b""), *((11, 1, address, data) for address, data in sections), (1, 3, 0, names)]
    body, headers, at = b"", b"", 52
    for name, kind, address, data in parts:
        headers += struct.pack("<10I", name, kind, 6 * (kind == 1), address, at if kind else 0, len(data), 0, 0, 4, 0)
        body += data
        at += len(data)
    entry = sections[0][0]
    head = struct.pack("<4s5B7xHHIIIIIHHHHHH", b"\x7fELF", 1, 1, 1, 0, 0, 2, machine, 1, entry, 0, at, 0, 52, 0, 0, 40,
                       len(parts), len(parts) - 1)
    return head + body + headers


@functools.cache
def program(chip, text):
    """Give an image that esptool makes of a program with this text in it."""
    machine, code, constants, _ = CHIPS[chip]
    folder = harness.scratch() / "images"
    folder.mkdir(exist_ok=True)
    source = folder / f"{chip}.elf"
    # in front of the constants stands a description of the program, empty here
    text = bytes(256) + text.encode().ljust((len(text) + 7) & ~3, b"\0")
    source.write_bytes(elf(machine, [(code, bytes(64)), (constants, text)]))
    out = folder / (f"{chip}-" if chip == "esp8266" else f"{chip}.bin")
    command = [sys.executable, "-m", "esptool", "--chip", chip, "elf2image", "--flash-size", "4MB", "-o", str(out),
               str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    if chip != "esp8266":
        return out.read_bytes()
    # as that port joins them: the part for RAM, and at 0x9000 what runs from flash
    first, rest = sorted(folder.glob("esp8266-0x*.bin"))
    return first.read_bytes().ljust(0x9000, b"\xff") + rest.read_bytes()


def table(partitions):
    """Give a partition table with its MD5."""
    data = b"".join(struct.pack("<HBBII16sI", 0x50AA, kind, subtype, offset, size, label.encode(), 0)
                    for label, kind, subtype, offset, size in partitions)
    return (data + b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(data).digest()).ljust(0xC00, b"\xff")


def image(chip="esp32", partitions=TABLE, version=VERSION, text=None):
    """Give an image as an official one: bootloader, partition table, a program that names its MicroPython."""
    if text is None:
        text = f"MicroPython v{version} on 2026-01-01; a stand-in with {chip}"
    made = program(chip, text)
    if chip == "esp8266":
        return made
    base = CHIPS[chip][3]
    data = program(chip, "a bootloader").ljust(0x8000 - base, b"\xff") + table(partitions)
    app = next((offset for _, kind, _, offset, _ in partitions if kind == 0), 0x10000)
    return data.ljust(app - base, b"\xff") + made
