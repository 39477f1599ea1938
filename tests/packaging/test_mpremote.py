# mpremote, from the PC, over a (pseudo) serial port: tests/bridge.py.
import json
import subprocess
import sys

import bridge
import demo
import installing
import project
import pytest


@pytest.fixture
def port(tmp_path):
    with bridge.Bridge(tmp_path / "board") as board:
        yield board


def mpremote(port, *args, host=None, cwd=None):
    """Run mpremote on the board and give what it printed; `host` is a URL in the place of the git host."""
    program = ["-m", "mpremote"]
    if host:
        local = installing.LOCAL_HOST.format(module="mpremote.mip", url=host)
        program = ["-c", f"import sys, mpremote.main, mpremote.mip\n{local}\nsys.exit(mpremote.main.main())"]
    command = [sys.executable, *program, "connect", port.device, *args]
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=60)
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
    wanted = {target for package in project.packages() if package.name in ("tinyweb-core", "tinyweb-rest")
              for target in installing.targets(package, ending)}
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


@pytest.mark.parametrize("released", [False, True])
def test_mpremote_installs_the_github_form(port, git_host, released):
    url, tag = git_host
    package = f"github:{project.settings()[1]}/packages/tinyweb-rest" + f"@{tag}" * released
    output = mpremote(port, "mip", "install", "--target", "lib", package, host=url)
    tree = installed(port)
    wanted = {target for package in project.packages() if package.name in ("tinyweb-core", "tinyweb-rest")
              for target, _ in package.files}
    assert set(tree) == wanted, output
    for path, data in tree.items():
        assert data.startswith(f"# {tag}\n".encode()) is released, path
    assert mpremote(port, "exec", "import tinyweb_rest, tinyweb; print(tinyweb.__version__)") == (
        project.settings()[0] + "\n")


def test_mpremote_upgrades_and_after_a_missing_file_the_board_imports_what_it_had(port, tmp_path, sample):
    sample.build(tmp_path / "mip")
    light = "exec", "import lamp_web, lamp; print(lamp.LIGHT)"
    with demo.served(tmp_path / "mip") as url:
        install = "mip", "install", "--index", url, "--target", "lib", "lamp-web"
        mpremote(port, *install)
        assert mpremote(port, *light) == "1\n"
        sample.write("1.1.0", "LIGHT = 2\n")
        sample.build(tmp_path / "mip", tmp_path / "mip")
        data = json.loads((tmp_path / "mip/package/6/lamp-core/latest.json").read_text())
        short = dict(data["hashes"])["lamp/__init__.mpy"]
        file = tmp_path / "mip" / "file" / short[:2] / short
        file.rename(tmp_path / "lost")
        with pytest.raises(AssertionError, match=f"File not found: {url}/file/{short[:2]}/{short}"):
            mpremote(port, *install)
        assert mpremote(port, *light) == "1\n"
        (tmp_path / "lost").rename(file)
        output = mpremote(port, *install)
        assert output.count("Installing: lib/") == 1, output
        assert mpremote(port, *light) == "2\n"
        # and back, by its number
        mpremote(port, *install[:-1], "lamp-web@1.0.0")
        assert mpremote(port, *light) == "1\n"


def test_mpremote_says_what_the_index_lacks(port, index_url):
    with pytest.raises(AssertionError, match="Package not found"):
        mpremote(port, "mip", "install", "--index", index_url, "--target", "lib", "tinyweb-gone")
    assert installed(port) == {}




@pytest.mark.parametrize("line", installing.lines("mpremote mip "))
def test_an_install_line_of_the_pages(port, index_url, git_host, line):
    url, tag = git_host
    words = installing.words(line.replace("http://localhost:8000", index_url))
    output = mpremote(port, *words[1:], host=url, cwd=project.ROOT)
    assert output.endswith("Done\n"), output
    name = "tinyweb-" + line.rpartition("tinyweb-")[2].partition("/")[0].partition("@")[0]
    package = next(package for package in project.packages() if package.name == name)
    ending = ".mpy" if "--index" in words and "--no-mpy" not in words else ".py"
    tree = installed(port)
    assert installing.targets(package, ending) <= set(tree), output
    assert any(path.startswith("tinyweb/") for path in tree), output
    assert mpremote(port, "exec", f"import tinyweb, {name.replace('-', '_').replace('_core', '')}") == ""


def test_the_other_lines_for_mpremote_of_the_pages(port, index_url):
    mpremote(port, "mip", "install", "--index", index_url, "tinyweb-core")
    (port.folder / "here").mkdir()
    for name in "wifi.json", "main.py", "boot.py":
        (port.folder / "here" / name).write_text("{}")
    for line in installing.lines("mpremote "):
        words = installing.words(line)
        if words[1] in ("mip", "romfs") or words[-1] == "reset":  # Linux has no such partition, and cannot be reset
            continue
        mpremote(port, *words[1:], cwd=port.folder / "here")
    assert (port.folder / "wifi.json").exists()
    mpremote(port, "rm", "-r", ":lib/tinyweb")
    assert installed(port) == {}
