"""What each feature costs in heap: python tools/memory.py [--write]

Each feature is a program that serves it, on the real MicroPython, from the .mpy files that the index holds; it is
asked once for what the feature does, and then for its heap after a collection, beyond MicroPython and its asyncio.
--write puts the tables between the markers in docs/memory.md. It measures on MicroPython at 32 bit, the word of every
board (tools/unix32.py builds it); https, which that build lacks, on the one of `make demo`. Where no 32-bit build can
be had, or MICROPYTHON names one, all is measured on that one, and nothing is written.
"""

import argparse
import contextlib
import http.client
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import demo
import have
import index
import project
import unix32
from project import ROOT, ProjectError

PAGE = ROOT / "docs" / "memory.md"
# Its heap() begins with the bytes in use beyond what was there when it was imported, asyncio included.
BASELINE = ROOT / "benchmarks" / "servers" / "baseline.py"
HEAD = """
from baseline import heap
import sys

{mount}
import tinyweb

app = tinyweb.webserver()


@app.get("/heap")
def _heap(req, resp):
    return heap().split()[0]


@app.get("/modules")
def _modules(req, resp):
    return " ".join(name for name in sys.modules if name.startswith("tinyweb"))

"""
FOOT = """

app.run("127.0.0.1", {port}{more})
"""
TLS = """
import ssl

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.der", "key.der")
"""
MOUNT = """
import gc, vfs
image = open("rom.romfs", "rb").read()
vfs.mount(vfs.VfsRom(image), "/rom")
sys.path.append("/rom")
size = len(image)
del image
plain = heap
heap = lambda: str(int(plain().split()[0]) - size)  # on a board it lies in flash
"""
HELLO = """
@app.get("/")
def hello(req, resp):
    return "Hello, world!"
"""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
# name: what is asked for (path, headers, body), and the program's own lines
FEATURES = {
    "a hello that returns its text": (("/", {}, None), HELLO),
    "`resp.send()`, as in 1.x": (("/", {}, None), """
@app.route("/")
async def hello(req, resp):
    await resp.start_html()
    await resp.send("Hello, world!")
"""),
    "a handler that waits": (("/", {}, None), """
import asyncio

@app.get("/")
async def hello(req, resp):
    await asyncio.sleep(0.01)
    return "Hello, world!"
"""),
    "a URL with a parameter": (("/lamp/7", {}, None), """
@app.get("/lamp/<int:n>")
def lamp(req, resp, n):
    return str(n)
"""),
    "a status, JSON out": (("/", {}, None), """
@app.get("/")
def hello(req, resp):
    return {"message": "made"}, 201
"""),
    "`req.query`": (("/?a=1", {}, None), """
@app.get("/")
def hello(req, resp):
    return req.query["a"]
"""),
    "a form": (("/", FORM, b"a=1"), """
@app.post("/")
async def form(req, resp):
    return (await req.read_parse_form_data())["a"]
"""),
    "cookies, read and set": (("/", {"Cookie": "a=1"}, None), """
@app.get("/")
def hello(req, resp):
    resp.set_cookie("b", "2")
    return req.cookies["a"]
"""),
    "a 404 or another error": (("/nowhere", {}, None), HELLO),
    "hooks": (("/", {}, None), HELLO + """
@app.before_request
def before(req, resp):
    pass
"""),
    "`app.static()`": (("/www/index.html", {}, None), """
app.static("/www", "www")
"""),
    "`app.add_resource()`, GET": (("/r", {}, None), """
class Resource:
    def get(self, data):
        return {"a": 1}

app.add_resource(Resource, "/r")
"""),
    "`app.add_resource()`, JSON in": (("/r", JSON, b'{"a": 1}'), """
class Resource:
    def post(self, data):
        return data

app.add_resource(Resource, "/r")
"""),
    "all of these": (("/form", FORM, b"a=1"), """
import asyncio

app.static("/www", "www")

@app.before_request
def before(req, resp):
    pass

class Resource:
    def post(self, data):
        return data

app.add_resource(Resource, "/r")

@app.get("/lamp/<int:n>")
async def lamp(req, resp, n):
    resp.set_cookie("b", "2")
    await asyncio.sleep(0.01)
    await resp.send(req.cookies["a"] + req.query["a"])

@app.post("/form")
async def form(req, resp):
    return (await req.read_parse_form_data())["a"]
"""),
}
ALL = [("/www/index.html", {}, None), ("/r", JSON, b'{"a": 1}'), ("/lamp/7?a=1", {"Cookie": "a=1"}, None),
       ("/nowhere", {}, None)]


