"""What a build came to: bytes frozen for each package, the image, the flash that is left, IRAM."""

import re

import project

from .image import Image

# lines of the table "Memory Configuration" in a linker's map: name, origin, length
REGION = r"^(\S+)\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)(?:\s+\w+)?\s*$"
# a section of the output: at the beginning of a line, its name alone on it where it is long
SECTION = r"^(\.[\w.]+)\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)"
# the region that runs from RAM, by port, and the one of code in flash where no partition table bounds it
IRAM = {"esp8266": "iram1_0_seg", "esp32": "iram0_0_seg"}
FLASH = "irom0_0_seg"


def frozen(text):
    """Give {file: bytes of its bytecode and native code} from the text of a build's frozen_content.c."""
    sizes = {}
    for part in re.split(r"^// frozen module ", text, flags=re.M)[1:]:
        name = re.search(r"^// - frozen file name: (\S+)$", part, flags=re.M)
        if name:
            sizes[name[1]] = sum(int(size) for size in re.findall(r"\bbyte fun_data_\w+\[(\d+)\]", part))
    return sizes


def by_package(sizes):
    """Give {package: bytes} of frozen files: ours by name, what is MicroPython's own or the user's as "others"."""
    owners = {target: package.name for package in project.packages() for target, _ in package.files}
    found = {}
    for name, size in sizes.items():
        owner = owners.get(name, "others")
        found[owner] = found.get(owner, 0) + size
    return found


def used(text, region):
    """Give (bytes used, bytes there are) of a region of the linker's map, None if it has none of that name."""
    head, _, rest = text.partition("Linker script and memory map")
    for name, origin, length in re.findall(REGION, head, flags=re.M):
        if name == region:
            begin, length = int(origin, 16), int(length, 16)
            sections = re.findall(SECTION, rest, flags=re.M)
            inside = (int(size, 16) for _, at, size in sections if begin <= int(at, 16) < begin + length)
            return sum(inside), length
    return None


def read(path):
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def lines(board, build, image):
    """Give the lines of the report on a build folder and the bytes of its image."""
    sizes = by_package(frozen(read(build / "frozen_content.c")))
    for name in sorted(sizes, key=lambda name: (name == "others", name)):
        yield f"frozen  {name:16} {sizes[name]:>9,} bytes"
    yield f"image   {board.chip:16} {len(image):>9,} bytes"
    maps = read(build / ("firmware.map" if board.port == "esp8266" else "micropython.map"))
    if board.port == "esp8266":
        room = used(maps, FLASH)
    else:
        made = Image(image)
        room = made.app_bytes, made.app.size
    for name, pair in (("flash", room), ("IRAM", used(maps, IRAM[board.port]))):
        if pair:
            yield f"{name:8}{'':16} {pair[0]:>9,} of {pair[1]:,} bytes, {pair[1] - pair[0]:,} left"
        else:
            yield f"{name:8} not told: the build left no map of its memory"
