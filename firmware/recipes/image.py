"""An image of the ESP32 family: its chip, its partition table, the MicroPython in it.

An image is what one write-flash puts at one offset: the bootloader first, with a header that names the chip and the
size of its flash, then the partition table at 0x8000 of the flash, then the program.
"""

import dataclasses
import hashlib
import re
import struct

from project import ProjectError

CHIPS = {0: "esp32", 2: "esp32s2", 5: "esp32c3", 9: "esp32s3", 13: "esp32c6"}
# where the bootloader of a chip lies; every other chip begins with it
BOOTLOADER = {"esp32": 0x1000, "esp32s2": 0x1000}
TABLE = 0x8000
TABLE_SIZE = 0xC00
MAGIC = 0xE9
APP, DATA = 0, 1
OLDEST = (1, 21)


@dataclasses.dataclass(frozen=True)
class Partition:
    label: str
    type: int
    subtype: int
    offset: int
    size: int

    @property
    def end(self):
        return self.offset + self.size


class Image:
    """An image as it was read. `base` is the offset in flash that it is written to."""

    def __init__(self, data, name="the image"):
        self.data = data
        self.name = name
        # some images for the first ESP32 begin at 0, with nothing before the bootloader
        start = 0x1000 if data[:0x1000] == b"\xff" * 0x1000 else 0
        head = data[start : start + 24]
        if len(head) < 24 or head[0] != MAGIC:
            raise ProjectError(f"{name} is no image for a chip of the ESP32 family")
        self.chip = CHIPS.get(head[12] | head[13] << 8)
        if self.chip is None or head[23] > 1:
            raise ProjectError(f"{name} is no image for a chip of the ESP32 family that is known here")
        self.base = BOOTLOADER.get(self.chip, 0) - start
        if self.base < 0:
            raise ProjectError(f"{name} is no image for {self.chip}: its bootloader is not where that chip looks")
        self.flash_size = 0x100000 << (head[3] >> 4)
        self.partitions = partitions(self.at(TABLE, TABLE_SIZE), name)

    def at(self, offset, length):
        """Give what the image has for a place in the flash."""
        return self.data[offset - self.base : offset - self.base + length]

    @property
    def app(self):
        """Give the partition of the program; raises ProjectError if there is none."""
        for partition in self.partitions:
            if partition.type == APP:
                return partition
        raise ProjectError(f"{self.name} has a partition table without a program in it")

    @property
    def app_bytes(self):
        """Give how long the program is, padding at its end not counted."""
        return len(self.at(self.app.offset, self.app.size).rstrip(b"\xff"))

    def micropython(self):
        """Give MicroPython's version as text, as in "1.29.0"; raises ProjectError for another program or an old one."""
        found = re.search(rb"MicroPython v((\d+)\.(\d+)[\w.-]*)", self.at(self.app.offset, self.app.size))
        if not found:
            raise ProjectError(f"{self.name} holds no MicroPython")
        version = found[1].decode()
        if (int(found[2]), int(found[3])) < OLDEST:
            oldest = ".".join(map(str, OLDEST))
            raise ProjectError(f"{self.name} holds MicroPython {version}: TinyWeb needs {oldest} or newer")
        return version

    def file_system(self, flash_size=None):
        """Give the partition that MicroPython mounts as "/".

        Where the table has none (newer images), MicroPython makes it of what is left of the chip's flash, so its
        size follows from the flash's. Raises ProjectError if nothing is left.
        """
        for partition in self.partitions:
            if partition.type == DATA and partition.label == "vfs":
                return partition
        end = max(partition.end for partition in self.partitions)
        size = (flash_size or self.flash_size) - end
        if size <= 0:
            raise ProjectError(f"{self.name} leaves no flash for files: its partitions end at {end:#x}")
        return Partition("vfs", DATA, 0x81, end, size)


def partitions(table, name="the image"):
    """Give the partitions of a table; raises ProjectError where there is none or it is damaged."""
    found = []
    for at in range(0, len(table) - 31, 32):
        entry = table[at : at + 32]
        if entry[:2] == b"\xeb\xeb":
            if entry[16:] != hashlib.md5(table[:at]).digest():
                raise ProjectError(f"{name} has a damaged partition table: its MD5 is another one")
            break
        if entry[:2] != b"\xaa\x50":
            break
        _, kind, subtype, offset, size, label = struct.unpack("<HBBII16s", entry[:28])
        found.append(Partition(label.rstrip(b"\0").decode("utf-8", "replace"), kind, subtype, offset, size))
    if not found:
        raise ProjectError(f"{name} has no partition table at {TABLE:#x} of the flash")
    return found
