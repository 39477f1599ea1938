# Expect: 100-continue (RFC 9110 10.1.1): the client waits with its body until somebody wants it.
import time

import harness
import pytest

HEAD = b"POST %s HTTP/1.1\r\nHost: a\r\nExpect: %s\r\nContent-Length: %d\r\n\r\n"


@pytest.mark.parametrize("word", [b"100-continue", b"100-Continue"])
@pytest.mark.parametrize("pieces", [None, 1])
def test_100_comes_when_the_handler_reads(well, word, pieces):
    with harness.Client(well.port) as c:
        c.send(HEAD % (b"/echo", word, 5), pieces)
        c.socket.settimeout(3)
        assert c.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        c.send(b"hello")
        answer = c.answer("POST")
        assert (answer.code, answer.body, answer.interim) == (200, b"hello", []), answer
        assert c.request(harness.message("/short")).body == b"short"


def test_100_comes_once_for_a_body_of_many_pieces(well):
    with harness.Client(well.port) as c:
        c.send(HEAD % (b"/count", b"100-continue", 3000))
        for _ in range(3):
            time.sleep(0.05)
            c.send(bytes(1000))
        answer = c.answer("POST")
        assert (answer.body, answer.interim) == (b"3000", [100]), answer


def test_100_comes_for_a_chunked_body(well):
    with harness.Client(well.port) as c:
        c.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n")
        c.socket.settimeout(3)
        assert c.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        c.send(harness.chunked(b"hel", b"lo"))
        assert c.answer("POST").body == b"hello"


@pytest.mark.parametrize(("target", "size", "code"), [(b"/unread", 5, 200), (b"/echo", 5000, 413), (b"/none", 5, 404),
                                                      (b"/nothing", 5, 405), (b"/echo", 100000000, 413)])
def test_a_body_that_nobody_wants_is_not_called_for(well, target, size, code):
    """A refused upload costs nothing: the final answer comes at once and no 100 before it."""
    with harness.Client(well.port) as c:
        c.send(HEAD % (target, b"100-continue", size))
        answer = c.answer("POST")
        assert (answer.code, answer.interim) == (code, []), answer
        # the client may still send its body, or leave it: where the connection is kept, both must be understood,
        # and that cannot be done, so it has to end
        assert "close" in answer.headers.get("connection", ""), answer
        c.half_close()
        assert c.closed()


@pytest.mark.parametrize("fields", [b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"])
@pytest.mark.parametrize("target", [b"/begun", b"/begun?waits"])
def test_100_never_comes_within_a_response(well, target, fields):
    """Behind the head of the response it would be a part of its body."""
    body = b"hello" if b"Length" in fields else harness.chunked(b"hello")
    with harness.Client(well.port) as c:
        c.send(b"POST " + target + b" HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n" + fields + b"\r\n")
        c.socket.settimeout(5)
        got = b""
        while b"begun" not in got:
            got += c.socket.recv(1000)
        c.send(body)
        c.buffer = got
        answer = c.answer("POST")
        assert (answer.code, answer.body, answer.interim) == (200, b"begun hello", []), answer


def test_a_client_that_does_not_wait_is_served_too(well):
    """RFC 9110 10.1.1: a 100 may be left out where the body has begun to arrive."""
    with harness.Client(well.port) as c:
        c.send(HEAD % (b"/echo", b"100-continue", 5) + b"hello" + harness.message("/short"))
        answer = c.answer("POST")
        assert (answer.code, answer.body) == (200, b"hello"), answer
        assert c.answer().body == b"short"


def test_100_is_not_for_a_request_without_a_body(well):
    with harness.Client(well.port) as c:
        c.send(b"GET /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n")
        answer = c.answer()
        assert (answer.code, answer.interim) == (200, []), answer


def test_http_1_0_never_gets_an_interim_answer(well):
    """RFC 9110 15.2: a 1.0 client does not know 1xx; its expectation is ignored (10.1.1)."""
    with harness.Client(well.port) as c:
        c.send(b"POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")
        answer = c.answer("POST")
        assert (answer.code, answer.body, answer.interim) == (200, b"hello", []), answer


@pytest.mark.parametrize("word", [b"200-ok", b"100-continue-or-so", b"tea"])
def test_another_expectation_is_417(well, word):
    with harness.Client(well.port) as c:
        c.send(HEAD % (b"/echo", word, 5) + b"hello")
        answer = c.answer("POST")
        assert answer.code == 417, answer
