# Generators: each piece leaves when it is made, as a chunk; however the stream ends, the generator is closed.
import socket
import time

import harness
import pytest

PROGRAM = """
import asyncio
import time
import tinyweb

app = tinyweb.webserver(max_concurrency=3, io_timeout=1)
closed = []


@app.resource("/sync")
def sync(data):
    yield "<"
    yield b"a\\xc3\\xa4"
    yield ""
    yield "\\u20ac>"


@app.resource("/slow/<kind>")
def slow(data, kind):
    async def waits():
        try:
            for i in range(4):
                yield "%d" % i
                await asyncio.sleep(0.3)
        finally:
            await asyncio.sleep(0)
            closed.append(kind)

    def blocks():
        try:
            for i in range(4):
                yield "%d" % i
                time.sleep(0.3)
        finally:
            closed.append(kind)

    return (waits if kind == "async" else blocks)()


@app.resource("/endless/<kind>")
def endless(data, kind):
    async def waits():
        try:
            while True:
                yield "x" * 100
                await asyncio.sleep(0.02)
        finally:
            await asyncio.sleep(0)
            closed.append(kind)

    def runs():
        try:
            while True:
                yield "x" * 100
        finally:
            closed.append(kind)

    return (waits if kind == "async" else runs)()


@app.resource("/stubborn")
def stubborn(data):
    while True:
        try:
            yield "x" * 100
        except GeneratorExit:
            closed.append("stubborn")


@app.resource("/broken/<int:n>")
def broken(data, n):
    try:
        for i in range(n):
            yield "piece"
        1 / 0
    finally:
        closed.append("broken")


@app.resource("/wrong/<int:n>")
def wrong(data, n):
    try:
        for i in range(n):
            yield "piece"
        yield {"a": 1}
    except TypeError:
        closed.append("told")
        raise
    finally:
        closed.append("wrong")


@app.resource("/csv")
async def csv(data):
    def rows():
        yield "a,b\\r\\n"
        yield "1,2\\r\\n"
    return rows(), 203, {"Content-Type": "text/csv"}


@app.resource("/many")
def many(data):
    try:
        for i in range(100):
            yield "%03d" % i
        yield "z" * 5000
    finally:
        closed.append("many")


@app.resource("/count/<int:n>")
def count(data, n):
    for i in range(n):
        yield "%02d" % i


@app.resource("/closed")
def what(data):
    out = list(closed)
    closed.clear()
    return out


app.run(HOST, PORT)
"""


@pytest.fixture(scope="module")
def port(serve_module):
    return serve_module(PROGRAM, heap=harness.FROZEN, compiled=True, traceback=True, sndbuf=harness.SNDBUF).port


def closed(port, want, timeout=4):
    seen = []

    def look():
        seen.extend(harness.get(port, "/closed").text.strip("[]").replace('"', "").split(", "))
        return want in seen

    harness.wait_for(look, timeout, lambda: f"{want} was not closed: {seen}")


def chunks(raw):
    """Give the chunks of an answer as they came."""
    rest = raw.partition(b"\r\n\r\n")[2]
    out = []
    while True:
        size, _, rest = rest.partition(b"\r\n")
        n = int(size, 16)
        out.append(rest[:n])
        assert rest[n:n + 2] == b"\r\n", rest
        rest = rest[n + 2:]
        if not n:
            return out[:-1]


def test_each_piece_is_a_chunk(port):
    got = harness.raw(port, harness.message("/sync", [("Connection", "close")]))
    assert chunks(got) == [b"<", "aä".encode(), "€>".encode()], got
    assert b"\r\nContent-Type: application/json\r\n" in got, got
    got = harness.get(port, "/many")
    assert got.text == "".join("%03d" % i for i in range(100)) + "z" * 5000, got
    assert got.framing == "chunked", got


def test_a_stream_may_end_where_others_get_their_turn(port):
    for n in range(30, 34):
        assert harness.get(port, f"/count/{n}").text == "".join(f"{i:02}" for i in range(n))


def test_a_1_0_client_gets_it_up_to_the_close(port):
    got = harness.get(port, "/sync", version="1.0")
    assert (got.framing, got.text) == ("close", "<aä€>"), got


def test_a_result_with_code_and_fields_may_be_a_generator(port):
    got = harness.get(port, "/csv")
    assert (got.code, got.headers["content-type"], got.text) == (203, "text/csv", "a,b\r\n1,2\r\n"), got


