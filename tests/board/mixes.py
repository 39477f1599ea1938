"""What the emulated board is asked: programs, requests with the responses they should get, clients."""

import collections
import random
import select
import socket
import threading
import time

HELLO = b"<h1>Hello</h1>"
BIG = bytes(range(256)) * 800
PAGE = b"<p>x</p>" * 900
FILES = {"www/a.txt": b"hello file\n" * 20, "www/page.html": PAGE, "www/big.bin": BIG, "www/20k.bin": BIG[:20480]}
# {threshold}: b"gc.threshold(-1)", with which an allocation fails only when the heap is in pieces. {taken}: bytes that
# the program takes in pieces of 112, as lists, strings and objects would.
START = """
import gc
{threshold}
gc.collect()
before = gc.mem_free()
import asyncio, tinyweb
taken = [bytearray(96) for _ in range({taken} // 112)]
app = tinyweb.webserver()
@app.get("/")
def hello(request, response):
    return "<h1>Hello</h1>"
@app.get("/memory")
def memory(request, response):
    gc.collect()
    return str(gc.mem_free())
"""
FULL = """
@app.get("/slow")
async def slow(request, response):
    await asyncio.sleep(0.3)
    return "slow"
@app.post("/form")
async def form(request, response):
    return (await request.read_parse_form_data())["b"]
class Thing:
    def __init__(self):
        self.value = {"a": 1}
    def get(self, data, number):
        return {"number": number, "value": self.value}
    def put(self, data, number):
        self.value = data
        return {"ok": True}
app.add_resource(Thing(), "/api/<int:number>")
app.static("/static", "/www")
"""
# The board's own mip: SETUP installs from an index, and what is installed serves after a reset.
ITSELF = """
import os
if "lib" not in os.listdir():
    import setup
    raise SystemExit
import tinyweb
app = tinyweb.webserver()
@app.get("/")
def hello(request, response):
    return "<h1>Hello</h1>"
print("READY")
app.run(port=80)
"""
SETUP = """
import mip
try:
    mip.install("tinyweb-static", index="%s")
except AttributeError as error:
    # A str of an ESP8266 has no rpartition(), see tools/index.py
    print(error)
print("INSTALLED", "")
"""
# A program for each of the other packages; the login is ada's, with "open sesame".
PACKAGES = {
    "events": """
import tinyweb_events
events = tinyweb_events.Events(app, "/events")
@app.post("/tell")
def tell(request, response):
    return str(events.send("told"))
""",
    "auth": """
import tinyweb_auth
auth = tinyweb_auth.Digest({"ada": "d92a9021f1359e5d44541c00ad40ab4849ac12e56073719512d33bb6cea1e14a"})
auth.protect(app, "/private/")
@app.get("/private/user")
def user(request, response):
    return request.user
""",
    "websocket": """
from tinyweb_websocket import websocket
@app.get("/echo")
@websocket
async def echo(request, ws):
    async for message in ws:
        await ws.send(message)
""",
    "multipart": """
from tinyweb_multipart import form
@app.post("/upload")
async def upload(request, response):
    async for part in form(request):
        size = await part.save("/upload.bin", limit=100_000)
    return str(size)
@app.get("/upload")
async def uploaded(request, response):
    await response.send_file("/upload.bin")
""",
    "template": """
import tinyweb_template
pages = [tinyweb_template.load("/pages/" + name) for name in ("here.html", "there.html")]
@app.get("/page/<int:n>")
def page(request, response, n):
    return pages[n](["<lamp>", 2])
@app.post("/stop")
def stop(request, response):
    app.shutdown()
    return "stopped"
""",
}
TEMPLATE = "{% args items %}\n<ul>{% for item in items %}<li>{{ item }}{% end %}</ul>"
# With the radio's stand-in of tests/wifi, whose access point has the address of the emulated network.
WIFI = """
import sys
sys.argv.append("10.0.2.15")
import asyncio, tinyweb, tinyweb_wifi
app = tinyweb.webserver()
@app.get("/")
def hello(request, response):
    return "<h1>Hello</h1>"
async def main():
    await tinyweb_wifi.Wifi("Lamp", address="10.0.2.15").start(app, 2)
    await app.start("0.0.0.0", 80)
    while True:
        await asyncio.sleep(1)
asyncio.run(main())
"""
END = """
gc.collect()
print("READY", before, gc.mem_free())
app.run("0.0.0.0", 80)
"""


def program(full=True, threshold=True, taken=0, more=""):
    """Return the text of a main.py. full: with a form, a resource and files; threshold: as an ESP8266 has it."""
    start = START.replace("{threshold}", "" if threshold else "gc.threshold(-1)").replace("{taken}", str(taken))
    return start + (FULL if full else "") + more + END