def ask(port, path, headers=None, body=None):
    """Fetch a path from the program; gives the text, of an error too."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers or {})
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        if error.code >= 500:
            raise ProjectError(f"{path} is answered with {error.code}") from error
        return error.read().decode()


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    if done.returncode:
        raise ProjectError("{} failed: {}".format(" ".join(map(str, command)), done.stdout.strip()))
    return done.stdout


def describe(interpreter):
    """Return the version of an interpreter and the bits of its word, as a text."""
    code = "import sys; v = sys.implementation[1]; print('MicroPython %d.%d.%d, %d bit' % (v[:3] + (W,)))"
    return run(interpreter, "-c", code.replace("W", "len(bin(sys.maxsize)) - 1")).strip()


class Boards:
    """Folders with the packages as a board would have them: .mpy, .py, an image of a ROMFS, or frozen.

    `interpreters` is the program for each of them, `why` says why it is not a build of 32 bit ("" where it is).
    """

    def __init__(self, folder):
        self.interpreter = demo.micropython()[0]
        self.interpreters, self.why = dict.fromkeys((".py", ".mpy", "ROMFS"), self.interpreter), ""
        if os.environ.get("MICROPYTHON"):
            self.why = "MICROPYTHON names this one"
        else:
            try:
                self.interpreters = dict.fromkeys(self.interpreters, unix32.build())
                self.interpreters["frozen"] = unix32.build(frozen=True)
            except ProjectError as error:
                self.why = str(error)
        self.folder = pathlib.Path(folder)
        self.sizes = {}  # module: bytes as .mpy
        for package in project.packages():
            flavours = index.flavours(package)
            plain = flavours.pop("py")
            compiled = flavours.popitem()[1]
            for kind, contents in ((".py", plain), (".mpy", compiled)):
                for target, data in contents:
                    path = self.folder / kind / "lib" / target
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
            for target, data in compiled:
                self.sizes[target[:-4].replace("/", ".").replace(".__init__", "")] = len(data)
        for kind in ".py", ".mpy", "ROMFS", "frozen":
            board = self.folder / kind
            (board / "www").mkdir(parents=True)
            (board / "www" / "index.html").write_text("<h1>Hello, world!</h1>\n")
            shutil.copy(BASELINE, board)
        rom = self.folder / "ROMFS" / "rom.romfs"
        run(sys.executable, "-m", "mpremote", "romfs", "-o", rom, "build", self.folder / ".mpy" / "lib")

    @contextlib.contextmanager
    def program(self, kind, text, more="", interpreter=None):
        """Run a program on a board; gives (port, process id). `more` are further arguments of app.run()."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        board = self.folder / kind
        (board / "main.py").write_text(
            HEAD.format(mount=MOUNT if kind == "ROMFS" else "") + text + FOOT.format(port=port, more=more)
        )
        process = subprocess.Popen(
            [interpreter or self.interpreters[kind], "-X", "heapsize=1m", "main.py"],
            cwd=board,
            env=dict(os.environ, MICROPYPATH=f".frozen:{board / 'lib'}:{board}"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            deadline = time.monotonic() + 20
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > deadline:
                        process.kill()
                        raise ProjectError("a program does not start: " + process.stdout.read()) from None
                    time.sleep(0.02)
            yield port, process.pid
        finally:
            process.kill()
            process.communicate()

    def measure(self, name, kind=".mpy"):
        """Give (bytes of heap, names of the modules loaded) of a program that has served a feature."""
        request, text = FEATURES[name]
        with self.program(kind, text) as (port, _):
            for more in ALL if name == "all of these" else ():
                ask(port, *more)
            ask(port, *request)
            modules = ask(port, "/modules").split()
            # the least of some: the collector takes every word on the stack for a pointer
            return min(int(ask(port, "/heap")) for _ in range(6)), modules


def kib(count):
    return f"{count / 1024:.1f}"


def features(boards):
    """Give the table of the features."""
    rows = ["| program | heap, KiB | more than the first | `.mpy` loaded, KiB |", "|---|--:|--:|--:|"]
    first = None
    for name in FEATURES:
        heap, modules = boards.measure(name)
        first = first or heap
        size = sum(boards.sizes[module] for module in modules)
        rows.append(f"| {name} | {kib(heap)} | {kib(heap - first)} | {kib(size)} |")
    return rows


def places(boards):
    """Give the table of where the code lies."""
    names = ["a hello that returns its text", "all of these"]
    rows = ["| packages as | hello, KiB | all features, KiB |", "|---|--:|--:|"]
    labels = {".py": "`.py`", ".mpy": "`.mpy`", "ROMFS": "`.mpy` in a ROMFS", "frozen": "frozen"}
    for kind in boards.interpreters:
        label = labels[kind]
        rows.append("| {} | {} | {} |".format(label, *(kib(boards.measure(name, kind)[0]) for name in names)))
    return rows


def certificate(folder):
    """Make cert.pem and key.pem for localhost, and both as .der, as docs/deployment.md does; False without openssl."""
    openssl = have.find("openssl")
    if not openssl:
        return False
    key, cert = folder / "key", folder / "cert"
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    run(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
        *names, "-keyout", f"{key}.pem", "-out", f"{cert}.pem")
    run(openssl, "ec", "-in", f"{key}.pem", "-outform", "der", "-out", f"{key}.der")
    run(openssl, "x509", "-in", f"{cert}.pem", "-outform", "der", "-out", f"{cert}.der")
    return True


def kept(port, context=None):
    """Make a request on a connection and keep it; gives (the connection, a function that asks on it for the heap)."""
    if context:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def heap():
        readings = []
        for _ in range(6):
            connection.request("GET", "/heap")
            readings.append(int(connection.getresponse().read()))
        return min(readings)

    heap()
    return connection, heap


def resident(pid):
    """Give the bytes of memory that a process has in use."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def secure(boards, connections=8):
    """Give the table of what https costs, on the heap and of the system's memory; None without Linux and openssl."""
    if not os.path.exists("/proc/self/statm") or not certificate(boards.folder / ".mpy"):
        return None
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    rows = ["| | heap with one connection, KiB | each more that is kept: heap, KiB | outside the heap, KiB |"]
    rows.append("|---|--:|--:|--:|")
    for label, text, more, context in (("http", "", "", None), ("https", TLS, ", ssl=context", trusting)):
        with boards.program(".mpy", HELLO + text, more, boards.interpreter) as (port, pid):
            first, heap = kept(port, context)
            alone, outside = heap(), resident(pid)
            others = [kept(port, context)[0] for _ in range(connections)]
            each, outside = (heap() - alone) / connections, (resident(pid) - outside) / connections
            for connection in (first, *others):
                connection.close()
        rows.append(f"| {label} | {kib(alone)} | {kib(each)} | {max(0, outside) / 1024:.0f} |")
    return rows


def write(tables):
    """Put each table between its markers."""
    text = PAGE.read_text(encoding="utf-8")
    for name, rows in tables.items():
        block = "<!-- {0} -->\n{1}\n<!-- /{0} -->".format(name, "\n".join(rows))
        text, count = re.subn(rf"<!-- {name} -->\n.*?<!-- /{name} -->", lambda _, block=block: block, text, flags=re.S)
        if count != 1:
            raise ProjectError(f"docs/memory.md has {count} places for the table {name!r}")
    PAGE.write_text(text, encoding="utf-8")


def main(argv=None):
    parser = argparse.ArgumentParser(description="Measure what each feature costs in heap.")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/memory.md")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        boards = Boards(folder)
        if args.write and boards.why:
            raise ProjectError(f"nothing is written without MicroPython at 32 bit: {boards.why}")
        tables = {"features": features(boards), "places": places(boards), "secure": secure(boards)}
        builds = describe(boards.interpreters[".mpy"]), describe(boards.interpreter)
    if not tables["secure"]:
        del tables["secure"]
        print("Left out, it needs Linux and openssl: https")
    if boards.why:
        print(f"Not on a board's 32 bit: {boards.why}")
    print("Heap on {}; https on {}:\n".format(*builds))
    for rows in tables.values():
        print("\n".join(rows) + "\n")
    if args.write:
        write(tables)
        print("wrote docs/memory.md")


if __name__ == "__main__":
    project.run(main)