def test_head_of_a_stream_has_no_body_and_closes_the_generator(port):
    for target, name in (("/many", "many"), ("/endless/sync", "sync"), ("/endless/async", "async"),
                         ("/stubborn", "stubborn")):
        got = harness.get(port, target, method="HEAD")
        assert (got.code, got.body, "content-length" in got.headers) == (200, b"", False), got
        closed(port, name)


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_pieces_leave_as_they_come(port, kind):
    with harness.Client(port) as c:
        c.send(harness.message("/slow/" + kind))
        seen = b""
        times = []
        while not seen.endswith(b"0\r\n\r\n"):
            data = c.socket.recv(4096)
            assert data, seen
            seen += data
            times += [time.monotonic()] * sum(data.count(b"1\r\n%d\r\n" % i) for i in range(4))
    assert chunks(seen) == [b"0", b"1", b"2", b"3"], seen
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
    # 0.2 s apart; who reads late sees two of them closer
    assert len(gaps) == 3 and sum(gaps) > 0.3, gaps
    closed(port, kind)


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_a_client_that_goes_away_closes_the_generator(port, kind):
    def goes_away():
        with harness.Client(port) as c:
            c.send(harness.message("/endless/" + kind))
            c.socket.recv(100)
        closed(port, kind)

    harness.within(1, goes_away)


def test_a_generator_that_will_not_be_closed_is_left(port):
    with harness.Client(port) as c:
        c.send(harness.message("/stubborn"))
        c.socket.recv(100)
    closed(port, "stubborn")
    assert harness.get(port, "/sync").code == 200


@pytest.mark.parametrize("kind", ["async", "sync"])
def test_a_client_that_does_not_read_is_given_up_and_the_generator_closed(port, kind):
    with harness.Client(port) as c:
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        c.send(harness.message("/endless/" + kind))
        if kind == "sync":
            closed(port, kind, 15)


def test_an_endless_stream_leaves_time_for_others(port):
    with harness.Client(port) as c:
        c.send(harness.message("/endless/sync"))
        c.socket.recv(100)
        # read on while somebody else asks
        end = time.monotonic() + 1
        answers = 0
        with harness.Client(port) as other:
            while time.monotonic() < end:
                c.socket.recv(65536)
                other.send(harness.message("/closed"))
                other.socket.settimeout(0.01)
                for _ in range(100):
                    try:
                        other._receive()
                        break
                    except TimeoutError:
                        c.socket.recv(65536)
                answers += b"200 OK" in other.buffer
                other.buffer = b""
        assert answers > 3, answers
    closed(port, "sync")


def test_an_exception_in_the_middle_cuts_the_connection(port):
    with pytest.raises((harness.Truncated, ConnectionResetError)):
        harness.get(port, "/broken/3")
    closed(port, "broken")


def test_an_exception_before_the_first_piece_is_an_answer(port):
    got = harness.get(port, "/broken/0")
    assert (got.code, got.text) == (500, '{"message": "Internal Server Error"}'), got


def test_a_piece_that_is_no_text_is_an_error_where_it_was_made(port):
    got = harness.get(port, "/wrong/0")
    assert (got.code, got.text) == (500, '{"message": "Internal Server Error"}'), got
    closed(port, "wrong")
    with pytest.raises((harness.Truncated, ConnectionResetError)):
        harness.get(port, "/wrong/2")
    closed(port, "told")


STOPPED = """
import asyncio
import tinyweb

app = tinyweb.webserver(stop_timeout=0.2)


@app.resource("/endless")
async def endless(data):
    try:
        while True:
            yield "x"
            await asyncio.sleep(0.02)
    finally:
        await asyncio.sleep(0)
        print("closed")


@app.get("/stop")
def stop(req, resp):
    stopping.append(1)
    return "ok"


async def main():
    await app.start(HOST, PORT)
    while not stopping:
        await asyncio.sleep(0.05)
    await app.stop()
    print("stopped")


stopping = []
asyncio.run(main())
"""


def test_a_server_that_stops_closes_its_generators(serve):
    server = serve(STOPPED, heap=harness.FROZEN, compiled=True, ends=True)
    with harness.Client(server.port) as c:
        c.send(harness.message("/endless"))
        c.socket.recv(100)
        assert harness.get(server.port, "/stop").code == 200
        assert server.wait_end() == 0
    assert server.output().split() == ["closed", "stopped"], server.output()
