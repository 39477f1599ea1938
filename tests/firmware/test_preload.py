# One image of MicroPython, packages and files. The images are stand-ins that the real esptool made (tests/images.py);
# what was put into them is read by the real littlefs, and run by the real MicroPython from that file system.
import os
import re
import struct
import subprocess
import sys

import harness
import images
import index
import littlefs
import programs
import project
import pytest
import wifiboard

# What a board's _boot.py does, with a file of the PC for its flash.
MOUNT = """
import os, sys, vfs


class Flash:
    def __init__(self, path, offset, size):
        self.file = open(path, "rb")
        self.offset, self.size = offset, size

    def readblocks(self, n, buf, off=0):
        self.file.seek(self.offset + n * 4096 + off)
        self.file.readinto(buf)

    def writeblocks(self, n, buf, off=0):
        raise OSError(30)  # read-only

    def ioctl(self, op, arg):
        return {4: self.size // 4096, 5: 4096}.get(op, 0)


vfs.mount(Flash(%r, %d, %d), "/flash")
os.chdir("/flash")
sys.path[:] = ["/flash/lib", ".frozen"]
"""


@pytest.fixture
def official(tmp_path):
    """Write a stand-in for an official image; gives its path."""

    def write(*args, **more):
        path = tmp_path / "official.bin"
        path.write_bytes(images.image(*args, **more))
        return path

    return write


