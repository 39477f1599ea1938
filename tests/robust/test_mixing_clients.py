# Many clients at once, each with marks of its own in heads, bodies and what it is answered, at their own pace. All
# connections read into one buffer and pass slots on to each other: each client gets its own bytes and no others.
import random
import re
import ssl
import threading
import time

import harness
import memory
import pytest

PROGRAM = """
import asyncio
import gc
import tinyweb

app = tinyweb.webserver(max_concurrency=3, max_connections=40, idle_timeout=3, io_timeout=3, max_head=4096)


def pauses(req):
    return int(req.query.get("p", "0"))


async def pause(n):
    await asyncio.sleep(n / 1000)


@app.before_request
async def before(req, resp):
    if req.method == b"PUT":
        await resp.send("early " + req.query["m"])
    elif "h" in req.query:
        await pause(int(req.query["h"]))


@app.after_request
def after(req, resp):
    resp.add_header("X-Mark", req.query["m"] if "m" in req.query else "-")


@app.errorhandler(418)
async def teapot(req, resp, error):
    await pause(pauses(req))
    return "teapot " + error.message, 418


@app.route("/now/<name>", methods=("GET", "PUT"))
def now(req, resp, name):
    return name + req.query["m"] * int(req.query["n"])


@app.get("/wait/<name>")
async def wait(req, resp, name):
    await pause(pauses(req))
    return name + req.query["m"] * int(req.query["n"])


@app.get("/stream/<name>")
async def stream(req, resp, name):
    for i in range(int(req.query["n"])):
        await resp.send("%s %d %s;" % (name, i, req.query["m"] * 5))
        if pauses(req):
            await pause(pauses(req))
        if i == 3 and "r" in req.query:
            await resp.release()


@app.post("/echo", max_body_size=4000)
async def echo(req, resp):
    await pause(pauses(req))
    return await req.body()


@app.post("/mirror", max_body_size=100000)
async def mirror(req, resp):
    buffer = bytearray(97)
    while True:
        n = await req.readinto(buffer)
        if not n:
            break
        await resp.send(buffer[:n])
        if pauses(req):
            await pause(pauses(req))


@app.post("/ignore")
async def ignore(req, resp):
    if pauses(req):
        await pause(pauses(req))
    return "ignored " + req.query["m"]


@app.get("/empty")
async def empty(req, resp):
    await resp.send(req.query["m"])
    await pause(pauses(req))
    return "", 204


@app.get("/tea")
async def tea(req, resp):
    await resp.send("half" + req.query["m"])
    resp._hooks_run = True
    await pause(pauses(req))
    raise tinyweb.HTTPException(418, req.query["m"])


@app.get("/file")
async def file(req, resp):
    await resp.send_file(FILE)


@app.get("/state")
def state(req, resp):
    gc.collect()
    used = getattr(gc, "mem_alloc", int)()
    buffers = len(set([id(x) for x in app._spare_buffers]))
    return "%d %d %d %d %d %d" % (app._free_slots, app._spare_count, buffers, len(app._connections),
                                  len(app._slot_queue), used)


TLS = None
if CERTIFICATE:
    import ssl
    TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    TLS.load_cert_chain(*CERTIFICATE)
app.run(HOST, PORT, ssl=TLS)
"""
SEED = 1
PAGE = b"".join(b"%05d" % i for i in range(12000))


@pytest.fixture(scope="module", params=["micropython", "cpython"])
def interpreter(request):
    return request.param


