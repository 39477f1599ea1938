# Each stage of a connection has its deadline: first byte, head, body, answer, idle. One watchdog looks at them all, so
# they are kept to within its step.
import time

import harness
import pytest

PROGRAM = """
import asyncio
import time
import tinyweb

app = tinyweb.webserver(request_timeout=1, idle_timeout=2, io_timeout=1)


@app.get("/")
async def index(req, resp):
    return "hello"


@app.get("/long")
async def long(req, resp):
    await asyncio.sleep(2.2)
    return "took its time"


@app.get("/pauses")
async def pauses(req, resp):
    await resp.start_html()
    for i in range(2):
        await resp.send("piece ")
        await asyncio.sleep(1.3)


@app.route("/up", methods=["POST"])
async def up(req, resp):
    return str(len(await req.body()))


@app.get("/blocks")
async def blocks(req, resp):
    time.sleep(3)  # no task runs meanwhile, and no deadline is looked at
    return "blocked"


@app.route("/unread", methods=["POST"])
async def unread(req, resp):
    return "unread"


@app.get("/flood")
async def flood(req, resp):
    await resp.start_html()
    piece = b"x" * 1000
    try:
        for i in range(20000):
            await resp.send(piece)
    finally:
        print("flood ends")


@app.get("/some")
async def some(req, resp):
    await resp.start_html()
    piece = b"x" * 1000
    for i in range(6000):
        await resp.send(piece)


app.run(HOST, PORT)
"""
HELLO = harness.message("/")
IDLE, PROGRESS = 2, 1  # seconds, as in PROGRAM
STEP = 1.5  # the watchdog's step, and room for a busy machine


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(PROGRAM, heap=harness.FROZEN, sndbuf=harness.SNDBUF)


@pytest.fixture
def well(server):
    yield server
    assert harness.get(server.port, "/").text == "hello"


def ends_within(client, low, high):
    """The connection ends between low and high seconds from now; a 408 before the end is welcome."""
    begin = time.monotonic()
    assert client.ended(high), "still open after {} s".format(high)
    took = time.monotonic() - begin
    assert took >= low, "after {:.2f} s already".format(took)
    assert client.buffer == b"" or client.buffer.startswith(b"HTTP/1.1 408 "), client.buffer


def test_a_head_that_stops_is_cut(well):
    """RFC 9110 15.5.9: request_timeout is 1 s here."""
    with harness.Client(well.port) as c:
        c.send(b"GET / HTTP/1.1\r\nHo")
        ends_within(c, 0.7, 1 + STEP)


def test_a_head_that_trickles_is_cut_too(well):
    """The deadline is for the whole head: a byte now and then does not move it."""
    with harness.Client(well.port) as c:
        begin = time.monotonic()
        for i in range(100):
            if not c.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " [i:i + 1] or b"y"):
                break
            time.sleep(0.1)
            c.socket.setblocking(False)
            try:
                if not c._receive():
                    break
            except BlockingIOError:
                pass
            except ConnectionResetError:
                break
            c.socket.settimeout(5)
        took = time.monotonic() - begin
        assert 0.7 <= took <= 1 + STEP, took


def test_a_second_head_that_stops_is_cut(well):
    with harness.Client(well.port) as c:
        assert c.request(HELLO).text == "hello"
        c.send(b"GET / HT")
        ends_within(c, 0.7, 1 + STEP)


def test_a_client_that_says_nothing_is_cut(well):
    with harness.Client(well.port) as c:
        ends_within(c, 0.5, IDLE + STEP)


def test_an_idle_connection_is_closed_in_its_time(well):
    with harness.Client(well.port) as c:
        assert c.request(HELLO).text == "hello"
        time.sleep(IDLE * 0.5)
        assert c.request(HELLO).text == "hello"  # this starts the time anew
        begin = time.monotonic()
        assert c.closed(IDLE + STEP)
        assert time.monotonic() - begin >= IDLE * 0.7


def test_a_body_that_stalls_is_cut(well):
    for data in (b"Content-Length: 100\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhe"):
        with harness.Client(well.port) as c:
            c.send(b"POST /up HTTP/1.1\r\nHost: a\r\n" + data)
            ends_within(c, PROGRESS * 0.7, PROGRESS + STEP)


def test_an_unread_body_that_stalls_is_cut(well):
    with harness.Client(well.port) as c:
        c.send(b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
        assert c.answer("POST").text == "unread"
        assert c.ended(PROGRESS + 2 * STEP)


def test_a_slow_body_that_goes_on_is_not_cut(well):
    """The deadline is for time without progress."""
    with harness.Client(well.port) as c:
        c.send(b"POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
        for _ in range(5):
            time.sleep(PROGRESS * 0.5)
            assert c.send(b"x")
        assert c.answer("POST").text == "5"


def test_a_client_that_never_reads_is_cut(well):
    with harness.Client(well.port) as c:
        c.send(harness.message("/flood"))
        well.wait_output("flood ends", PROGRESS + 2 * STEP)
        with pytest.raises((harness.Truncated, ConnectionResetError)):
            c.answer()


def test_a_client_that_reads_slowly_gets_all(well):
    with harness.Client(well.port) as c:
        c.send(harness.message("/some"))
        time.sleep(PROGRESS * 0.5)
        got = 0
        for _ in range(6):
            got += len(c.socket.recv(200000))
            time.sleep(PROGRESS * 0.4)
        while True:
            data = c.socket.recv(65536)
            got += len(data)
            if data.endswith(b"0\r\n\r\n"):
                break
            assert data
        assert got > 6000000, got
        assert c.request(HELLO).text == "hello"


def test_a_handler_may_take_its_time(well):
    """No deadline stands over the program's own code."""
    with harness.Client(well.port, timeout=10) as c:
        assert c.request(harness.message("/long")).text == "took its time"
        assert c.request(harness.message("/pauses")).text == "piece " * 2
        assert c.request(HELLO).text == "hello"


def test_what_comes_while_a_handler_blocks_is_in_time(well):
    """A blocked program looks at its deadlines late: it reads first what has come before them."""
    upload = harness.message("/up", method="POST", body=b"x" * 600)
    with harness.Client(well.port) as sends, harness.Client(well.port) as head, harness.Client(well.port) as blocks:
        sends.send(upload[:-300])
        head.send(HELLO[:-10])
        time.sleep(0.3)  # the server waits for both
        blocks.send(harness.message("/blocks"))
        time.sleep(0.5)
        sends.send(upload[-300:])
        head.send(HELLO[-10:])
        assert blocks.answer().text == "blocked"
        assert sends.answer("POST").text == "600"
        assert head.answer().text == "hello"
