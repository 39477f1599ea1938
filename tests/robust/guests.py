# One program with something of everything, and the requests that meet it: what the tests of this folder attack.
import random

import h11
import harness

HEAD = """
import asyncio
import gc
import tinyweb

app = tinyweb.webserver(max_concurrency=3, max_head=2048, {limits})  # as on an ESP8266


@app.get("/hello")
def hello(req, resp):
    return "hello"


@app.get("/health")
def health(req, resp):
    # connections, free slots, who waits for a slot, sockets that asyncio watches, bytes in use
    from asyncio.core import _io_queue
    for name in ("streaming", "errors", "failures", "log", "status", "framing", "dispatch", "waiting", "partial_head",
                 "body", "chunked_body", "long_body", "urlencoding", "http_rare", "request_attrs", "response_methods",
                 "path_params"):
        getattr(tinyweb.lazy.lazy, name)  # what is loaded on first use is there in each comparison
    gc.collect()
    used = gc.mem_alloc()
    free = app._free_slots + req._conn.has_slot  # the asker's own
    return "%d %d %d %d %d" % (len(app._connections), free, len(app._slot_queue), len(_io_queue.map), used)

"""

SOME = """
@app.post("/form")
async def form(req, resp):
    return await req.read_parse_form_data()


@app.post("/count", max_body_size=1000000)
async def count(req, resp):
    buffer = bytearray(256)
    total = 0
    while True:
        n = await req.readinto(buffer)
        if not n:
            return str(total)
        total += n


@app.get("/flood")
async def flood(req, resp):
    piece = b"x" * 500
    for i in range(100000):
        await resp.send(piece)
"""

MORE = """
@app.get("/waits")
async def waits(req, resp):
    await asyncio.sleep_ms(1)
    return "waited"


@app.get("/stream")
async def stream(req, resp):
    for i in range(3):
        await resp.send("piece" * 100)
        await asyncio.sleep_ms(1)


@app.get("/p/<name>")
async def parameter(req, resp, name):
    return {"name": name, "query": req.query}


@app.get("/redirect")
async def redirect(req, resp):
    await resp.redirect("/hello")


@app.get("/fails")
def fails(req, resp):
    raise tinyweb.HTTPException(409)

"""

RUN = """
app.run(HOST, PORT)
"""


def program(limits="", extra=MORE):
    """Give the program's text; `limits` are further keywords of webserver(), `extra` stands before run()."""
    return HEAD.replace("{limits}", limits) + SOME + extra + RUN


FORM = [("Content-Type", "application/x-www-form-urlencoded")]
CHUNKED = [*FORM, ("Transfer-Encoding", "chunked")]
HELLO = harness.message("/hello")
# {what: (its bytes, the status of its answer)}
REQUESTS = {
    "a returned text": (HELLO, 200),
    "a handler that waits": (harness.message("/waits"), 200),
    "a stream": (harness.message("/stream"), 200),
    "a parameter and a query": (harness.message("/p/%C3%A4?a=1"), 200),
    "a form": (harness.message("/form", FORM, "POST", b"a=1&b=2"), 200),
    "a form in chunks": (harness.message("/form", CHUNKED, "POST", harness.chunked(b"a=1", b"&b=2")), 200),
    "a redirect": (harness.message("/redirect"), 302),
    "no such path": (harness.message("/none"), 404),
    "a handler that fails": (harness.message("/fails"), 409),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "a long target": (harness.message("/" + "a" * 1500), 414),
}


def health(port):
    """Give (connections, free slots, waiting, sockets watched, bytes in use), but for the asker's own."""
    conns, free, queued, watched, used = map(int, harness.get(port, "/health").text.split())
    return conns - 1, free, queued, watched, used


def settled(port, timeout=5):
    """Wait until nobody is connected and all slots are free. Gives the bytes in use, the least of some looks."""
    def calm():
        # the asker's own socket is not watched while it is answered, the listener's is
        got = health(port)
        return got[:4] == (0, 3, 0, 1) and got

    harness.wait_for(calm, timeout, lambda: f"not settled: {health(port)}")
    return min(health(port)[4] for _ in range(8))


def outcome(port, data, timeout=15):
    """Send one request on a connection of its own. Gives the status, or "closed", "cut" or "silence"."""
    try:
        with harness.Client(port, timeout=timeout) as c:
            return c.request(data).code
    except (harness.Truncated, h11.RemoteProtocolError):
        return "cut"
    except harness.NoAnswer as e:
        return "silence" if "nothing came" in str(e) else "closed"
    except TimeoutError:
        return "silence"
    except (ConnectionResetError, BrokenPipeError):
        return "closed"


def shuffled(what, seed):
    what = list(what)
    random.Random(seed).shuffle(what)
    return what
