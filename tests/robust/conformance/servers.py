# The servers of the same small contract: ours on both interpreters, node's http, aiohttp.
#
# The contract: /hello (GET, POST) says hello, /follower (GET) followed, /echo (GET, POST, PUT) the body, /unread (GET,
# POST) unread without looking at the body, /nothing (GET) 204, /stream (GET) twenty pieces without a length, /what/...
# (GET, POST) how the request was understood, as JSON. /files/ holds alphabet.txt and empty.txt. HEAD goes wherever GET
# goes, OPTIONS is answered, another method is 405 with Allow, another path 404.
import functools
import os
import pathlib
import subprocess
import sys

import harness
import have
import sites

NODE = {"NODE_PATH": "/usr/share/nodejs"}  # where Debian puts modules
HERE = pathlib.Path(__file__).resolve().parent
ALPHABET = b"abcdefghijklmnopqrstuvwxyz"

OURS = """
import tinyweb

app = tinyweb.webserver(max_concurrency=3)


@app.route("/hello")
def hello(req, resp):
    return "hello"


@app.get("/follower")
def follower(req, resp):
    return "followed"


@app.route("/echo", methods=("GET", "POST", "PUT"), max_body_size=2000)
async def echo(req, resp):
    return bytes(await req.body())


@app.route("/unread")
def unread(req, resp):
    return "unread"


@app.get("/nothing")
def nothing(req, resp):
    return None


@app.get("/stream")
async def stream(req, resp):
    await resp.start_html()
    for i in range(20):
        await resp.send("piece %d\\n" % i)
        await resp.flush()


@app.route("/what/<path:rest>")
def what(req, resp, rest):
    test = req.header("X-Test")
    return {"method": req.method.decode(), "path": req.path.decode(), "query": req.query_string.decode(),
            "host": req.host.decode(), "test": "(none)" if test is None else "".join(chr(b) for b in test)}


app.static("/files", FILES)
app.run(HOST, PORT)
"""


@functools.cache
def files():
    """Give the folder of files, with the day on which all were written."""
    folder = harness.scratch() / "conformance"
    for name, data in (("alphabet.txt", ALPHABET), ("empty.txt", b"")):
        sites.write(folder / name, data)
    return folder


def ours(interpreter, start=harness.start):
    """Start our server on an interpreter."""
    return start(f"FILES = {str(files())!r}\n{OURS}", interpreter, heap="256k")


def node():
    """Start node's; raises RuntimeError where node or its module send is not installed."""
    return _peer(["node", str(HERE / "peer.js")], **NODE)


def aiohttp():
    """Start aiohttp's; raises RuntimeError where it is not installed."""
    return _peer([sys.executable, str(HERE / "peer_aiohttp.py")])


def lacking(start):
    """Give the names of what a peer needs and this machine lacks."""
    return [name for name in ("node", "node-send") if start is node and not have.find(name)]


def _peer(command, **env):
    port = harness.free_port()
    log = harness.scratch() / f"peer-{port}.txt"
    environ = dict(os.environ, PORT=str(port), FILES=str(files()), **env)
    with open(log, "wb") as out:
        process = subprocess.Popen(command, env=environ, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT)
    return harness.started(harness.Running(process, port, harness.HOST, log, log.parent))


# What the table shows, in this order.
ALL = {
    "TinyWeb, MicroPython": lambda: ours("micropython"),
    "TinyWeb, CPython": lambda: ours("cpython"),
    "node http": node,
    "aiohttp": aiohttp,
}