def contents(data, offset, size):
    """Give {path: bytes} of the littlefs in an image."""
    lfs = littlefs.LittleFS(block_size=4096, block_count=size // 4096, mount=False)
    lfs.context.buffer[:] = data[offset:offset + size]
    lfs.mount()
    assert lfs.fs_stat().disk_version == 0x00020000  # which every MicroPython reads
    files = {}
    for folder, _, names in lfs.walk("/"):
        for name in names:
            path = f"{folder.rstrip('/')}/{name}"
            with lfs.open(path, "rb") as file:
                files[path] = file.read()
    return files


def compiled(*names):
    """Give {path: bytes} of what the index has of these packages."""
    return {f"/lib/{target}": data for package in project.packages() if package.name in names
            for target, data in index.flavours(package)["6"]}


@pytest.mark.parametrize("chip", ["esp32", "esp32c3", "esp32s3"])
def test_an_example_lies_behind_micropython_in_one_image(command, official, tmp_path, chip):
    before = official(chip).read_bytes()
    status, output = command("preload", "official.bin", "--example", "dashboard", "-o", "out.bin")
    assert status == 0, output
    data, base = (tmp_path / "out.bin").read_bytes(), images.CHIPS[chip][3]
    assert data.startswith(before) and data[len(before):0x200000 - base].strip(b"\xff") == b""
    assert len(data) == 0x400000 - base
    example = project.ROOT / "examples" / "dashboard"
    want = {**compiled("tinyweb-core", "tinyweb-events", "tinyweb-static", "tinyweb-wifi"),
            **{f"/{path.name}": path.read_bytes() for path in example.iterdir() if path.suffix in (".py", ".html")},
            "/boot.py": (project.ROOT / "firmware" / "preloaded" / "boot.py").read_bytes()}
    got = contents(data, 0x200000 - base, 0x200000)
    assert got == want, sorted(set(got) ^ set(want))
    for name, content in want.items():
        assert f"{len(content):>9,}  {name}\n" in output, output
    assert "0x0200000 to 0x0400000  vfs\n" in output, output
    assert f"esptool --chip {chip} write-flash {base:#x} out.bin\n" in output, output
    assert "It opens a network of its own, TinyWeb-XXXX, and asks there for your WiFi" in output, output
    done = subprocess.run([sys.executable, "-m", "esptool", "image-info", "out.bin"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "(valid)" in done.stdout, done.stdout + done.stderr


def test_a_user_starts_it_from_anywhere(official, tmp_path):
    official()
    preload = project.ROOT / "firmware" / "preload"
    done = subprocess.run([preload, "official.bin", "--example", "hello", "-o", "out.bin"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout.startswith("esp32, MicroPython 1.29.0\n"), done.stdout + done.stderr
    assert (tmp_path / "out.bin").exists()


def test_micropython_mounts_it_and_serves_the_example_from_it(command, official, tmp_path):
    official()
    assert command("preload", "official.bin", "--example", "dashboard", "-o", "out.bin")[0] == 0
    mount = MOUNT % (str(tmp_path / "out.bin"), 0x200000 - 0x1000, 0x200000)
    port = harness.free_port()
    program = mount + "exec(open('main.py').read(), {'__name__': '__main__'})\n"
    with harness.start(program, port=port, path=[], heap=programs.HEAPS["dashboard"],
                       env={"PORT": str(port), "HOST": harness.HOST}) as running:
        got = harness.get(port)
        assert not running.trouble()
    assert got.code == 200 and got.body == (project.ROOT / "examples" / "dashboard" / "index.html").read_bytes()


BOARD = """
import os, sys
{mount}
sys.path.append({beside!r})  # the stand-ins for a board's own modules
names = {{"__name__": "boot"}}
os.chdir({beside!r})
with open("/flash/boot.py") as f:
    exec(f.read(), names)
names["asyncio"].run(names["join"](PORT, {options}))
os.chdir("/flash")
with open("main.py") as f:
    exec(f.read(), {{"__name__": "__main__"}})
"""


def test_a_board_with_the_image_and_nothing_else_is_set_up_from_a_phone(command, official, tmp_path):
    official()
    assert command("preload", "official.bin", "--example", "dashboard", "-o", "out.bin")[0] == 0
    mount = MOUNT % (str(tmp_path / "out.bin"), 0x200000 - 0x1000, 0x200000)
    # braces of the mount are not those of the program's own options
    program = BOARD.replace("{mount}", mount.replace("{", "{{").replace("}", "}}"))
    port = harness.free_port()
    board = wifiboard.Board(tmp_path, "micropython", program=program, number=port, lib=[], heap="160k",
                            beside=str(tmp_path), env={"PORT": str(port)})
    try:
        board.opened()
        assert "Choose the WiFi" in board.request().text
        board.send("n=Home&p=right-password")
        board.wait("The board is in your WiFi: http://127.0.0.1/")
        page = (project.ROOT / "examples" / "dashboard" / "index.html").read_bytes()
        harness.wait_for(lambda: harness.accepts(port, board.address) and board.request().body == page, 20)
        assert not board.running.trouble()
    finally:
        board.running.stop()


def test_a_program_of_ones_own_with_pages_and_packages(command, official, tmp_path):
    official()
    (tmp_path / "www" / "deep").mkdir(parents=True)
    (tmp_path / "www" / "deep" / "a.html").write_text("<p>a")
    (tmp_path / "www" / ".git").write_text("secret")
    (tmp_path / "my.py").write_text("app.add_resource(Lamp, '/lamp')\n")
    (tmp_path / "boot.py").write_text("# WiFi\n")
    status, output = command("preload", "official.bin", "--main", "my.py", "--boot", "boot.py", "--pages", "www",
                             "-o", "out/my.bin")
    assert status == 0 and "WiFi" not in output, output
    got = contents((tmp_path / "out" / "my.bin").read_bytes(), 0x200000 - 0x1000, 0x200000)
    want = {**compiled("tinyweb-core", "tinyweb-rest", "tinyweb-static"), "/boot.py": b"# WiFi\n",
            "/main.py": (tmp_path / "my.py").read_bytes(), "/www/deep/a.html": b"<p>a"}
    assert got == want, sorted(set(got) ^ set(want))


def test_packages_alone_and_what_they_need(command, official, tmp_path):
    official()
    assert command("preload", "official.bin", "--package", "tinyweb-rest", "-o", "out.bin")[0] == 0
    got = contents((tmp_path / "out.bin").read_bytes(), 0x200000 - 0x1000, 0x200000)
    assert got == compiled("tinyweb-core", "tinyweb-rest")


@pytest.mark.parametrize("size, end", [((), 0x400000), (("--flash-size", "8MB"), 0x800000)])
def test_a_table_without_a_place_for_files_leaves_them_the_rest_of_the_flash(command, official, tmp_path, size, end):
    # newer images: MicroPython itself takes what is behind the last partition
    official(partitions=(images.NVS, images.PHY, ("factory", 0, 0, 0x10000, 0x210000)))
    status, output = command("preload", "official.bin", "--example", "hello", "-o", "out.bin", *size)
    assert status == 0, output
    assert f"Made for a flash of {end >> 20} MB" in output, output
    data = (tmp_path / "out.bin").read_bytes()
    assert len(data) == end - 0x1000
    assert "/main.py" in contents(data, 0x220000 - 0x1000, end - 0x220000)


def test_an_old_image_that_begins_at_0_keeps_its_place(command, official, tmp_path):
    path = official()
    path.write_bytes(b"\xff" * 0x1000 + path.read_bytes())
    status, output = command("preload", "official.bin", "--example", "hello", "-o", "out.bin")
    assert status == 0 and "write-flash 0x0 out.bin" in output, output
    assert "/main.py" in contents((tmp_path / "out.bin").read_bytes(), 0x200000, 0x200000)


def small(blocks):
    return *images.TABLE[:3], ("vfs", 1, 0x81, 0x200000, blocks * 4096)


@pytest.mark.parametrize("make, args, sentence", [
    ({"partitions": small(8)}, (), "files of .* bytes do not fit into the 32,768 bytes that the image has for files"),
    ({"text": "another program"}, (), "official.bin holds no MicroPython"),
    ({"version": "1.20.0"}, (), "official.bin holds MicroPython 1.20.0: TinyWeb needs 1.21 or newer"),
    ({"chip": "esp8266"}, (), "official.bin is no image for a chip of the ESP32 family"),
    ({"partitions": ()}, (), "official.bin has no partition table at 0x8000 of the flash"),
    ({"partitions": (images.NVS, ("factory", 0, 0, 0x10000, 0x3F0000))}, (), "leaves no flash for files"),
    ({}, ("--example", "gone"), "there is no example 'gone': choose chat, dashboard, "),
    ({}, ("--package", "gone"), "there is no package 'gone': choose tinyweb-core, "),
    ({}, ("--main", "gone.py"), "gone.py cannot be read: No such file or directory"),
    ({}, ("--pages", "gone"), "there is no folder gone"),
    ({}, ("--example", "hello", "-o", "official.bin/out.bin"), "official.bin/out.bin cannot be written: File exists"),
])
def test_bad_input_is_told_in_a_sentence_and_nothing_is_written(refused, official, tmp_path, make, args, sentence):
    official(**make)
    got = refused("preload", "official.bin", "-o", "out.bin", *(args or ("--example", "hello")))
    assert re.search(sentence, got), got
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("out")) == []


def test_pages_that_cannot_be_taken_are_told_in_a_sentence(refused, official, tmp_path):
    official()
    pages = tmp_path / "www"
    pages.mkdir()
    file = os.fsencode(pages) + b"/\xff.html"
    with open(file, "w"):
        pass
    said = refused("preload", "official.bin", "--pages", "www", "-o", "out.bin")
    assert said == r"'www/\udcff.html' is no name for a file: it is not UTF-8", said
    os.unlink(file)
    (pages / "memory").symlink_to("/proc/self/mem")  # a file whose bytes cannot be read, not even by root
    said = refused("preload", "official.bin", "--pages", "www", "-o", "out.bin")
    assert said == "www/memory cannot be read: Input/output error", said
    assert not (tmp_path / "out.bin").exists()


def test_a_damaged_table_is_refused(refused, official):
    path = official()
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 0x8000 - 0x1000 + 3 * 32 + 8, 0x100000)  # the size of the last partition
    path.write_bytes(data)
    got = refused("preload", "official.bin", "--example", "hello", "-o", "out.bin")
    assert got == "official.bin has a damaged partition table: its MD5 is another one", got


def test_an_image_with_files_of_its_own_is_left_alone(refused, command, official, tmp_path):
    official()
    assert command("preload", "official.bin", "--example", "hello", "-o", "once.bin")[0] == 0
    got = refused("preload", "once.bin", "--example", "hello", "-o", "out.bin")
    assert got == "once.bin has something in its partition for files already: it is left alone", got


def test_an_image_that_is_not_there(refused):
    assert refused("preload", "gone.bin", "--example", "hello", "-o", "out.bin") == (
        "gone.bin cannot be read: No such file or directory")
