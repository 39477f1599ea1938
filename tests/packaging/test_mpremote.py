# mpremote, from the PC, over a (pseudo) serial port: tests/bridge.py.
import subprocess
import sys

import bridge
import project
import pytest


@pytest.fixture
def port(tmp_path):
    with bridge.Bridge(tmp_path / "board") as board:
        yield board


def mpremote(port, *args):
    """Run mpremote on the board and give what it printed."""
    command = [sys.executable, "-m", "mpremote", "connect", port.device, *args]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=40)
    assert done.returncode == 0, done.stdout
    return done.stdout


def installed(port):
    lib = port.folder / "lib"
    return {path.relative_to(lib).as_posix(): path.read_bytes() for path in lib.rglob("*") if path.is_file()}


def test_the_bridge_is_a_board(port, tmp_path):
    assert mpremote(port, "eval", "1+1") == "2\n"
    (tmp_path / "note.txt").write_text("hello")
    mpremote(port, "fs", "cp", str(tmp_path / "note.txt"), ":note.txt")
    assert mpremote(port, "exec", "print(open('note.txt').read())") == "hello\n"
    assert port.resets > 0  # mpremote resets the board when it connects
    endless = subprocess.Popen(
        [sys.executable, "-m", "mpremote", "connect", port.device, "exec", "print('busy')\nwhile True: pass"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        assert endless.stdout.readline() == b"busy\n"
    finally:
        endless.kill()
        endless.communicate(timeout=5)
    assert mpremote(port, "eval", "6*7") == "42\n"  # its Ctrl-C ends what was left running


@pytest.mark.parametrize("flavour", ["--mpy", "--no-mpy"])
def test_mpremote_installs_by_name_with_what_it_needs(port, index_url, flavour):
    ending = {"--mpy": ".mpy", "--no-mpy": ".py"}[flavour]
    command = ("mip", "install", flavour, "--index", index_url, "--target", "lib", "tinyweb-rest")
    output = mpremote(port, *command)
    wanted = {target.replace(".py", ending)
              for package in project.packages() if package.name != "tinyweb-static" for target, _ in package.files}
    assert set(installed(port)) == wanted, output
    assert mpremote(port, "exec", "import tinyweb_rest, tinyweb; print(tinyweb.__version__)") == (
        project.settings()[0] + "\n")
    output = mpremote(port, *command)
    assert output.count("Exists:") == len(wanted) and "Installing:" not in output, output


def test_mpremote_installs_from_a_clone(port):
    # What somebody does who has the repository on the PC: no index, no network.
    folder = project.ROOT / "packages" / "tinyweb-core"
    output = mpremote(port, "mip", "install", "--target", "lib", str(folder / "package.json"))
    want = {target: path.read_bytes() for target, path in project.package(folder).files}
    assert installed(port) == want, output


def test_mpremote_says_what_the_index_lacks(port, index_url):
    with pytest.raises(AssertionError, match="Package not found"):
        mpremote(port, "mip", "install", "--index", index_url, "--target", "lib", "tinyweb-gone")
    assert installed(port) == {}