class Visitor(threading.Thread):
    """A client with a mark of its own, which asks in all ways and notes each answer that is not what it asked for."""

    def __init__(self, port, number, until, context):
        super().__init__(daemon=True)
        self.port = port
        self.random = random.Random(SEED * 1000 + number)
        self.mark = f"<{number:03d}>"
        self.until = until
        self.context = context
        self.faults = []
        self.answers = self.refused = 0

    def ask(self):
        """Give one request, and (method, status, body) of its answer."""
        r = self.random
        mark = self.mark
        n = r.choice((1, 3, 60, 190, 210, 700))
        m = f"?m={mark}&n={n}&p={r.choice((0, 0, 1, 5))}" + r.choice(("", "", "&h=2"))
        fields = [("X-Pad", (mark * 800)[:r.choice((0, 10, 10, 600, 1200, 2500, 3300))])]
        body = (mark.encode() * 800)[:r.choice((0, 1, 90, 500, 1100, 3000))]
        kind = r.choice(("now", "wait", "head", "stream", "echo", "mirror", "ignore", "empty", "tea", "file", "put",
                         "none", "range"))
        method, code, path = "GET", 200, f"/{kind}/{kind}{m}"
        want = (kind + mark * n).encode()
        if kind == "head":
            method, path, want = "HEAD", f"/wait/x{m}", b""
        elif kind == "stream":
            n = min(n, 90)
            path = f"/stream/s?m={mark}&n={n}&p={r.choice((0, 0, 1))}" + r.choice(("", "&r=1"))
            want = b"".join(b"s %d %s;" % (i, mark.encode() * 5) for i in range(n))
        elif kind in ("echo", "mirror", "ignore"):
            method, path = "POST", f"/{kind}{m}"
            want = f"ignored {mark}".encode() if kind == "ignore" else body
            if r.random() < 0.5:
                cuts = sorted({0, len(body), *(r.randrange(len(body) + 1) for _ in range(4))})
                framed = harness.chunked(*(body[a:b] for a, b in zip(cuts, cuts[1:], strict=False)),
                                         trailer=r.choice((b"", b"X-Mark: %s\r\n" % mark.encode())))
                return harness.message(path, [*fields, ("Transfer-Encoding", "chunked")], method) + framed, (
                    method, code if want or kind == "echo" else 204, want)
            fields.append(("Content-Length", str(len(body))))
            code = code if want or kind == "echo" else 204
        elif kind == "empty":
            path, want = f"/empty{m}", mark.encode()
        elif kind == "tea":
            path, code, want = f"/tea{m}", 418, f"teapot {mark}".encode()
        elif kind == "file":
            path, want = f"/file{m}", PAGE
        elif kind == "range":
            path, code = f"/file{m}", 206
            start = r.randrange(len(PAGE) - 100)
            fields.append(("Range", f"bytes={start}-{start + 99}"))
            want = PAGE[start:start + 100]
        elif kind == "put":
            method, path, want = "PUT", f"/now/x{m}", f"early {mark}".encode()
        elif kind == "none":
            path, code, want = f"/none{m}", 404, b"Not Found\n"
        sent = body if method == "POST" else b""
        return harness.message(path, fields, method, sent), (method, code, want)

    def visit(self):
        r = self.random
        with harness.Client(self.port, timeout=8, ssl=self.context) as c:
            for _ in range(r.randrange(1, 6)):
                pairs = [self.ask() for _ in range(r.choice((1, 1, 2, 4)))]
                data = b"".join(request for request, _ in pairs)
                if r.random() < 0.1:
                    # It leaves in the middle of a word.
                    c.send(data[:r.randrange(len(data))])
                    return
                step = r.choice((None, 700, 13 if len(data) < 900 else 290))
                c.send(data, step, r.choice((0, 0.001)))
                if r.random() < 0.2:
                    time.sleep(r.random() * 0.05)
                for _, (method, code, want) in pairs:
                    answer = c.answer(method)
                    if answer.code == 408 and not answer.body:
                        # Somebody else wanted the slot.
                        self.refused += 1
                        return
                    self.answers += 1
                    if (answer.code, answer.body) != (code, want):
                        self.faults.append((method, code, want[:60], answer.code, answer.body[:200], len(answer.body)))
                        return
                    mark = answer.headers.get("x-mark", self.mark)
                    others = set(re.findall(rb"<\d\d\d>", repr(answer).encode())) - {self.mark.encode()}
                    if mark not in (self.mark, "-") or others:
                        self.faults.append((mark, others))
                    if answer.headers.get("connection") == "close":
                        return

    def run(self):
        while time.monotonic() < self.until and not self.faults:
            try:
                self.visit()
            except (harness.NoAnswer, harness.Truncated, ConnectionError):
                self.refused += 1
            except Exception as e:
                self.faults.append(repr(e))


def slots(server, context):
    return [int(x) for x in harness.get(server.port, "/state", ssl=context).text.split()]


def mix(server, seconds, visitors, context=None):
    def run(until, count):
        threads = [Visitor(server.port, i, until, context) for i in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        return threads

    def back():
        # the asker has borrowed its buffer
        return slots(server, context)[:5] == [3, 2, 2, 1, 0]

    run(time.monotonic() + 0.5, 6)  # what is loaded on first use
    harness.wait_for(back, 8, lambda: slots(server, context))
    before = slots(server, context)[5]
    threads = run(time.monotonic() + seconds, visitors)
    faults = [(t.mark, fault) for t in threads for fault in t.faults]
    assert not faults, faults[:4]
    answers = sum(t.answers for t in threads)
    refused = sum(t.refused for t in threads)
    assert answers > 2 * visitors and refused < answers / 5, (answers, refused)
    harness.wait_for(back, 8, lambda: slots(server, context))
    harness.wait_for(lambda: slots(server, context)[5] - before < 8192, 5, lambda: (before, slots(server, context)))
    return f"{answers} answers, {refused} clients sent away"


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.txt"
    path.write_bytes(PAGE)
    return str(path)


def test_each_client_gets_its_own_bytes(serve, page, state):
    # roomy: memory that runs out is another test's matter
    server = serve(f"FILE = {page!r}; CERTIFICATE = ()\n" + PROGRAM, heap="1m")
    state(mix(server, 1.5, 14))


def test_each_client_of_https_gets_its_own_bytes(serve, page, state, interpreter):
    folder = harness.scratch() / "tls-mixing"
    folder.mkdir(exist_ok=True)
    if not memory.certificate(folder):
        pytest.skip("openssl is not installed")
    kind = ".der" if interpreter == "micropython" else ".pem"
    files = tuple(f"{folder / name}{kind}" for name in ("cert", "key"))
    context = ssl.create_default_context(cafile=f"{folder / 'cert'}.pem")
    server = serve(f"FILE = {page!r}; CERTIFICATE = {files!r}\n" + PROGRAM, heap="2m")
    state(mix(server, 1, 6, context))
