# Connections: RFC 9112 9 (persistence, pipelining, close); RFC 9110 10.1.1 (Expect), 7.6.1 (Connection).
import re

from .case import CLOSED, MAY, MUST, NEXT, SHOULD, case, get, last, ok, post, refused, request, silence, status

HELLO = ok(b"hello")
CLOSE = {"connection": re.compile(r"(?i)(.*,\s*)?close(\s*,.*)?")}


def old(target, *fields):
    """A request of 1.0."""
    return request(b"GET " + target + b" HTTP/1.0", *fields)


def expecting(value, *fields, target=b"/echo", version=b"1.1", body=(b"hello",), length=b"Content-Length: 5"):
    """A POST that waits for 100 before its body."""
    return (post(b"Expect: " + value, length, *fields, target=target, version=version), *body)


CHUNKED = b"Transfer-Encoding: chunked"
CONTINUED = ok(b"hello", interim=[100])
AT_ONCE = ok(b"hello", interim=[])

CASES = [
    case("9112 9.3", SHOULD, "a 1.1 connection persists", get(), ok(b"hello", then=NEXT)),
    case("9112 9.3", SHOULD, "it persists behind a body", post(b"Content-Length: 5", body=b"hello"),
         ok(b"hello", then=NEXT)),
    case("9112 9.3", SHOULD, "it persists behind a stream", get(b"/stream"), ok(then=NEXT)),
    case("9112 9.3", SHOULD, "it persists behind 204", get(b"/nothing"), status(204, then=NEXT)),
    case("9112 9.3", SHOULD, "it persists behind HEAD", request(b"HEAD /hello HTTP/1.1"), ok(b"", then=NEXT)),
    case("9112 9.3", SHOULD, "it persists behind HEAD of a stream", request(b"HEAD /stream HTTP/1.1"),
         ok(b"", then=NEXT)),
    case("9112 9.3", SHOULD, "it persists behind 404", get(b"/nowhere"), status(404, then=NEXT)),
    case("9112 9.3", SHOULD, "it persists behind 405", request(b"DELETE /hello HTTP/1.1"), status(405, then=NEXT)),
    case("9112 9.3", SHOULD, "it persists behind a file", get(b"/files/alphabet.txt"), ok(then=NEXT)),
    case("9112 9.3", SHOULD, "it persists behind 304", get(b"/files/alphabet.txt", b"If-None-Match: {ETAG}"),
         status(304, then=NEXT)),
    case("9112 9.3", SHOULD, "it persists behind a short body that nobody read",
         post(b"Content-Length: 5", body=b"hello", target=b"/unread"), ok(b"unread", then=NEXT)),
    last("9112 9.6", MUST, "close is obeyed", get(b"/hello", b"Connection: close"), ok(b"hello", then=CLOSED)),
    last("9112 9.6", SHOULD, "close is answered by close", get(b"/hello", b"Connection: close"),
         ok(b"hello", fields=CLOSE, then=CLOSED)),
    last("9110 7.6.1", MUST, "close in other case", get(b"/hello", b"Connection: Close"), ok(b"hello", then=CLOSED)),
    last("9110 7.6.1", MUST, "close in capitals", get(b"/hello", b"CONNECTION: CLOSE"), ok(b"hello", then=CLOSED)),
    last("9110 7.6.1", MUST, "close behind another option", get(b"/hello", b"Connection: x, close"),
         ok(b"hello", then=CLOSED)),
    last("9110 7.6.1", MUST, "close before another option", get(b"/hello", b"Connection: close,x"),
         ok(b"hello", then=CLOSED)),
    last("9110 5.6.1", MUST, "close among empty elements", get(b"/hello", b"Connection: ,, close ,"),
         ok(b"hello", then=CLOSED)),
    last("9110 5.3", MUST, "close in a second field", get(b"/hello", b"Connection: x", b"Connection: close"),
         ok(b"hello", then=CLOSED)),
    last("9112 9.3", MUST, "close wins over keep-alive", get(b"/hello", b"Connection: keep-alive, close"),
         ok(b"hello", then=CLOSED)),
    case("9112 9.3", SHOULD, "an option that only ends as close", get(b"/hello", b"Connection: enclose"),
         ok(b"hello", then=NEXT)),
    case("9112 9.3", SHOULD, "an option that only begins as close", get(b"/hello", b"Connection: closer"),
         ok(b"hello", then=NEXT)),
    case("9112 9.3", SHOULD, "an empty Connection", get(b"/hello", b"Connection:"), ok(b"hello", then=NEXT)),
    case("9112 9.3", SHOULD, "keep-alive in 1.1", get(b"/hello", b"Connection: keep-alive"), ok(b"hello", then=NEXT)),
    last("9112 9.6", MUST, "close is obeyed behind a body", post(b"Connection: close", b"Content-Length: 5",
                                                                body=b"hello"), ok(b"hello", then=CLOSED)),
    last("9112 9.6", MUST, "close is obeyed behind a stream", get(b"/stream", b"Connection: close"), ok(then=CLOSED)),
    last("9112 9.6", MUST, "close is obeyed behind 404", get(b"/nowhere", b"Connection: close"),
         status(404, then=CLOSED)),
    last("9112 9.6", MUST, "close is obeyed behind 304", get(b"/files/alphabet.txt", b"If-None-Match: {ETAG}",
                                                            b"Connection: close"), status(304, then=CLOSED)),
    # 1.0 clients
    last("9112 9.3", SHOULD, "a 1.0 connection ends", old(b"/hello"), ok(b"hello", then=CLOSED)),
    case("9112 9.3", MAY, "a 1.0 connection may be kept", old(b"/hello", b"Connection: keep-alive"), HELLO),
    case("9112 9.3", MUST, "a 1.0 connection that is kept is said to be kept",
         old(b"/hello", b"Connection: keep-alive"), ok(b"hello", then=CLOSED),
         ok(b"hello", fields={"connection": re.compile("(?i)keep-alive")}, then=NEXT)),
    last("9112 9.3", MUST, "close in 1.0", old(b"/hello", b"Connection: close"), ok(b"hello", then=CLOSED)),
    last("9112 6.1", MUST, "a 1.0 client gets no chunks", old(b"/stream"),
         ok(fields={"transfer-encoding": None}, then=CLOSED)),
    case("9112 6.1", MUST, "a 1.0 client that keeps its connection gets no chunks",
         old(b"/stream", b"Connection: keep-alive"), ok(fields={"transfer-encoding": None})),
    last("9112 6.1", MUST, "a 1.0 client gets no chunks though it says TE", old(b"/stream", b"TE: chunked"),
         ok(fields={"transfer-encoding": None}, then=CLOSED)),
    last("9110 2.5", SHOULD, "1.0 is answered with the version of the server", old(b"/hello"),
         ok(b"hello", version="1.1")),
    last("9112 9.3", MUST, "HEAD in 1.0", request(b"HEAD /hello HTTP/1.0"), ok(b"")),
    last("9112 6.3", MUST, "a body in 1.0", post(b"Content-Length: 5", body=b"hello", version=b"1.0"),
         ok(b"hello", then=CLOSED)),
    last("9112 6.3", MUST, "no body in 1.0", post(version=b"1.0"), ok(b"", then=CLOSED), status(400, 411)),
    # pipelining (9112 9.3.2): "MUST send the corresponding responses in the same order"
    case("9112 9.3.2", MUST, "two requests", get() + get(b"/nothing"), (HELLO, status(204, then=NEXT))),
    case("9112 9.3.2", MUST, "twenty requests", get() * 20, (*[HELLO] * 19, ok(b"hello", then=NEXT))),
    case("9112 9.3.2", MUST, "answers of all kinds in order",
         get(b"/stream") + request(b"HEAD /hello HTTP/1.1") + get(b"/nowhere") + get(b"/files/alphabet.txt") + get(),
         (ok(), ok(b""), status(404), ok(b"abcdefghijklmnopqrstuvwxyz"), ok(b"hello", then=NEXT))),
    case("9112 9.3.2", MUST, "bodies in a row", post(b"Content-Length: 5", body=b"hello") + post(
        b"Content-Length: 5", body=b"world") + post(CHUNKED, body=b"1\r\n!\r\n0\r\n\r\n"),
        (HELLO, ok(b"world"), ok(b"!", then=NEXT))),
    case("9112 9.3.2", MUST, "a request behind a malformed one is not answered", get(b"/hello", b"X Y: z") + get(),
         refused(400)),
    last("9112 9.6", MUST, "a request behind close is not answered", get(b"/hello", b"Connection: close") + get(),
         ok(b"hello", then=CLOSED), refused(400)),
    case("9112 9.3.2", MUST, "a malformed request behind a good one", get() + get(b"/hello", b"X Y: z"),
         (HELLO, refused(400))),
    # a half-close says that no request follows; whether the client still listens, no RFC says
    case("9112 9.6", MAY, "a client that half-closes", get(), HELLO, silence, half=True),
    case("9112 9.6", MAY, "a client that half-closes and waits for a stream", get(b"/stream"), ok(), silence,
         half=True),
    case("9112 9.6", MAY, "a client that half-closes behind a body", post(b"Content-Length: 5", body=b"hello"), HELLO,
         silence, half=True),
    # Expect (9110 10.1.1)
    case("9110 10.1.1", MUST, "100 comes before the body is sent", expecting(b"100-continue"), CONTINUED),
    case("9110 10.1.1", MUST, "an expectation in other case", expecting(b"100-Continue"), CONTINUED),
    case("9110 10.1.1", MUST, "100 comes before chunks are sent",
         expecting(b"100-continue", length=CHUNKED, body=(b"5\r\nhello\r\n0\r\n\r\n",)), CONTINUED),
    case("9110 10.1.1", MUST, "who does not wait gets his answer", b"".join(expecting(b"100-continue")), CONTINUED,
         AT_ONCE),
    last("9110 10.1.1", MUST, "in 1.0 it is ignored", b"".join(expecting(b"100-continue", version=b"1.0")), AT_ONCE),
    case("9110 10.1.1", MUST, "a refused upload gets its final answer",
         expecting(b"100-continue", target=b"/nowhere", body=()), status(404), (status(404), refused(400)), half=True),
    case("9110 10.1.1", MAY, "an expectation of something else", b"".join(expecting(b"x")), refused(417), HELLO,
         status(417)),
    case("9110 10.1.1", MAY, "an expectation with a parameter", b"".join(expecting(b"100-continue;q=1")),
         refused(417), HELLO, status(417)),
    case("9110 10.1.1", MAY, "an expectation without a body", get(b"/hello", b"Expect: 100-continue"), HELLO,
         status(417)),
    case("9110 10.1.1", MUST, "100 has no content", expecting(b"100-continue"), ok(b"hello", then=NEXT), HELLO),
]
