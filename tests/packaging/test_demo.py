# `make demo` as a newcomer runs it, and all the ways in which it ends.
import functools
import os
import pty
import re
import signal
import socket

import harness
import httpx
import project
import pytest
from installing import targets
from making import failure

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def demo(make):
    """Start make demo with these arguments."""
    return functools.partial(make, "demo")


def port_is_free(port):
    return not harness.accepts(port)


def test_a_newcomer_sees_the_page_and_ctrl_c_ends_it(demo):
    port = harness.free_port()
    running = demo(f"PORT={port}")
    running.wait_for("Ctrl-C ends it")
    output = running.output()
    steps = re.findall(r"^\[(\d)/5\]", output, flags=re.M)
    assert steps == ["1", "2", "3", "4", "5"], output
    assert "Copying: /lib/tinyweb/server.mpy" in output, output
    assert f"Open http://127.0.0.1:{port}/" in output, output
    page = httpx.get(f"http://127.0.0.1:{port}/")
    assert page.status_code == 200 and "<html" in page.text, page
    readings = httpx.get(f"http://127.0.0.1:{port}/api/readings").json()
    assert readings["board"].startswith("MicroPython"), readings
    index = re.search(r"Serving the index at (\S+)/ ", output)[1]
    assert "tinyweb-core" in httpx.get(f"{index}/index.html").text

    output = running.interrupt()
    assert output.rstrip().splitlines()[-1].startswith(("The demo has ended.", "make: ***")), output
    harness.wait_for(lambda: port_is_free(port), 5)


def test_the_board_gets_its_files_from_mip_alone():
    lib = project.ROOT / "build" / "board" / "lib"
    installed = {path.relative_to(lib).as_posix() for path in lib.rglob("*") if path.is_file()}
    wanted = {target for package in project.packages()
              if package.name in ("tinyweb-core", "tinyweb-events", "tinyweb-static")
              for target in targets(package, ".mpy")}
    assert installed == wanted


def test_a_second_run_installs_nothing_and_sigterm_ends_it(demo):
    port = harness.free_port()
    running = demo(f"PORT={port}")
    running.wait_for("Ctrl-C ends it")
    assert "Installing what" not in running.output(), running.output()
    running.process.terminate()  # make alone: it tells its recipe
    assert running.process.wait(20) != 0
    assert "Traceback" not in running.output(), running.output()
    harness.wait_for(lambda: port_is_free(port), 5)


def test_in_a_terminal_ctrl_c_shows_no_traceback(demo):
    port = harness.free_port()
    master, terminal = pty.openpty()
    running = demo(f"PORT={port}", stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    text = b""
    while b"Ctrl-C ends it" not in text:
        text += os.read(master, 4096)
    running.signal(signal.SIGINT)
    running.process.wait(20)
    try:
        while True:
            text += os.read(master, 4096)
    except OSError:  # EIO: everybody who had the terminal open has ended
        pass
    os.close(master)
    assert b"The demo has ended." in text and b"Traceback" not in text and b"KeyboardInterrupt" not in text, text
    harness.wait_for(lambda: port_is_free(port), 5)


def test_a_taken_port_is_told_in_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        got = failure("demo", f"PORT={port}")
    assert got == f"tinyweb: port {port} on 127.0.0.1 is taken: choose another, as in make demo PORT=8082", got


@pytest.mark.parametrize("args, sentence", [
    (["PORT=http"], "tinyweb: PORT is a number from 1 to 65535, not 'http'"),
    (["PORT=65536"], "tinyweb: PORT is a number from 1 to 65535, not '65536'"),
    (["HOST=192.0.2.1"], "tinyweb: port 8081 on 192.0.2.1 cannot be used"),
    (["MICROPYTHON=/no/such/micropython"], "tinyweb: MICROPYTHON names /no/such/micropython, which is no program"),
    (["MICROPYTHON=/bin/false"], "tinyweb: /bin/false is no MicroPython that runs here"),
    (["PYTHON=no-such-python"], "tinyweb: no no-such-python here: Python 3.10 or newer is needed"),
])
def test_bad_input_is_told_in_one_sentence(args, sentence):
    if not any(arg.startswith(("PORT", "HOST")) for arg in args):
        args = [*args, f"PORT={harness.free_port()}"]
    got = failure("demo", *args)
    assert got.startswith(sentence), got
