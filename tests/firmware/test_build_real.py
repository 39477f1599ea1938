# firmware/build with MicroPython's own tree: its makefiles, its manifest reader, its mpy-tool and makeimg, esptool and
# mpy-cross are the real ones. A stand-in: compiler, assembler and linker for the ESP8266, whose SDK no package has. It
# compiles nothing, and "links" the ELF file that tests/images.py makes.
import os
import re
import shutil
import subprocess
import sys

import harness
import have
import images
import project
import pytest
import tree as sources

BOARD = "ESP8266_GENERIC"
# What stands for xtensa-lx106-elf-gcc, -ld and the others.
COMPILER = """#!/bin/sh
case " $* " in *" -print-"*) echo /nowhere; exit;; *" -E "*) exec {python} {source} "$@";; esac
out=/dev/null
while [ $# -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
case $out in *.elf) cp {elf} $out;; *.o) : > $out; : > ${{out%.o}}.d;; esac
"""
PREPROCESSOR = """
import pathlib, subprocess, sys
args = sys.argv[1:]
if "-" in args:
    # macros only, and they do not depend on the chip
    wanted = [a for a in args if a.startswith(("-I", "-D"))]
    sys.exit(subprocess.run(["gcc", "-E", *wanted, "-"]).returncode)
for name in args:
    if name.endswith(".c"):
        print('# 1 "%s"' % name)
        print(pathlib.Path(name).read_text(errors="replace"))
"""
PARTS = ("py", "extmod", "shared", "drivers", "tools", "lib/libm", "lib/littlefs", "lib/oofatfs", "lib/uzlib",
         "lib/re1.5", "lib/crypto-algorithms", "mpy-cross", "ports/esp8266")
# Packages of micropython-lib, which Debian's tree is without, that upstream freezes for this board.
LIBRARY = ("bundle-networking", "dht", "ds18x20", "neopixel", "onewire", "ssd1306", "upysh", "umqtt.simple",
           "umqtt.robust")


@pytest.fixture
def real(tmp_path):
    """Return (a copy of MicroPython's tree, a PATH with what stands for the compiler)."""
    try:
        source = sources.source("micropython")
    except project.ProjectError as error:
        if have.in_ci():
            raise
        pytest.skip(str(error))
    copy = tmp_path / "micropython"
    for part in PARTS:
        shutil.copytree(source / part, copy / part)
    for name in LIBRARY:
        path = copy / "lib" / "micropython-lib" / "micropython" / name
        path.mkdir(parents=True)
        (path / "manifest.py").write_text('metadata(version="0")\n')
    (copy / "lib" / "micropython-lib" / "README.md").touch()
    text = (copy / "extmod" / "extmod.mk").read_text()
    for folder, variable in (("lib/axtls", "AXTLS_DIR"), ("lib/berkeley-db-1.xx", "BTREE_DIR")):
        names = re.search(rf"addprefix \$\({variable}\)/,\\?(.*?)\)", text, flags=re.S)[1]
        for name in names.replace("\\", " ").split():
            path = copy / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    # upstream's would be compiled: 20 seconds
    link = f"all:\n\tmkdir -p build\n\tln -sf {harness.MPY_CROSS} build/mpy-cross\n"
    (copy / "mpy-cross" / "Makefile").write_text(link)
    programs = tmp_path / "bin"
    programs.mkdir()
    preprocessor = tmp_path / "preprocessor.py"
    preprocessor.write_text(PREPROCESSOR)
    elf = tmp_path / "chip.elf"
    # where upstream's linker script puts code in RAM and code in flash
    elf.write_bytes(images.elf(94, [(0x40100000, bytes(64)), (0x40209000, bytes(1024))]))
    for name in "gcc", "as", "ld", "size", "objcopy", "ar":
        path = programs / f"xtensa-lx106-elf-{name}"
        path.write_text(COMPILER.format(python=sys.executable, source=preprocessor, elf=elf))
        path.chmod(0o755)
    return copy, f"{programs}{os.pathsep}{os.environ['PATH']}"


def frozen(tree):
    """Return the names of the files that the last build has frozen."""
    text = (tree / "ports" / "esp8266" / f"build-{BOARD}-tinyweb" / "frozen_content.c").read_text()
    return set(re.findall(r"^// - frozen file name: (\S+)$", text, flags=re.M))


def test_upstreams_own_makefile_builds_an_image_and_leaves_out_what_it_is_told_to(command, real, tmp_path):
    tree, path = real
    image = tmp_path / "dist" / f"firmware_esp8266-{project.settings()[0]}.bin"
    for without, kept in (((), True), (("--without", "rest", "--without", "static"), False)):
        status, output = command("build", BOARD, "--tree", tree, *without, PATH=path)
        assert status == 0, output[-3000:]
        names = frozen(tree)
        assert ("tinyweb_rest.py" in names, "tinyweb_static.py" in names) == (kept, kept), sorted(names)
        assert "tinyweb/server.py" in names and "main.py" in names, sorted(names)
        # "frozen  tinyweb-rest   2,832 bytes": what the build has told of it
        assert ("frozen  tinyweb-rest" in output) == kept, output[-3000:]
        done = subprocess.run([sys.executable, "-m", "esptool", "image-info", str(image)], capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0 and "Detected image type: ESP8266" in done.stdout, done.stdout + done.stderr
