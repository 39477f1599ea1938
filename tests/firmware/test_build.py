# Building an image. No tree of MicroPython and no compiler for a chip is at hand: a stand-in tree (tests/trees.py)
# records how upstream's build is called and leaves what it would leave.
import os
import shutil

import images
import manifests
import project
import pytest
from trees import CHIPS, Tree

VERSION = project.settings()[0]


def only(tmp_path, *programs):
    """A PATH with these programs of the system alone."""
    folder = tmp_path / "few"
    folder.mkdir()
    for name in programs:
        (folder / name).symlink_to(shutil.which(name))
    return str(folder)


@pytest.mark.parametrize("board", CHIPS)
def test_a_stand_in_tree_is_built_by_its_own_makefile(command, tree, path, tmp_path, board):
    data = images.image(CHIPS[board])
    tree.give(board, data)
    status, output = command("build", board, "--tree", "micropython", PATH=path)
    assert status == 0, output
    folder = f"build-{board}-tinyweb"
    assert tree.called(board) == [board, folder, str(project.ROOT / "firmware" / "boards" / board / "manifest.py")]
    port = tree.folder / "ports" / tree.port(board)
    assert (port / "submodules.txt").read_text().strip() == board
    assert (tree.folder / "mpy-cross" / "built.txt").exists()
    image = tmp_path / "dist" / f"firmware_{CHIPS[board]}-{VERSION}.bin"
    assert image.read_bytes() == data
    assert output.rstrip().endswith(f"{image.name}: flash it with firmware/flash {board} PORT"), output
    assert f"MicroPython 1.29.0 for {board}, with TinyWeb {VERSION}" in output, output


@pytest.mark.parametrize("board, lines", [
    ("ESP8266_GENERIC", ["flash 589,824 of 1,011,712 bytes, 421,888 left",
                         "IRAM 28,672 of 32,768 bytes, 4,096 left"]),
    ("ESP32_GENERIC", ["flash {app:,} of 2,031,616 bytes, {left:,} left",
                       "IRAM 66,560 of 131,072 bytes, 64,512 left"]),
])
def test_a_stand_in_build_is_reported_on(command, tree, path, board, lines):
    data = images.image(CHIPS[board])
    tree.give(board, data)
    status, output = command("build", board, "--tree", tree.folder, PATH=path)
    assert status == 0, output
    report = [" ".join(line.split()) for line in output.splitlines()]
    app = len(images.program(CHIPS[board], f"MicroPython v1.29.0 on 2026-01-01; a stand-in with {CHIPS[board]}"))
    for line in lines:
        line = line.format(app=app, left=2031616 - app)
        assert line in report, (line, output)
    assert f"image {CHIPS[board]} {len(data):,} bytes" in report, output
    files = manifests.files(project.ROOT / "firmware" / "boards" / board / "manifest.py",
                            PORT_DIR=str(tree.folder / "ports" / tree.port(board)))
    frozen = [package for package in project.packages() if package.files[0][0] in files]
    assert {"tinyweb-core", "tinyweb-rest", "tinyweb-static"} <= {package.name for package in frozen}, files
    for package in project.packages():
        # what the stand-in says of a file is the length of its source
        size = sum(files[target].stat().st_size for target, _ in package.files if target in files)
        assert (f"frozen {package.name} {size:,} bytes" in report) == (package in frozen), output
    assert any(line.startswith("frozen others ") for line in report), output


def test_what_is_not_wanted_is_left_out_with_a_stand_in_tree(command, tree, path, tmp_path):
    tree.give("ESP32_GENERIC", images.image())
    without = "--without", "static", "--without", "main"
    status, output = command("build", "ESP32_GENERIC", "--tree", tree.folder, *without, PATH=path)
    assert status == 0, output
    manifest = tree.called("ESP32_GENERIC")[2]
    assert manifest == str(tmp_path / "dist" / "manifest_ESP32_GENERIC.py")
    files = manifests.files(manifest, PORT_DIR=str(tree.folder / "ports" / "esp32"))
    assert "tinyweb_rest.py" in files and "tinyweb_static.py" not in files and "main.py" not in files, files
    assert "tinyweb-static" not in output, output


def test_a_dry_run_writes_no_manifest_but_names_it(command, tree, path, tmp_path):
    options = "--without", "rest", "--dry-run"
    status, output = command("build", "ESP32_GENERIC", "--tree", tree.folder, *options, PATH=path)
    assert status == 0 and f"FROZEN_MANIFEST={tmp_path / 'dist' / 'manifest_ESP32_GENERIC.py'} " in output, output
    assert not (tmp_path / "dist").exists()


def test_a_dry_run_prints_the_commands_and_calls_nothing(command, tree, path):
    status, output = command("build", "ESP8266_GENERIC", "--tree", tree.folder, "--dry-run", PATH=path)
    manifest = project.ROOT / "firmware" / "boards" / "ESP8266_GENERIC" / "manifest.py"
    jobs = f"-j{os.cpu_count()}"
    port = tree.folder / "ports" / "esp8266"
    assert (status, output.splitlines()) == (0, [
        f"make -C {tree.folder / 'mpy-cross'} {jobs}",
        f"make -C {port} BOARD=ESP8266_GENERIC submodules",
        f"make -C {port} {jobs} BOARD=ESP8266_GENERIC FROZEN_MANIFEST={manifest} "
        "BUILD=build-ESP8266_GENERIC-tinyweb"]), output
    assert tree.called("ESP8266_GENERIC") is None


