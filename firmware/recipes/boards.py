"""The boards that images are made for: a folder of firmware/boards/ each, named as MicroPython names its board."""

import dataclasses
import os
import pathlib
import shlex

import project
from project import ProjectError, toml

FOLDER = project.ROOT / "firmware" / "boards"
OUT = project.WORK / "dist" / "firmware"


@dataclasses.dataclass(frozen=True)
class Board:
    """A board: `chip` as esptool calls it, `port` a folder of MicroPython, `offset` where its image begins in flash."""

    name: str
    chip: str
    port: str
    offset: int
    flash_mode: str
    flash: str

    @property
    def manifest(self):
        return FOLDER / self.name / "manifest.py"

    @property
    def image(self):
        """Give where `build` puts the image and `flash` looks for it."""
        return OUT / f"firmware_{self.chip}-{project.settings()[0]}.bin"


def names():
    return sorted(path.parent.name for path in FOLDER.glob("*/board.toml"))


def board(name):
    """Give the board of this name; raises ProjectError that names those there are."""
    if name not in names():
        raise ProjectError(f"there is no board {name!r} in firmware/boards: choose {', '.join(names())}")
    return Board(name, **toml(FOLDER / name / "board.toml"))


def shown(command):
    """Give a command as it would be typed."""
    return shlex.join(str(part) for part in command)


def replace(path, data):
    """Write a file whole or not at all; raises ProjectError where it cannot be written."""
    path = pathlib.Path(path)
    unfinished = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            unfinished.write_bytes(data)
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror}") from None
