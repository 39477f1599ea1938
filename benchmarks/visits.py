"""The smallest heap of a board that survives a browser's visit, at true 32 bit: python benchmarks/visits.py [--write]

Four programs answer a sequence of requests over two connections, with a browser's head of 580 bytes. The figure is the
smallest heap, in KiB, in which each answer is right (1 KiB less is too small; 1 KiB is also what it varies by). The
columns say where the packages lie: in /lib as .py or .mpy, in a ROMFS, or frozen into the firmware. --write puts the
table between the markers in docs/memory.md and README.md. It needs what tools/unix32.py needs.
"""

import argparse
import importlib.util
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
import sizes  # noqa: E402
import tree  # noqa: E402
import unix32  # noqa: E402
from kit.workloads import BROWSER_FIELDS, file_body  # noqa: E402
from project import ROOT, ProjectError, packages, run  # noqa: E402

HOST = "127.0.0.1"
HIGH = 128
PAGES = {"index.html": file_body(1), "app.js": file_body(20)}
STATE = b'{"on": true, "level": 5}'
FORM = b"name=Ada+Lovelace&city=London"


def _ask(path, method=b"GET", kind=b"", body=b""):
    fields = BROWSER_FIELDS
    if kind:
        fields += b"Content-Type: %s\r\nContent-Length: %d\r\n" % (kind, len(body))
    return b"%s %s HTTP/1.1\r\n%s\r\n%s" % (method, path, fields, body)


