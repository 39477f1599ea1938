# Empty lines before a request are skipped (RFC 9112 2.2), in a bounded number, and they are no request: the time for a
# head begins with its first byte.
import time

import harness
import pytest

PROGRAM = """
import tinyweb

app = tinyweb.webserver(request_timeout=1, idle_timeout=4)


@app.route("/")
async def index(req, resp):
    return "%d" % len(await req.body())


app.run(HOST, PORT)
"""
HEAD = harness.message("/")
POST = harness.message("/", method="POST", body=b"12345")


@pytest.fixture(scope="module")
def port(serve_module):
    return serve_module(PROGRAM).port


@pytest.mark.parametrize("lines", [1, 2, 4, 8])
@pytest.mark.parametrize("pieces", [None, 1, 3])
def test_a_few_are_skipped(port, lines, pieces):
    with harness.Client(port) as c:
        for _ in range(3):
            answer = c.request(b"\r\n" * lines + HEAD, "GET", pieces)
            assert (answer.code, answer.text) == (200, "0"), answer


@pytest.mark.parametrize("pieces", [None, 1, 2, 3, 7])
@pytest.mark.parametrize("behind", [b"", HEAD])
def test_many_are_refused(port, pieces, behind):
    with harness.Client(port) as c:
        c.send(b"\r\n" * 40 + behind, pieces)
        answer = c.answer()
        assert (answer.code, answer.headers["connection"]) == (400, "close"), answer
        assert c.ended(3)


@pytest.mark.parametrize("piece", [b"\r\n", b"\r", b"\n\r", b"\r\n\r"], ids=repr)
def test_they_have_an_end_however_slowly_they_come(port, piece):
    """Each came in time, so there was no end to them."""
    with harness.Client(port) as c:
        c.socket.settimeout(5)
        begun = time.monotonic()
        ended = False
        while time.monotonic() < begun + 12 and not ended:
            ended = not c.send(piece) or c.ended(0.25)
        assert ended
        assert c.buffer == b"" or c.buffer[:13] in (b"HTTP/1.1 400 ", b"HTTP/1.1 408 "), c.buffer


@pytest.mark.parametrize("lines", [b"", b"\r\n", b"\r\n\r\n"], ids=len)
@pytest.mark.parametrize("first", [b"", HEAD, POST], ids=["nothing", "GET", "POST"])
def test_a_good_client_may_be_silent_behind_them(port, first, lines):
    """Longer than the time for a head, and then its head comes in two parts."""
    for _ in range(4):
        with harness.Client(port) as c:
            if first:
                assert c.request(first).code == 200
            c.send(lines)
            time.sleep(2.2)
            c.send(HEAD[:9])
            time.sleep(0.3)
            c.send(HEAD[9:])
            answer = c.answer()
        if answer.code != 408:  # on a busy machine a pause may last longer than it was told to
            break
    assert (answer.code, answer.text) == (200, "0"), answer


def test_the_time_for_a_head_holds_behind_them(port):
    with harness.Client(port) as c:
        c.send(b"\r\n")
        time.sleep(0.5)
        begun = time.monotonic()
        c.send(HEAD[:9])
        assert c.ended(3)
        assert c.buffer.startswith(b"HTTP/1.1 408 "), c.buffer
        assert time.monotonic() - begun > 0.5


@pytest.mark.parametrize("how", ["silent", "dribbles", "closes"])
def test_a_body_that_nobody_wants_is_read_for_half_a_second(port, how):
    """Its client gets the answer, and the place of its connection comes back soon."""
    with harness.Client(port) as c:
        begun = time.monotonic()
        c.send(harness.message("/none", [("Content-Length", "99999")], "POST") + bytes(9000))
        assert c.answer("POST").code == 404
        if how == "closes":
            c.half_close()
        while not c.ended(0.1) and time.monotonic() < begun + 5:
            if how == "dribbles":
                c.send(b"x")
        took = time.monotonic() - begun
        # half a second, and half of the watchdog's step; it was up to one and a half
        assert took < 1.3, took
        assert took > 0.15 or how == "closes", took
