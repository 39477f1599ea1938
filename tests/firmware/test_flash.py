# Putting an image on a board. The image is looked at by the real esptool; where no chip is at hand, a stand-in for
# esptool records how it is called, and says so in the test's name.
import fcntl
import os
import pty
import re
import sys

import pytest

BOARDS = {
    "ESP8266_GENERIC": ("esp8266", "--flash-mode dio 0x0"),
    "ESP32_GENERIC": ("esp32", "0x1000"),
    "ESP32_GENERIC_C3": ("esp32c3", "0x0"),
    "ESP32_GENERIC_S3": ("esp32s3", "0x0"),
}


@pytest.fixture
def terminal():
    """A serial port that nobody answers on."""
    host, port = pty.openpty()
    yield os.ttyname(port)
    os.close(host)
    os.close(port)


@pytest.fixture
def recorded(tmp_path, monkeypatch, programs_of):
    """A stand-in for esptool: what changes a board is only written down, the rest is done by the real one."""
    import recipes.flash

    calls = tmp_path / "calls.txt"
    folder = programs_of(esptool=f'case "$1" in image-info) exec {sys.executable} -m esptool "$@";; esac\n'
                                 f'echo "$@" >> {calls}\ncase "$@" in *$FAILING*) exit 2;; esac\n')
    monkeypatch.setattr(recipes.flash, "ESPTOOL", [str(folder / "esptool")])
    monkeypatch.setenv("FAILING", "nothing fails")
    return lambda: calls.read_text().splitlines() if calls.exists() else []


@pytest.mark.parametrize("board", BOARDS)
def test_a_dry_run_checks_the_image_and_prints_the_commands(command, image, board):
    chip, where = BOARDS[board]
    path = image(chip)
    status, output = command("flash", board, "/dev/ttyUSB9", "--image", path, "--dry-run")
    assert (status, output.splitlines()) == (0, [
        f"esptool --chip {chip} --port /dev/ttyUSB9 erase-flash",
        f"esptool --chip {chip} --port /dev/ttyUSB9 --baud 460800 write-flash {where} {path}"]), output


@pytest.mark.parametrize("board", BOARDS)
def test_a_stand_in_esptool_is_told_to_erase_and_to_write(command, image, terminal, recorded, board):
    chip, where = BOARDS[board]
    path = image(chip)
    status, output = command("flash", board, terminal, "--image", path, "--baud", 115200)
    assert status == 0, output
    assert recorded() == [f"--chip {chip} --port {terminal} erase-flash",
                          f"--chip {chip} --port {terminal} --baud 115200 write-flash {where} {path}"], recorded()


def test_a_stand_in_esptool_is_not_told_to_erase_where_files_are_kept(command, image, terminal, recorded):
    status, output = command("flash", "ESP32_GENERIC", terminal, "--image", image(), "--keep-files")
    assert status == 0 and [call.split()[6] for call in recorded()] == ["write-flash"], (output, recorded())


def test_after_a_stand_in_esptool_has_failed_nothing_more_is_done(command, image, terminal, recorded):
    status, output = command("flash", "ESP32_GENERIC", terminal, "--image", image(), FAILING="erase-flash")
    last = output.splitlines()[-1]
    assert status == 1 and len(recorded()) == 1, (output, recorded())
    assert last == f"tinyweb: esptool --chip esp32 --port {terminal} erase-flash failed with status 2", last


def test_the_image_that_build_made_is_the_default(command, image, terminal, recorded):
    import recipes.boards

    board = recipes.boards.board("ESP32_GENERIC")
    assert board.image.name == f"firmware_esp32-{recipes.boards.project.settings()[0]}.bin"
    recipes.boards.replace(board.image, image().read_bytes())
    status, output = command("flash", "ESP32_GENERIC", terminal)
    assert status == 0 and recorded()[1].endswith(f"0x1000 {board.image}"), (output, recorded())


def test_a_port_that_no_chip_answers_on(command, image, terminal, tmp_path):
    # the real esptool, with little patience
    (tmp_path / "esptool.cfg").write_text("[esptool]\nconnect_attempts = 1\nsync_timeout = 0.05\nreset_delay = 0.01\n")
    status, output = command("flash", "ESP32_GENERIC", terminal, "--image", image())
    assert status == 1 and "Failed to connect to ESP32" in output, output
    assert re.search(r"^tinyweb: esptool .* erase-flash failed with status 2$", output.splitlines()[-1]), output


def test_a_board_that_there_is_not(refused):
    got = refused("flash", "ESP33", "/dev/ttyUSB9")
    assert got == f"there is no board 'ESP33' in firmware/boards: choose {', '.join(sorted(BOARDS))}", got


def test_an_image_that_there_is_not(refused, tmp_path):
    got = refused("flash", "ESP32_GENERIC", "/dev/ttyUSB9", "--image", "gone.bin")
    assert got == "there is no image gone.bin: make it with firmware/build ESP32_GENERIC, or name one (--image)", got


def test_an_image_for_another_chip(refused, image, recorded):
    for chip, board in (("esp32c3", "ESP32_GENERIC"), ("esp32", "ESP8266_GENERIC"), ("esp8266", "ESP32_GENERIC_S3")):
        path = image(chip)
        got = refused("flash", board, "/dev/ttyUSB9", "--image", path)
        assert got == f"{path} is an image for {chip}, and {board} is an {BOARDS[board][0]}: nothing was erased", got
    assert recorded() == []


def test_no_image_at_all(refused, tmp_path):
    (tmp_path / "text.bin").write_text("no image\n" * 100)
    got = refused("flash", "ESP32_GENERIC", "/dev/ttyUSB9", "--image", "text.bin")
    assert got.startswith("text.bin is no image that esptool knows, nothing was erased: "), got


@pytest.mark.parametrize("place", [0x30, 0xF000 + 0x130])
def test_a_damaged_image(refused, image, recorded, place):
    # in the bootloader, and in the program, which lies at 0x10000 of the flash
    path = image()
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)
    got = refused("flash", "ESP32_GENERIC", "/dev/ttyUSB9", "--image", path)
    assert got == f"{path} is damaged (esptool finds another checksum in it): nothing was erased", got
    assert recorded() == []


def test_a_port_that_there_is_not(refused, image, recorded):
    got = refused("flash", "ESP32_GENERIC", "/dev/ttyUSB9", "--image", image())
    assert got == "there is no port /dev/ttyUSB9: is the board plugged in?", got
    assert recorded() == []


def test_a_port_in_use(refused, image, terminal, recorded):
    with open(terminal, "rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)  # as mpremote and terminals do
        got = refused("flash", "ESP32_GENERIC", terminal, "--image", image())
    assert got == f"the port {terminal} is in use: end the other program, a terminal or mpremote", got
    assert recorded() == []


def test_a_port_that_is_none(refused, image, tmp_path, recorded):
    (tmp_path / "file").write_text("")
    got = refused("flash", "ESP32_GENERIC", "file", "--image", image())
    assert got.startswith("the port file cannot be used: "), got


def test_no_esptool(refused, image, monkeypatch):
    import recipes.flash

    monkeypatch.setattr(recipes.flash.importlib.util, "find_spec", lambda name: None)
    got = refused("flash", "ESP32_GENERIC", "/dev/ttyUSB9", "--image", image())
    assert got == "esptool is not installed: python3 tools/environment.py demo firmware", got
