# A board with a stand-in for its radio (standin/network.py); the rest is real: MicroPython or CPython, sockets, files.
import contextlib
import itertools
import json
import os
import pathlib
import shutil

import harness

STANDIN = pathlib.Path(__file__).parent / "wifi" / "standin"
PROGRAM = """
import asyncio
import gc
import tinyweb
import tinyweb_wifi

app = tinyweb.webserver(max_concurrency=3, allowed_hosts=("lamp.local", {address!r}))


@app.get("/")
def index(req, resp):
    return "the program's own page"


@app.get("/open/<name>")
def opened(req, resp, name):
    return "open " + name


@app.get("/forget")
async def forget(req, resp):
    wifi.forget()
    await wifi.start(app, 1)
    return "forgotten"


wifi = tinyweb_wifi.Wifi({options})


async def main():
    print("IP", await wifi.start(app, {timeout}))
    await app.start({address!r}, PORT)
    while True:
        await asyncio.sleep(1)


asyncio.run(main())
"""
HOME = ["Home", "right-password", -50, False]
_last = itertools.count(os.getpid() * 7 % 60000)


def loopback():
    """Return an address of 127/8 that no other test uses: the name server of each takes port 53 of its own."""
    n = next(_last)
    return f"127.{50 + n % 150}.{n // 150 % 250}.{1 + n % 250}"


class Board:
    """A program with tinyweb-wifi, its files and what is in the air around it."""

    ends = False  # by itself

    def __init__(self, folder, interpreter, port="esp32", networks=(HOME,), files=(), timeout=1, program=PROGRAM,
                 heap=harness.ROOMY, fault=None, address=None, command=None, number=None, lib=None, env=None,
                 beside="", **options):
        self.folder = folder
        for path in STANDIN.glob("*.py"):
            shutil.copy(path, folder)
        for name, text in dict(files).items():
            (folder / name).write_text(text)
        self.air = {"port": port}
        self.change(networks=networks, fault=fault)
        self.address = options["address"] = address or loopback()
        options = ", ".join(f"{key}={value!r}" for key, value in {"name": "Lamp", **options}.items())
        text = program.format(options=options, timeout=timeout, address=self.address, beside=beside)
        self.running = harness.launch(text, interpreter, heap=heap, cwd=folder, host=self.address, command=command,
                                      port=number, path=lib, env=env)
        self.port = self.running.port
        self.url = f"http://{self.address}:{self.port}/"

    def change(self, **air):
        """Change what is in the air."""
        self.air.update(air)
        (self.folder / "air.tmp").write_text(json.dumps(self.air, ensure_ascii=False))
        os.rename(self.folder / "air.tmp", self.folder / "air.json")

    def wait(self, text, timeout=40, count=1):
        """Wait until the board has printed a text so often; return all that it has printed."""
        return harness.wait_for(lambda: self.output.count(text) >= count and self.output, timeout,
                                lambda: f"{count} times {text!r} is not in:\n{self.output}")

    @property
    def output(self):
        return self.running.output()

    def request(self, target="/", method="GET", host=None, fields=(), body=b""):
        """Make a request; the Host is the board's unless it is told."""
        host = host or f"{self.address}:{self.port}"
        fields = [("Host", host), *(fields.items() if isinstance(fields, dict) else fields)]
        return harness.get(self.port, target, fields, method, body, host=self.address)

    def send(self, form, **fields):
        """Fill the page in, and return the page that follows it."""
        fields.setdefault("Content-Type", "application/x-www-form-urlencoded")
        got = self.request(method="POST", body=form.encode(), fields=fields)
        if got.code == 303:
            assert got.headers["location"] == f"http://{self.address}:{self.port}/", got
            got = self.request()
        return got

    def known(self):
        """Return what the file holds, None without one."""
        try:
            return json.loads((self.folder / "wifi.json").read_text())
        except FileNotFoundError:
            return None

    def opened(self, count=1):
        """Wait until the set-up network is open, for the count-th time, and the port too."""
        self.wait("tinyweb-wifi: join ", count=count)
        harness.started(self.running)
        return self


@contextlib.contextmanager
def boards(tmp_path, interpreter):
    """Yield a function that starts a Board; at the end all of them are ended, and none may have been in trouble."""
    started = []

    def start(**more):
        started.append(Board(tmp_path, interpreter, **more))
        return started[-1]

    yield start
    for each in started:
        trouble = "" if each.ends else each.running.trouble()
        each.running.stop()
        assert not trouble, trouble
