"""Make a page from which a browser puts an image on a board: firmware/web IMAGE -o FOLDER

    firmware/web dashboard.bin -o site
    firmware/web firmware_esp32-2.0.0.bin firmware_esp8266-2.0.0.bin --name "My lamp" -o site

A user opens the page in Chrome or Edge, plugs the board in, clicks and chooses the port; the page looks which chip it
is and writes the image for that. IMAGE is what firmware/build or firmware/preload has made, one for each chip. The
folder is for any web host, with https (or http on localhost, where browsers allow serial ports too). What talks to the
board is ESP Web Tools, downloaded with npm in the version that is pinned here, and put into the folder: the page loads
nothing from elsewhere.
"""

import argparse
import base64
import hashlib
import html
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

import project
from project import ProjectError

from . import flash, preload
from .image import Image

TOOLS = "esp-web-tools"
VERSION = "10.4.0"
SHA512 = "3pwkeFFm5Fj7UQo8SJNYK5RXrtNCpq6X9QoI6bMT4GBZWgrJqjn0YvM9ihG74BtMoSFYXfmDtkehuxe50PTMPQ=="
CACHE = project.ROOT / "build" / "web"
PAGE = project.ROOT / "firmware" / "web_page" / "index.html"
# As ESP Web Tools calls the chips.
FAMILIES = {
    "esp8266": "ESP8266",
    "esp32": "ESP32",
    "esp32s2": "ESP32-S2",
    "esp32s3": "ESP32-S3",
    "esp32c3": "ESP32-C3",
    "esp32c6": "ESP32-C6",
}
# The mode in which all flash of an ESP8266 can be read, see flash.py.
DIO = 2


def tools(cache=None):
    """Return the bytes of ESP Web Tools' package, downloaded where it is not there yet.

    Raises ProjectError without npm, without a network, or for a package that is not the pinned one.
    """
    cache = cache or CACHE
    path = cache / f"{TOOLS}-{VERSION}.tgz"
    if not path.exists():
        npm = shutil.which("npm")
        if not npm:
            raise ProjectError(f"npm is not installed, which downloads {TOOLS} (Debian, Ubuntu: apt install npm)")
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=cache) as work:
                command = [npm, "pack", "--silent", f"{TOOLS}@{VERSION}"]
                done = subprocess.run(command, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True)
                got = pathlib.Path(work, path.name)
                if done.returncode or not got.exists():
                    raise ProjectError(f"npm cannot download {TOOLS} {VERSION}: is the network there?")
                os.replace(got, path)
        except OSError as error:
            raise ProjectError(f"{cache} cannot be written: {error.strerror}") from None
    data = path.read_bytes()
    if base64.b64encode(hashlib.sha512(data).digest()).decode() != SHA512:
        raise ProjectError(f"{path} is not the package that is pinned here: remove it")
    return path


def unpack(path, folder):
    """Put the scripts of the package, made for web pages, and its licence into a folder."""
    folder.mkdir()
    with tarfile.open(path) as archive:
        for member in archive:
            name = pathlib.PurePosixPath(member.name)
            wanted = name.parent == pathlib.PurePosixPath("package/dist/web") or str(name) == "package/LICENSE"
            if member.isfile() and wanted:
                (folder / name.name).write_bytes(archive.extractfile(member).read())


def build(path):
    """Return (chip, offset, bytes) of an image; raises ProjectError for a file that is none."""
    data = preload.read(path)
    chip = flash.look(path, path)
    if chip == "esp8266":
        # The mode is no part of the image's checksums.
        return chip, 0, data[:2] + bytes([DIO]) + data[3:]
    image = Image(data, str(path))
    if image.chip not in FAMILIES:
        raise ProjectError(f"{path} is an image for {image.chip}, which ESP Web Tools does not know")
    image.micropython()
    return image.chip, image.base, data


def write(folder, images, name, version, package):
    """Write the page, its manifest, the images and the scripts into a folder."""
    builds = []
    for chip, offset, data in images:
        file = f"{chip}.bin"
        (folder / file).write_bytes(data)
        builds.append({"chipFamily": FAMILIES[chip], "parts": [{"path": file, "offset": offset}]})
    manifest = {
        "name": name,
        "version": version,
        # What was on the board may be anything: its file system is not that of the image.
        "new_install_prompt_erase": False,
        # MicroPython does not speak Improv: do not wait for it.
        "new_install_improv_wait_time": 0,
        "builds": builds,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    chips = ", ".join(FAMILIES[chip] for chip, _, _ in images)
    text = PAGE.read_text(encoding="utf-8")
    for key, value in (("NAME", name), ("VERSION", version), ("CHIPS", chips)):
        text = text.replace("{{%s}}" % key, html.escape(value))
    (folder / "index.html").write_text(text, encoding="utf-8")
    unpack(package, folder / TOOLS)


def check_out(out):
    """Raise ProjectError where the folder holds something else than an earlier page."""
    if out.exists() and not out.is_dir():
        raise ProjectError(f"{out} is a file: name a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / TOOLS).is_dir():
        raise ProjectError(f"{out} holds something else: name a new folder")


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="firmware/web", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("image", type=pathlib.Path, nargs="+", help="an image that firmware/build or preload has made")
    parser.add_argument("-o", "--out", type=pathlib.Path, required=True, help="the folder of the page")
    parser.add_argument("--name", default="TinyWeb", help="what the image is, for the user")
    parser.add_argument("--version", default=project.settings()[0], help="its version, for the user")
    args = parser.parse_args(argv)
    check_out(args.out)
    images = []
    for path in args.image:
        image = build(path)
        if image[0] in [chip for chip, _, _ in images]:
            raise ProjectError(f"{path} is a second image for {FAMILIES[image[0]]}: the page takes one for each chip")
        images.append(image)
    package = tools()
    out = args.out.resolve()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent) as work:
            made = pathlib.Path(work, "page")
            made.mkdir()
            write(made, images, args.name, args.version, package)
            if out.exists():
                os.replace(out, pathlib.Path(work, "before"))
            os.replace(made, out)
    except OSError as error:
        raise ProjectError(f"{args.out} cannot be written: {error.strerror}") from None
    for chip, offset, data in images:
        print(f"{len(data):>9,}  {FAMILIES[chip]}, written at {offset:#x}")
    print(f"python3 -m http.server --bind 127.0.0.1 --directory {args.out} 8000")
    print("Then open http://127.0.0.1:8000/ in Chrome or Edge")