def test_mpbuild_builds_in_a_stand_in_for_docker_where_there_is_no_toolchain(command, tree, docker, tmp_path):
    # the real mpbuild; what it wants to be done in its container is done here
    data = images.image()
    tree.give("ESP32_GENERIC", data)
    status, output = command("build", "ESP32_GENERIC", "--tree", tree.folder, "--mpbuild", PATH=docker)
    assert status == 0, output
    manifest = project.ROOT / "firmware" / "boards" / "ESP32_GENERIC" / "manifest.py"
    assert tree.called("ESP32_GENERIC") == ["ESP32_GENERIC", "build-ESP32_GENERIC-tinyweb", str(manifest)]
    told = (tree.folder / "docker.txt").read_text()
    assert f"-v {tree.folder}:{tree.folder} -w {tree.folder} " in told and " espressif/idf:" in told, told
    assert (tmp_path / "dist" / f"firmware_esp32-{VERSION}.bin").read_bytes() == data


def test_the_boards_are_listed(command):
    assert command("build") == (0, "\n".join(sorted(CHIPS)) + "\n")


@pytest.mark.parametrize("board, complaint, reason", [
    ("ESP8266_GENERIC", "ld: region `irom0_0_seg' overflowed by 14036 bytes",
     "region `irom0_0_seg' overflowed by 14036 bytes"),
    ("ESP32_GENERIC", "Error: app partition is too small for binary micropython.bin size 0x1f5e10:",
     "app partition is too small for binary micropython.bin size 0x1f5e10"),
])
def test_an_image_that_does_not_fit_with_a_stand_in_tree(command, tree, path, tmp_path, board, complaint, reason):
    tree.give(board, images.image(CHIPS[board]))
    tree.write(f"ports/{tree.port(board)}/complaint.txt", complaint)
    status, output = command("build", board, "--tree", tree.folder, PATH=path)
    last = output.splitlines()[-1]
    assert status == 1, output
    assert last == f"tinyweb: the image does not fit ({reason}): leave something out, as in --without static", last
    assert not (tmp_path / "dist").exists()


def test_a_build_that_fails_with_a_stand_in_tree(command, tree, path, tmp_path):
    tree.give("ESP32_GENERIC", images.image())
    assert command("build", "ESP32_GENERIC", "--tree", tree.folder, PATH=path)[0] == 0
    shutil.rmtree(tmp_path / "dist")
    # the image of the build before this one is not taken for its own
    tree.write("ports/esp32/complaint.txt", "a mistake in C")
    status, output = command("build", "ESP32_GENERIC", "--tree", tree.folder, PATH=path)
    last = output.splitlines()[-1]
    assert status == 1 and last.startswith("tinyweb: the build failed: make -C "), output
    assert last.endswith("ended with status 2") and not (tmp_path / "dist").exists(), last


def test_a_folder_that_cannot_be_written_with_a_stand_in_tree(command, tree, path, tmp_path):
    tree.give("ESP32_GENERIC", images.image())
    (tmp_path / "dist").write_text("")
    status, output = command("build", "ESP32_GENERIC", "--tree", tree.folder, PATH=path)
    last = output.splitlines()[-1]
    image = tmp_path / "dist" / f"firmware_esp32-{VERSION}.bin"
    assert status == 1 and last == f"tinyweb: {image} cannot be written: File exists", output


def test_a_build_without_an_image_with_a_stand_in_for_docker(command, tree, programs_of):
    folder = programs_of(docker="echo all is well\n")
    # nor is the image of an earlier build taken for one
    tree.write("ports/esp32/build-ESP32_GENERIC-tinyweb/firmware.bin", "old")
    status, output = command("build", "ESP32_GENERIC", "--tree", tree.folder, "--mpbuild",
                             PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")
    last = output.splitlines()[-1]
    assert status == 1 and last.startswith("tinyweb: the build ended without an image: there is no "), output


def test_bad_input_is_told_in_a_sentence(refused, tree, path, tmp_path):
    few = only(tmp_path, "make", "sh")
    named = ("--tree", tree.folder)
    for args, environ, sentence in [
        (("ESP33", *named), {}, f"there is no board 'ESP33' in firmware/boards: choose {', '.join(sorted(CHIPS))}"),
        (("ESP32_GENERIC",), {"MICROPYTHON_TREE": ""}, "name a tree of MicroPython, as in --tree ~/micropython "
                                                       "(a clone of its repository)"),
        (("ESP32_GENERIC", "--tree", "gone"), {}, f"{tmp_path / 'gone'} is no tree of MicroPython "
                                                  "(a clone of its repository)"),
        (("ESP32_GENERIC", *named), {"PATH": few}, "ESP-IDF is not set up in this shell (no idf.py): run its export.sh "
                                                   "first, or use --mpbuild"),
        (("ESP8266_GENERIC", *named), {"PATH": few}, "the compiler xtensa-lx106-elf-gcc is not on the PATH: add "
                                                     "esp-open-sdk's, or use --mpbuild"),
        (("ESP32_GENERIC", *named), {"PATH": str(tmp_path)}, "make is not installed"),
        (("ESP32_GENERIC", "--mpbuild", *named), {"PATH": few}, "docker is not installed, and mpbuild builds in its "
                                                                "containers"),
    ]:
        got = refused("build", *args, **{"PATH": path, **environ})
        assert got == sentence, got


def test_a_tree_that_is_too_old(refused, tmp_path):
    old = Tree(tmp_path / "old", 20)
    got = refused("build", "ESP32_GENERIC", "--tree", old.folder)
    assert got == f"{old.folder} is MicroPython 1.20.0: 1.22 or newer is needed", got


def test_a_tree_without_the_board(refused, tree, path):
    shutil.rmtree(tree.folder / "ports" / "esp32" / "boards" / "ESP32_GENERIC_S3")
    got = refused("build", "ESP32_GENERIC_S3", "--tree", tree.folder, PATH=path)
    assert got == f"{tree.folder} has no ports/esp32/boards/ESP32_GENERIC_S3", got
