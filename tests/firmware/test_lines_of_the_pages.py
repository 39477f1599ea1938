# Every line that README.md, docs/install.md and firmware/README.md tell people to type, tried: those for mpremote and
# mip in tests/packaging, `tinyweb` and what pip makes of this repository in tests/host, those for images here. Where a
# chip or a clone of MicroPython is needed, a stand-in is taken.
import json
import subprocess
import sys
import urllib.request

import harness
import have
import images
import installing
import project
import pytest
from trees import CHIPS

# where a line is tried
TRIED = ("mpremote ", "firmware/build", "firmware/flash ", "firmware/preload ", "firmware/romfs ", "firmware/web ",
         "esptool ", "pip install ", "pipx install ", "tinyweb ", "python3 -m http.server ")


@pytest.fixture
def place(tmp_path, tree):
    """The files that the lines speak of: official images, built ones, a program and its pages."""
    for board, chip in CHIPS.items():
        tree.give(board, images.image(chip))
        (tmp_path / f"firmware_{chip}-{project.settings()[0]}.bin").write_bytes(images.image(chip))
    (tmp_path / "ESP32_GENERIC-v1.29.0.bin").write_bytes(images.image())
    (tmp_path / "my.bin").write_bytes(images.image())
    for name in "my.py", "boot.py", "www/index.html":
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("# mine\n")
    return tmp_path


def test_no_line_is_left_out():
    left = [f"{place}: {line}" for line, place in installing.LINES.items()
            if not line.startswith(TRIED) and "(" not in line and place.startswith(("README", "docs/install", "firm"))]
    assert not [line for line in left if "install" in line or "esptool" in line or "firmware" in line], left


@pytest.mark.parametrize("line", installing.lines("firmware/build"))
def test_a_line_that_builds_with_a_stand_in_tree(command, place, path, docker, line):
    words = installing.words(line.replace("~/micropython", "micropython"))
    status, output = command("build", *words[1:], PATH=path)
    assert status == 0, output
    assert "--tree" not in words or "make -C" in output or "mpbuild" in output, output


@pytest.mark.parametrize("line", installing.lines("firmware/flash "))
def test_a_line_that_flashes_in_a_dry_run(command, place, path, line):
    board = installing.words(line)[1]
    assert command("build", board, "--tree", "micropython", PATH=path)[0] == 0
    status, output = command("flash", *installing.words(line)[1:], "--dry-run")
    assert status == 0 and "write-flash" in output, output


@pytest.mark.parametrize("line", installing.lines("firmware/preload "))
def test_a_line_that_preloads_with_a_stand_in_image(command, place, line):
    words = installing.words(line)
    status, output = command("preload", *words[1:])
    assert status == 0 and (place / words[-1]).stat().st_size > 0x300000, output


@pytest.mark.parametrize("line", installing.lines("firmware/romfs "))
def test_a_line_that_makes_a_romfs(command, place, line):
    words = installing.words(line)
    status, output = command("romfs", *words[1:])
    assert status == 0 and (place / words[-1]).read_bytes()[:3] == b"\xd2\xcd\x31", output


@pytest.mark.parametrize("line", installing.lines("firmware/web "))
def test_a_line_that_makes_a_page_to_install_from(command, place, line):
    if not have.find("npm"):
        (pytest.fail if have.in_ci() else pytest.skip)("no npm on this machine")
    (place / "dashboard.bin").write_bytes(images.image())
    words = installing.words(line)
    status, output = command("web", *words[1:])
    assert status == 0 and (place / words[-1] / "manifest.json").exists(), output


@pytest.mark.parametrize("line", installing.lines("esptool "))
def test_a_line_for_esptool_alone(command, place, line):
    words = installing.words(line)
    if words[1] == "image-info":
        done = subprocess.run([sys.executable, "-m", *words], cwd=place, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and "(valid)" in done.stdout, done.stdout + done.stderr
        return
    # what firmware/flash would do with that image
    chip = words[words.index("--chip") + 1]
    board = next(board for board, each in CHIPS.items() if each == chip)
    image = f"firmware_{chip}-{project.settings()[0]}.bin"
    status, output = command("flash", board, "/dev/ttyUSB0", "--image", image, "--dry-run")
    assert status == 0 and line in output.splitlines(), output


@pytest.mark.parametrize("line", [line for line in installing.lines("pip install ") if "git+" not in line])
def test_what_pip_is_told_to_install_is_what_the_tests_use(line):
    pinned = "".join(path.read_text() for path in (project.ROOT / "requirements").glob("*.txt"))
    for name in installing.words(line)[2:]:
        assert f"\n{name}==" in pinned, name


def test_the_lines_that_make_and_serve_an_index(tmp_path):
    subprocess.run(["make", "index"], cwd=project.ROOT, check=True, capture_output=True, timeout=60)
    for line in installing.lines("python3 -m http.server "):
        if "dist/mip" not in line:
            continue  # a page that installs, see test_web.py
        port = harness.free_port()
        words = installing.words(line.replace("8000", str(port)))
        server = subprocess.Popen([sys.executable, *words[1:]], cwd=project.ROOT, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            harness.wait_for(lambda port=port: harness.accepts(port), 10)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/index.json", timeout=5) as answer:
                assert json.load(answer)["packages"]
        finally:
            server.terminate()
            server.wait(5)
