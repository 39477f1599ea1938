# Broken requests by the thousand, over sockets, on MicroPython in a heap as small as a board's: no crash, no hang, no
# leak, no 500, no traceback. Clients read the answer, or leave at once, or reset the connection, or say no more.
import random
import re
import socket
import struct
import time

import harness
import pytest
import sites
from robust.mutations import Mutator

PROGRAM = """
import asyncio
import gc
import tinyweb

app = tinyweb.webserver(max_concurrency=3, request_timeout=1, io_timeout=1, idle_timeout=2, max_head=2048)


@app.route("/")
async def hello(req, resp):
    return "hello"


@app.route("/form", methods=["GET", "POST", "PUT"])
async def form(req, resp):
    return {"form": await req.read_parse_form_data(), "query": req.query, "cookies": req.cookies}


@app.route("/up", methods=["POST", "PUT"], max_body_size=100000)
async def up(req, resp):
    n = 0
    while True:
        piece = await req.read(100)
        if not piece:
            return str(n)
        n += len(piece)


@app.get("/s/<int:n>/<x>")
async def stream(req, resp, n, x):
    await resp.start_html()
    for i in range(n % 50):
        await resp.send("line %d %s" % (i, x))
        if i % 7 == 0:
            await asyncio.sleep(0)


@app.get("/state")
async def state(req, resp):
    gc.collect()
    return "%d %d %d" % (gc.mem_alloc(), len(app._connections), app._free_slots)


app.static("/files", FILES)
app.run(HOST, PORT)
"""
# With all rooms, tinyweb-static and this program loaded 90 KB are taken before the first client comes; on a board
# most of that is frozen into flash. Some 20 KB are left to the clients, as on an ESP8266.
HEAP = "144k"
RESET = struct.pack("ii", 1, 0)


class Fuzzer:
    """Clients that are up to no good, from a seed."""

    def __init__(self, port, seed):
        self._port = port
        self._mutator = Mutator(seed)
        self._random = random.Random(seed)
        self.codes = {}
        self.failed = []  # requests that were answered with 500

    def go(self, count):
        for _ in range(count):
            data = self._mutator.next()
            got = self._one(data)
            for code in re.findall(rb"^HTTP/1\.1 (\d{3})", got, re.M):
                self.codes[code.decode()] = self.codes.get(code.decode(), 0) + 1
                if code == b"500":
                    self.failed.append(data)

    def _one(self, data):
        how = self._random.choice(("end", "end", "end", "leave", "reset", "wait"))
        cut = self._random.randrange(len(data) + 1) if self._random.randrange(4) == 0 else len(data)
        got = b""
        with socket.create_connection((harness.HOST, self._port), 5) as s:
            try:
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                s.sendall(data[:cut])
                if cut < len(data):
                    time.sleep(0.001)
                    s.sendall(data[cut:])
                if how == "leave":
                    return got
                if how == "reset":
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    return got
                if how == "end":
                    s.shutdown(socket.SHUT_WR)
                else:
                    s.settimeout(0.02)
                while piece := s.recv(4096):
                    got += piece
            except TimeoutError:
                assert how == "wait", ("no answer and no close", data)
            except OSError:
                pass  # closed by the server, which is its right
        return got


@pytest.fixture
def interpreter():
    return "micropython"


@pytest.fixture
def server(serve):
    folder = harness.scratch() / "fuzz"
    sites.write(folder / "a.txt", b"abcdefghij" * 50)
    return serve(f"FILES = {str(folder)!r}\n{PROGRAM}", heap=HEAP)


def state(server):
    """Give (bytes of the heap in use, connections, free slots) once nobody but us is connected."""
    def quiet():
        memory, connections, free = map(int, harness.get(server.port, "/state").text.split())
        return connections == 1 and (memory, connections, free)

    return harness.wait_for(quiet, 10, lambda: "connections stay: " + server.output())


def memory(server):
    """Give the least of several readings: the collector may take a stale word on the stack for a pointer."""
    return min(state(server)[0] for _ in range(8))


@pytest.mark.timeout(1800)
def test_nothing_that_a_client_sends_harms_the_server(server, form):
    count = form.many(1500, 10000)
    free = state(server)[2]
    fuzzer = Fuzzer(server.port, form.seed)
    fuzzer.go(count // 3)  # each room that anybody can have loaded is there now

    def go():
        fuzzer.go(count * 2 // 27)
        assert harness.within(1, lambda: harness.get(server.port)).text == "hello"

    step, readings = harness.growth(lambda: memory(server), go)
    assert not fuzzer.failed, fuzzer.failed[:5]
    assert not server.trouble(), server.trouble()
    # MicroPython's lists of tasks and polled sockets keep the room they once grew to: 3 KB and more, but not each time.
    # A leak of the smallest object for each request would be 32 bytes for each of 111 requests at least: 3,552.
    assert step <= 1700, (step, readings, fuzzer.codes)
    assert state(server)[2] == free, "a slot was not given back"
    # what it met was not all refused, nor all served
    assert fuzzer.codes.get("200", 0) > count / 10 < fuzzer.codes.get("400", 0), fuzzer.codes
