# A stand-in for the build of a port of MicroPython: python standin.py BOARD BUILD FROZEN_MANIFEST, called by the
# makefile of the stand-in tree. It notes how it was called, lets MicroPython's own manifest reader tell what is to be
# frozen, and leaves what a build leaves: frozen_content.c, a map of the memory and firmware.bin. No C is compiled.
import pathlib
import sys

import manifests

# as GNU ld writes it: the regions, then the sections
MAP = """Memory Configuration

Name             Origin             Length             Attributes
{regions}
*default*        0x00000000         0xffffffff

Linker script and memory map

{sections}
"""
MAPS = {
    "esp8266": (
        "iram1_0_seg      0x40100000         0x00008000         xrw\n"
        "irom0_0_seg      0x40209000         0x000f7000         xr",
        ".text           0x40100000     0x7000\n"
        " .text          0x40100000      0x123 build/one.o\n"
        ".irom0.text     0x40209000    0x90000\n"
        ".a_very_long_name_of_a_section\n                0x3ffe8000     0x1000",
    ),
    "esp32": (
        "iram0_0_seg      0x40080000         0x00020000         xr\n"
        "dram0_0_seg      0x3ffb0000         0x0002c200         rw",
        ".iram0.vectors  0x40080000      0x400\n"
        ".iram0.text     0x40080400    0x10000\n"
        ".dram0.data     0x3ffb0000     0x4000",
    ),
}


def frozen_content(files):
    """Give the text of frozen_content.c; what stands for a file's functions is as long as its source, in two parts."""
    return "".join(
        f"// frozen module {target[:-3]}\n// - frozen file name: {target}\n\n"
        f"static const byte fun_data_x__lt_module_gt_[{path.stat().st_size - 1}] = {{\n    0x10,\n}};\n"
        f"STATIC const byte fun_data_x_f[1] = {{\n    0x10,\n}};\n"
        f"static const qstr_short_t const_qstr_table_data_x[16] = {{\n}};\n"
        for target, path in files.items()
    )


def main(board, build, manifest):
    port = pathlib.Path.cwd()
    (port / "called.txt").write_text(f"{board} {build} {manifest}\n")
    complaint = port / "complaint.txt"
    if complaint.exists():
        sys.exit(complaint.read_text())
    folder = port / build
    folder.mkdir(exist_ok=True)
    files = manifests.files(manifest, PORT_DIR=str(port))
    (folder / "frozen_content.c").write_text(frozen_content(files))
    regions, sections = MAPS[port.name]
    name = "firmware.map" if port.name == "esp8266" else "micropython.map"
    (folder / name).write_text(MAP.format(regions=regions, sections=sections))
    (folder / "firmware.bin").write_bytes((port / f"image-{board}.bin").read_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