# What a browser sends with a page: 580 bytes and more.
BROWSER = (
    b"GET %s HTTP/1.1\r\nHost: 192.168.1.50\r\nConnection: keep-alive\r\nCache-Control: max-age=0\r\n"
    b"Upgrade-Insecure-Requests: 1\r\n"
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
    b"\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    b"application/signed-exchange;v=b3;q=0.7\r\n"
    b"Referer: http://192.168.1.50/settings/network?tab=1\r\nAccept-Encoding: gzip, deflate\r\n"
    b"Accept-Language: en-GB,en-US;q=0.9,en;q=0.8,de;q=0.7\r\nDNT: 1\r\nSec-GPC: 1\r\n\r\n"
)
FORM = (
    b"POST /form HTTP/1.1\r\nHost: b\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 15\r\n\r\n"
    b"a=1&b=two+words"
)
REST_GET = b"GET /api/7 HTTP/1.1\r\nHost: b\r\n\r\n"
REST_PUT = b'PUT /api/7 HTTP/1.1\r\nHost: b\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n{"x": 2}'
# The mix: what is sent, the status and the body that should come (None: any).
MIX = [
    (b"GET / HTTP/1.1\r\nHost: b\r\n\r\n", 200, HELLO),
    (BROWSER % b"/", 200, HELLO),
    (BROWSER % b"/static/page.html", 200, FILES["www/page.html"]),
    (BROWSER % b"/static/a.txt", 200, FILES["www/a.txt"]),
    (BROWSER % b"/favicon.ico", 404, None),
    (FORM, 200, b"two words"),
    (REST_GET, 200, None),
    (REST_PUT, 200, b'{"ok": true}'),
    (b"POST /api/7 HTTP/1.1\r\nHost: b\r\nContent-Length: 0\r\n\r\n", 405, None),
    (b"BAD\r\n\r\n", 400, None),
]


class Client:
    """One connection, opened when it is needed."""

    def __init__(self, port, seconds=30):
        self.port, self.seconds, self.socket, self.file, self.asked = port, seconds, None, None, 0

    def close(self):
        if self.socket:
            self.file.close()
            self.socket.close()
            self.socket = None

    def close_if_ended(self):
        """Close the connection if the board has done so, as a browser does at once."""
        if self.socket and select.select([self.socket], [], [], 0)[0]:
            self.close()

    def ask(self, data):
        """Send a request; return (status, body), or what went wrong and b"".

        The board may close a connection that has been idle for a tenth of a second, for a new one: on a busy machine
        that may be when a request is on its way. It is sent again, as HTTP's clients do (RFC 9112 9.3.1).
        """
        kept, before = self.socket, self.asked
        self.asked = time.monotonic()
        got = self._ask(data)
        if kept and got[0] == "closed" and time.monotonic() - before > 0.1:
            got = self._ask(data)
        return got

    def _ask(self, data):
        try:
            if not self.socket:
                self.socket = socket.create_connection(("127.0.0.1", self.port), self.seconds)
                self.file = self.socket.makefile("rb")
            try:
                self.socket.sendall(data)
                line = self.file.readline()
            except (ConnectionResetError, BrokenPipeError):
                line = b""
            if not line:
                self.close()
                return "closed", b""
            head = {}
            while (field := self.file.readline()) not in (b"\r\n", b""):
                name, _, value = field.lower().partition(b":")
                head[name] = value.strip()
            body = b""
            if head.get(b"transfer-encoding") == b"chunked":
                while length := int(self.file.readline(), 16):
                    body += self.file.read(length)
                    self.file.readline()
                self.file.readline()
            else:
                body = self.file.read(int(head.get(b"content-length", 0)))
            if head.get(b"connection") == b"close":
                self.close()
            return int(line[9:12]), body
        except (OSError, ValueError) as error:
            self.close()
            return type(error).__name__, b""


def _at_once(functions):
    # Run functions in threads; return the seconds until all have ended.
    threads = [threading.Thread(target=function) for function in functions]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - start


def together(board, count, requests):
    """Ask the same on several connections at once; return what came, counted, and the seconds it took."""
    seen = collections.Counter()

    def ask():
        client = Client(board.port)
        for request in requests:
            status, body = client.ask(request)
            seen[f"{status}, {len(body)} bytes"] += 1
        client.close()

    seconds = _at_once([ask] * count)
    return dict(seen), seconds


def browser_and_another(board):
    """Open six connections that stay open, then another; return the seconds to each response, or what went wrong."""
    idle, done = [], threading.Event()

    def close_what_ended():
        while not done.wait(0.05):
            for client in list(idle):
                client.close_if_ended()

    closer = threading.Thread(target=close_what_ended)
    closer.start()
    waits = []
    for _ in range(7):
        client = Client(board.port, 40)
        start = time.monotonic()
        status = client.ask(BROWSER % b"/")[0]
        waits.append(round(time.monotonic() - start, 2) if status == 200 else status)
        idle.append(client)
        time.sleep(0.1)
    done.set()
    closer.join()
    for client in idle:
        client.close()
    return waits


def mixed(board, count, clients):
    """Ask the mix, in an order that a seed gives; return the wrong responses, counted by kind, and the seconds."""
    wrong = collections.Counter()

    def ask(seed):
        choice = random.Random(seed)
        client = Client(board.port)
        for _ in range(count // clients):
            data, status, body = choice.choice(MIX)
            if status == 400 and choice.random() < 0.7:  # it closes the connection: not too often
                data, status, body = MIX[0]
            if choice.random() < 0.1:
                client.close()
            got = client.ask(data)
            if got[0] != status:
                wrong[f"{got[0]} for {data[: data.find(b' HTTP')].decode()[:24]}"] += 1
            elif body is not None and got[1] != body:
                wrong[f"{status} with another body for {data[: data.find(b' HTTP')].decode()[:24]}"] += 1
        client.close()

    seconds = _at_once([lambda seed=seed: ask(seed) for seed in range(1, clients + 1)])
    return dict(wrong), seconds


def free(board):
    """Return the bytes of heap that are free, by the board's own word, after a collection."""
    status, body = Client(board.port).ask(b"GET /memory HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n")
    return int(body) if status == 200 else 0
