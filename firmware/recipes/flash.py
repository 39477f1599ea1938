"""Put an image on a board: firmware/flash BOARD PORT

    firmware/flash ESP32_GENERIC /dev/ttyUSB0                     the image that firmware/build made
    firmware/flash ESP8266_GENERIC /dev/ttyUSB0 --image some.bin
    firmware/flash ESP32_GENERIC /dev/ttyUSB0 --keep-files        without erasing what is on the board
    firmware/flash ESP32_GENERIC /dev/ttyUSB0 --dry-run           only check the image and print the commands

esptool looks at the image before anything is erased: an image for another chip is refused.
"""

import importlib.util
import pathlib
import re
import subprocess
import sys
import tempfile

import project
from project import ProjectError

from . import boards
from .image import Image

ESPTOOL = [sys.executable, "-m", "esptool"]


def esptool(*args, quiet=False):
    """Run esptool; gives what it printed if `quiet`. Raises ProjectError where it fails."""
    command = [*ESPTOOL, *(str(arg) for arg in args)]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if quiet else {}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, text=True, errors="replace", **output)
    if done.returncode:
        reason = [line.strip() for line in (done.stdout or "").splitlines() if line.strip()]
        said = f" ({reason[-1]})" if reason else ""
        raise ProjectError(f"esptool {boards.shown(args)} failed with status {done.returncode}{said}")
    return done.stdout


def check_image(board, path):
    """Let esptool look at the image; raises ProjectError if it is none, or one for another chip."""
    if not path.is_file():
        build = project.command("build")
        raise ProjectError(f"there is no image {path}: make it with {build} {board.name}, or name one (--image)")
    chip = look(path, path)
    if chip != board.chip:
        raise ProjectError(f"{path} is an image for {chip}, and {board.name} is an {board.chip}: nothing was erased")
    if board.port == "esp32":
        # what esptool saw is the bootloader; the program is an image of its own behind the partition table
        image = Image(path.read_bytes(), str(path))
        with tempfile.TemporaryDirectory() as work:
            program = pathlib.Path(work, "program.bin")
            program.write_bytes(image.at(image.app.offset, image.app.size))
            look(program, path)


def look(part, path):
    """Let esptool look at a part of the image at `path`; gives the chip that it is for."""
    try:
        text = esptool("image-info", part, quiet=True)
    except ProjectError as error:
        raise ProjectError(f"{path} is no image that esptool knows, nothing was erased: {error}") from None
    if re.search(r"\(invalid\b", text):
        raise ProjectError(f"{path} is damaged (esptool finds another checksum in it): nothing was erased")
    found = re.search(r"^Detected image type: (\S+)", text, flags=re.M)
    return found[1].lower().replace("-", "") if found else "a chip that esptool does not name"


def check_port(port):
    """Raise ProjectError if the serial port is not there, or somebody else has it open."""
    import serial  # PySerial, which esptool brings

    try:
        serial.Serial(port, exclusive=True).close()
    except (serial.SerialException, OSError, ValueError) as error:
        text = str(error)
        if "No such file" in text or "could not find" in text.lower():
            raise ProjectError(f"there is no port {port}: is the board plugged in?") from None
        if "exclusively lock" in text or "busy" in text.lower():
            raise ProjectError(f"the port {port} is in use: end the other program, a terminal or mpremote") from None
        if "Permission denied" in text:
            raise ProjectError(f"the port {port} may not be opened by you: are you in its group (dialout)?") from None
        raise ProjectError(f"the port {port} cannot be used: {text}") from None


def commands(board, port, path, keep_files, baud):
    """Give the arguments of the calls of esptool."""
    chip = ("--chip", board.chip, "--port", port)
    mode = () if board.flash_mode == "keep" else ("--flash-mode", board.flash_mode)
    erase = [] if keep_files else [(*chip, "erase-flash")]
    return [*erase, (*chip, "--baud", baud, "write-flash", *mode, f"{board.offset:#x}", path)]


def main(argv=None):
    parser = project.parser("flash", __doc__)
    parser.add_argument("board", help="a folder of firmware/boards")
    parser.add_argument("port", help="the serial port, as /dev/ttyUSB0")
    parser.add_argument("--image", type=pathlib.Path, help="another image than the one in dist/firmware")
    parser.add_argument("--baud", type=int, default=460800)
    parser.add_argument("--keep-files", action="store_true", help="do not erase the flash before")
    parser.add_argument("--dry-run", action="store_true", help="only check the image and print the commands")
    args = parser.parse_args(argv)
    board = boards.board(args.board)
    if not importlib.util.find_spec("esptool"):
        raise ProjectError("esptool is not installed: python3 tools/environment.py demo firmware")
    path = args.image or board.image
    check_image(board, path)
    steps = commands(board, args.port, path, args.keep_files, args.baud)
    if args.dry_run:
        for step in steps:
            print(f"esptool {boards.shown(step)}")
        return
    check_port(args.port)
    for step in steps:
        print(f"$ esptool {boards.shown(step)}", flush=True)
        esptool(*step)
    print(f"{board.name} has {path.name}: press its reset button, and connect with mpremote")
