# What the set-up takes of a board's heap, on a 32-bit MicroPython: all of it in what the README tells, from .mpy files
# and frozen, and nearly nothing of it stays.
import contextlib
import json
import pathlib
import re
import subprocess
import time

import harness
import index
import project
import pytest
import sizes
import wifiboard

HERE = pathlib.Path(__file__).parent / "frozen"
RADIO = f"""module("network.py", base_path={str(HERE)!r})
module("machine.py", base_path={str(HERE)!r})
"""
MANIFEST = f"""include({str(project.ROOT / "manifest.py")!r}, wifi=True)
{RADIO}module("lamp.py", base_path={str(HERE)!r})
"""
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://{host}", "Sec-Fetch-Site": "same-origin"}
# As long as a phone's.
BROWSER = {
    "User-Agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate", "Accept-Language": "en-GB,en;q=0.9,de;q=0.8", "Cache-Control": "max-age=0",
    "Connection": "keep-alive", "Upgrade-Insecure-Requests": "1", "Sec-Fetch-Mode": "navigate",
}


@pytest.fixture(scope="module")
def firmware(narrow, tmp_path_factory):
    """A MicroPython with the packages, the program and a stand-in for a radio in it."""
    return narrow.build(manifest=MANIFEST, out=tmp_path_factory.mktemp("firmware") / "build")


@pytest.fixture(scope="module")
def plain(narrow, tmp_path_factory):
    """A MicroPython with nothing but a stand-in for a radio in it: frozen packages would bring their names along."""
    return narrow.build(manifest=RADIO, out=tmp_path_factory.mktemp("plain") / "build")


@pytest.fixture(scope="module")
def lib(tmp_path_factory):
    """A folder with the packages and the program as .mpy files; the radio is a part of the firmware on a board, too."""
    folder = tmp_path_factory.mktemp("board") / "lib"
    for package in project.packages():
        if package.name in ("tinyweb-core", "tinyweb-wifi"):
            sizes.unpack(index.flavours(package)["6"], folder)
    harness.compile_mpy(HERE / "lamp.py", folder / "lamp.mpy")
    return folder


@contextlib.contextmanager
def lamp(firmware, folder, heap, known=False, lib=None):
    """Run the program; gives (a function that requests, a function that gives what it printed)."""
    folder.mkdir(exist_ok=True)
    if lib:
        (folder / "lib").symlink_to(lib)  # each module keeps the path of its file, which is short on a board
    address, port = wifiboard.loopback(), harness.free_port()
    (folder / "main.py").write_text("import lamp\n")
    if known:
        (folder / "wifi.json").write_text(json.dumps({"ssid": "Home", "password": "right-password"}))
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen([firmware, "-X", f"heapsize={heap}k", "main.py", str(port), address], cwd=folder,
                                   env={"MICROPYPATH": "lib:.frozen" if lib else ".frozen"}, stdout=log, stderr=log)

    def said():
        return (folder / "log").read_text(errors="replace")

    def request(target, host=None, body=b""):
        host = host or f"{address}:{port}"
        fields = [("Host", host), *BROWSER.items(), *((k, v.format(host=host)) for k, v in FORM.items() if body)]
        if not body:
            return harness.get(port, target, fields, host=address)
        head = harness.message(target, dict(fields), "POST", body, host=host)[: -len(body)]
        with harness.Client(port, address) as client:
            for part in head, body:  # as some browsers do
                client.send(part)
                time.sleep(0.1)
            got = client.answer("POST")
        return got if got.code != 303 else request("/")

    try:
        harness.wait_for(lambda: process.poll() is not None or harness.accepts(port, address), 30, said)
        assert process.poll() is None, said()
        yield request, said
    finally:
        process.terminate()
        process.wait(5)


def set_up(request, said):
    """Do what a phone does, with a wrong password first."""
    harness.wait_for(lambda: said().count("tinyweb-wifi: join ") == 1, 30, said)
    for host in ("captive.apple.com", "www.msftconnecttest.com", "connectivitycheck.gstatic.com"):
        assert request("/generate_204", host).code == 302, said()
        assert request("/").text.count("input type=radio") == 13, said()
    assert request("/favicon.ico").code == 404
    assert "Joining Home" in request("/", body=b"n=Home&p=wrong-password").text, said()
    harness.wait_for(lambda: said().count("tinyweb-wifi: join ") == 2, 30, said)
    assert "Home: wrong password." in request("/").text, said()
    assert "Joining Home" in request("/", body=b"n=Home&p=right-password").text, said()
    harness.wait_for(lambda: "tinyweb-wifi: http://127.0.0.1/" in said(), 30, said)


def kept(request):
    assert request("/form", body=b"a=1").text == "kept"
    return min(int(request("/heap").text) for _ in range(6))


def told(place):
    """Return how many KB the README tells for a set-up from this place."""
    text = (project.ROOT / "packages" / "tinyweb-wifi" / "README.md").read_text()
    return int(re.findall(place + r"\s+it\s+takes\s+(\d+)\s+KB", text)[0])


def test_a_frozen_set_up_fits_into_what_is_told(firmware, tmp_path):
    with lamp(firmware, tmp_path, told(r"frozen\s+into\s+the\s+firmware")) as (request, said):
        set_up(request, said)
        assert request("/heap").code == 200 and "out of memory" not in said(), said()


def test_a_set_up_from_mpy_files_fits_into_what_is_told(plain, lib, tmp_path):
    heap = told(r"From\s+`\.mpy`\s+files")
    for n in range(5):  # the place of a collection is chance
        with contextlib.suppress(AssertionError):
            with lamp(plain, tmp_path / str(n), heap, lib=lib) as (request, said):
                set_up(request, said)
                return
    pytest.fail(f"a set-up needs more than {heap} KB")


@pytest.mark.parametrize("mpy", [False, True], ids=["frozen", "mpy"])
def test_what_a_set_up_took_comes_back(firmware, plain, lib, tmp_path, mpy):
    firmware, lib = (plain, lib) if mpy else (firmware, None)
    with lamp(firmware, tmp_path / "known", 90, True, lib) as (request, _):
        for n in range(6):
            request("/heap", f"host-{n}")  # the server remembers some heads, whoever sends them
        before = kept(request)
    with lamp(firmware, tmp_path / "new", 90, False, lib) as (request, said):
        set_up(request, said)
        readings = []

        def is_back():  # once the last connections of the set-up are closed
            readings.append(kept(request))
            return readings[-1] - before <= 1024

        harness.wait_for(is_back, 40, lambda: f"{before}, then {readings}")
