# A stand-in for a clone of MicroPython: its makefiles call tests/firmware/standin.py.
import json
import os
import sys

import project

CHIPS = {"ESP8266_GENERIC": "esp8266", "ESP32_GENERIC": "esp32", "ESP32_GENERIC_C3": "esp32c3",
         "ESP32_GENERIC_S3": "esp32s3"}
MAKEFILE = """all:
	PYTHONPATH={paths} {python} {standin} $(BOARD) $(BUILD) $(FROZEN_MANIFEST)
submodules:
	echo $(BOARD) > submodules.txt
"""
HEADER = """#define MICROPY_VERSION_MAJOR 1
#define MICROPY_VERSION_MINOR {}
#define MICROPY_VERSION_MICRO 0
#define MICROPY_VERSION_PRERELEASE 0
"""


# what mpbuild reads of a board
BOARD = {"deploy": [], "docs": "", "features": [], "images": [], "mcu": "esp32", "product": "", "thumbnail": "",
         "url": "", "vendor": "", "variants": {}}


class Tree:
    """A stand-in for a clone of MicroPython."""

    def __init__(self, folder, minor=29):
        self.folder = folder
        self.write("py/mpconfig.h", HEADER.format(minor))
        (self.folder / ".git").mkdir(parents=True)  # what fetches the submodules looks for it
        self.write("mpy-cross/Makefile", "all:\n\techo built > built.txt\n")
        for folder in "unix/variants", "webassembly/variants", "windows/variants", "qemu/boards":
            (self.folder / "ports" / folder).mkdir(parents=True)
        for board in CHIPS:
            port = self.port(board)
            self.write(f"ports/{port}/Makefile", MAKEFILE.format(
                paths=os.pathsep.join([str(project.ROOT / "tests"), str(project.ROOT / "tools")]),
                python=sys.executable, standin=project.ROOT / "tests" / "firmware" / "standin.py"))
            self.write(f"ports/{port}/boards/{board}/board.json", json.dumps(BOARD))
            for name in "boards/manifest.py", "boards/ESP8266_GENERIC/manifest_2MiB.py":
                self.write(f"ports/{port}/{name}", 'freeze("$(PORT_DIR)/modules")\n')
            self.write(f"ports/{port}/modules/inisetup.py", "x = 1\n")

    @staticmethod
    def port(board):
        return "esp8266" if board.startswith("ESP8266") else "esp32"

    def write(self, path, text):
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def give(self, board, data):
        """Let the build of a board give this image."""
        (self.folder / "ports" / self.port(board) / f"image-{board}.bin").write_bytes(data)

    def called(self, board):
        """Give the (board, build folder, manifest) of the last build in a port, None if there was none."""
        path = self.folder / "ports" / self.port(board) / "called.txt"
        return path.read_text().split() if path.exists() else None