# What is asked of each program: (request, status, body; None for any).
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
        (_ask(b"/form", b"POST", b"application/x-www-form-urlencoded", FORM), 200, b"Ada Lovelace"),
        _ICON,
    ] * 2,
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
SERVERS = {
    "tinyweb": ("import tinyweb\n\napp = tinyweb.webserver()\n", TINYWEB, "\n\napp.run(%r, %d)\n"),
    "microdot": ("from microdot import Microdot, send_file\n\napp = Microdot()\n", MICRODOT, "\n\napp.run(%r, %d)\n"),
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


class Board:
    """An interpreter, and a folder for a program with its modules, for one server in one place."""

    def __init__(self, server, place, folder):
        self.server = server
        self.lib = Path(folder) / "lib"
        self.own = Path(folder) / "own"
        self.path = [str(self.lib), str(self.own), ".frozen"]
        self.prelude = ""
        (self.own / "www").mkdir(parents=True)
        for name, data in PAGES.items():
            (self.own / "www" / name).write_bytes(data)
        if server == "tinyweb" and place in ("mpy", "romfs"):
            for package in packages():
                sizes.unpack(index.flavours(package)["6"], self.lib)  # as mip installs them
        else:
            for target, path in sources(server).items():
                out = self.lib / target
                out.parent.mkdir(parents=True, exist_ok=True)
                if place in ("py", "frozen"):
                    shutil.copy(path, out)
                else:
                    tree.run([unix32.mpy_cross(), "-O3", "-s", path.name, "-o", out.with_suffix(".mpy"), path])
        if place == "frozen":
            kinds = "".join(f'freeze({str(self.lib)!r}, {name!r}, opt=3)\n' for name in sources(server))
            self.interpreter = unix32.build(manifest=kinds, out=unix32.OUT / f"frozen-{server}")
            self.path = [str(self.own), ".frozen"]
        elif place == "romfs":
            image = Path(folder) / "image.romfs"
            tree.run([Path(sys.executable).parent / "mpremote", "romfs", "build", "-o", image, self.lib])
            module = Path(folder) / "romimage.py"
            module.write_text("IMAGE = %r\n" % image.read_bytes())
            self.interpreter = unix32.build(manifest=f"freeze({folder!r}, 'romimage.py', opt=3)\n",
                                            out=unix32.OUT / "romfs")
            self.path = [str(self.own), ".frozen"]
            self.prelude = MOUNT
        else:
            self.interpreter = unix32.build()

    def answers(self, name, kilobytes):
        """Tell whether a heap of this size answers each request of a visit rightly."""
        with socket.socket() as s:
            s.bind((HOST, 0))
            port = s.getsockname()[1]
        begin, programs, end = SERVERS[self.server]
        text = programs.get(name) or programs["hello"]
        (self.own / "main.py").write_text(self.prelude + begin + text + end % (HOST, port))
        process = subprocess.Popen(
            [self.interpreter, "-X", f"heapsize={kilobytes}k", "main.py"], cwd=self.own,
            env=dict(os.environ, MICROPYPATH=":".join(self.path)),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return _up(process, port) and visit(port, VISITS[name]) and process.poll() is None
        finally:
            process.kill()
            process.wait()

    def smallest(self, name):
        """Return the smallest heap in KiB for a visit, None where HIGH is too small."""
        if not self.answers(name, HIGH):
            return None
        low, high = 4, HIGH
        while high - low > 1:
            middle = (low + high) // 2
            if self.answers(name, middle):
                high = middle
            else:
                low = middle
        return high


def _up(process, port):
    end = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.01)
    return False


def visit(port, requests):
    """Send the requests in turn over two connections; tell whether each answer is right."""
    pair = [None, None]
    try:
        for number, (request, status, body) in enumerate(requests):
            for _ in range(2):
                s = pair[number & 1] or socket.create_connection((HOST, port), timeout=3)
                pair[number & 1] = s
                try:
                    s.sendall(request)
                    got = _answer(s)
                except (BrokenPipeError, ConnectionResetError):
                    got = None
                if got is None:  # the server may close a kept connection at any time: once more, on a new one
                    s.close()
                    pair[number & 1] = None
                    continue
                if got[2]:
                    s.close()
                    pair[number & 1] = None
                break
            if got is None or got[0] != status or body is not None and got[1] != body:
                return False
        return True
    except OSError:
        return False
    finally:
        for s in pair:
            if s:
                s.close()


def _answer(s):
    # Return (status, body, whether the connection ends), None where it ended before an answer.
    data = b""
    while b"\r\n\r\n" not in data:
        more = s.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    close = head.startswith(b"HTTP/1.0") or re.search(rb"(?i)\r\nconnection: *close", head) or not length
    while not length or len(body) < int(length[1]):
        more = s.recv(65536)
        if not more:
            break
        body += more
    return int(head.split(b" ")[1]), body, bool(close)


def measure(servers, names, places):
    """Return {(server, place): {visit: KiB or None}}."""
    found = {}
    for server in servers:
        for place in PLACES[server]:
            if place in places:
                with tempfile.TemporaryDirectory() as folder:
                    board = Board(server, place, folder)
                    found[server, place] = {name: board.smallest(name) for name in names}
                    print(f"{server} {place}: {found[server, place]}", file=sys.stderr, flush=True)
    return found


def table(found):
    """Return the lines of the table."""
    columns = list(found)
    titles = {"py": "`.py`", "mpy": "`.mpy`", "romfs": "ROMFS", "frozen": "frozen"}
    heads = [f"{server} {titles[place]}" for server, place in columns]
    lines = ["| smallest heap, KiB, 32 bit | " + " | ".join(heads) + " |"]
    lines.append("|---|" + "--:|" * len(columns))
    for name in VISITS:
        row = [found[column].get(name) for column in columns]
        lines.append(f"| {name} | " + " | ".join(str(figure or f"> {HIGH}") for figure in row) + " |")
    return lines


def main():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", action="append", choices=SERVERS, help="only this one")
    parser.add_argument("--place", action="append", choices=PLACES["tinyweb"], help="only this one")
    parser.add_argument("--write", action="store_true", help="put the table into docs/memory.md and README.md")
    options = parser.parse_args()
    found = measure(options.server or list(SERVERS), list(VISITS), options.place or PLACES["tinyweb"])
    lines = table(found)
    print("\n".join(lines))
    if options.write:
        for page in (ROOT / "docs" / "memory.md", ROOT / "README.md"):
            text = page.read_text()
            begin, old, end = re.split(r"(?s)(?<=<!-- visits -->\n)(.*?)(?=<!-- /visits -->)", text)
            page.write_text(begin + "\n".join(lines) + "\n" + end)


if __name__ == "__main__":
    run(main)
