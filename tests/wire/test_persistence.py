# Connections that stay (RFC 9112 9), requests in a row (9.3.2), and answers whose end everybody sees.
import time
from random import Random

import harness
import pytest

SHORT = harness.message("/short")


# (version, Connection of the request, is it kept)
KEPT = [
    ("1.1", None, True),
    ("1.1", "keep-alive", True),
    ("1.1", "close", False),
    ("1.1", "Close", False),
    ("1.1", "keep-alive, close", False),
    ("1.1", "close, keep-alive", False),
    ("1.1", "foo,close ,bar", False),
    ("1.1", "closed", True),
    ("1.1", "upgrade", True),
    ("1.0", None, False),
    ("1.0", "keep-alive", True),
    ("1.0", "Keep-Alive", True),
    ("1.0", "foo, keep-alive", True),
    ("1.0", "close", False),
    ("1.2", None, True),
]


@pytest.mark.parametrize("pieces", [None, 1])
@pytest.mark.parametrize(("version", "field", "kept"), KEPT)
def test_the_connection_is_kept_by_the_rules_of_9112_9_3(well, version, field, kept, pieces):
    fields = [("Connection", field)] if field else []
    with harness.Client(well.port) as c:
        answer = c.request(harness.message("/short", fields, version=version), pieces=pieces)
        assert (answer.code, answer.body) == (200, b"short"), answer
        said = answer.headers.get("connection", "").lower()
        if kept:
            # a 1.0 client has to be told; a 1.1 client takes it for granted
            assert "close" not in said, answer
            assert version != "1.0" or "keep-alive" in said, answer
            for _ in range(3):
                answer = c.request(harness.message("/short", fields, version=version))
                assert (answer.code, answer.body) == (200, b"short"), answer
        else:
            assert version == "1.0" or "close" in said, answer
            assert c.closed()


def test_connection_in_two_fields_is_one_list(well):
    """RFC 9110 5.3."""
    with harness.Client(well.port) as c:
        answer = c.request(harness.message("/short", [("Connection", "foo"), ("Connection", "close")]))
        assert "close" in answer.headers["connection"], answer
        assert c.closed()


def test_the_answer_names_the_version_of_the_server(well):
    """RFC 9112 2.3: a 1.1 client gets 1.1. What a 1.0 client gets must be framed for 1.0."""
    assert harness.get(well.port, "/short").version == "1.1"
    answer = harness.get(well.port, "/stream", version="1.0")
    assert answer.version in ("1.0", "1.1"), answer
    assert answer.framing != "chunked", answer


@pytest.mark.parametrize("pieces", [None, 1, 7, 64, 100])
def test_pipelined_requests_are_answered_in_order(well, pieces):
    """RFC 9112 9.3.2."""
    with harness.Client(well.port) as c:
        data = b"".join(harness.message("/what/%d" % i, [("X-Test", "a" * i)]) for i in range(20))
        c.send(data, pieces)
        for i in range(20):
            answer = c.answer()
            assert '"rest": "%d"' % i in answer.text, answer
            assert '"test": "%s"' % ("a" * i) in answer.text, answer
        c.half_close()
        assert c.closed()


@pytest.mark.parametrize("pieces", [None, 1, 50])
def test_pipelined_requests_of_every_kind_keep_apart(well, pieces):
    rows = [
        (harness.message("/echo", method="POST", body=b"one"), "POST", 200, b"one"),
        (harness.message("/echo", method="HEAD"), "HEAD", 200, b""),
        (harness.message("/echo", [("Transfer-Encoding", "chunked")], "POST", harness.chunked(b"tw", b"o")), "POST",
         200, b"two"),
        (harness.message("/none"), "GET", 404, None),
        (harness.message("/unread", method="POST", body=b"GET /none HTTP/1.1\r\nHost: a\r\n\r\n"), "POST", 200,
         b"unread"),
        (harness.message("/unread", [("Transfer-Encoding", "chunked")], "POST", harness.chunked(b"a" * 300)), "POST",
         200, b"unread"),
        (harness.message("/short", method="OPTIONS"), "OPTIONS", None, None),
        (harness.message("/nothing"), "GET", 204, b""),
        (harness.message("/stream"), "GET", 200, b"".join(b"<p>piece %d</p>" % i for i in range(20))),
        (b"\r\n" + harness.message("/short", method="PUT"), "PUT", 405, None),
        (harness.message("/form", [("Content-Type", "application/x-www-form-urlencoded")], "POST", b"a=1"), "POST",
         200, b'{"a": "1"}'),
        (harness.message("/"), "GET", 200, b"<h1>hello</h1>"),
    ]
    with harness.Client(well.port) as c:
        c.send(b"".join(row[0] for row in rows), pieces)
        for data, method, code, body in rows:
            answer = c.answer(method)
            assert code in (None, answer.code), (data, answer)
            assert body in (None, answer.body), (data, answer)
        c.half_close()
        assert c.closed()


def stream_of_requests(random):
    """Give (bytes, [(method, body of the answer)]) of requests whose heads and bodies have any size."""
    data, wanted = b"", []
    for _ in range(12):
        fields = [("X-Fill", "f" * random.randrange(900))]
        if random.random() < 0.5:
            target = "/what/" + "t" * random.randrange(300)
            data += harness.message(target, fields)
            wanted.append(("GET", b'"path": "%s"' % target.encode()))
        else:
            body = bytes(random.randrange(97, 123) for _ in range(random.randrange(2000)))
            sent = body
            if random.random() < 0.5:
                fields.append(("Transfer-Encoding", "chunked"))
                cuts = sorted(random.randrange(len(body) + 1) for _ in range(3))
                pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
                sent = harness.chunked(*[p for p in pieces if p])
            data += harness.message("/echo", fields, "POST", sent)
            wanted.append(("POST", body))
    return data, wanted


@pytest.mark.parametrize("seed", range(8))
def test_any_sizes_and_any_splits_are_read_alike(well, seed):
    """Heads and bodies that cross the ends of every buffer, in packets of any size."""
    random = Random(seed)
    data, wanted = stream_of_requests(random)
    with harness.Client(well.port) as c:
        at = 0
        while at < len(data):
            n = 1 << random.randrange(13)
            c.send(data[at:at + n])
            at += n
            time.sleep(random.choice([0, 0, 0.001]))
        for method, body in wanted:
            answer = c.answer(method)
            assert answer.code == 200, (seed, answer)
            assert (body == answer.body) if method == "POST" else (body in answer.body), (seed, body, answer)
        c.half_close()
        assert c.closed()


def test_close_in_the_middle_of_a_pipeline_ends_it(well):
    """RFC 9112 9.6: what follows a request with close is not processed."""
    with harness.Client(well.port) as c:
        c.send(SHORT + harness.message("/short", [("Connection", "close")]) + SHORT * 3)
        assert c.answer().body == b"short"
        assert "close" in c.answer().headers["connection"]
        c.half_close()
        assert c.closed(), c.buffer


def test_a_client_that_half_closes_gets_all_its_answers(well):
    with harness.Client(well.port) as c:
        c.send(SHORT * 5)
        c.half_close()
        for _ in range(5):
            assert c.answer().body == b"short"
        assert c.closed()


def test_a_long_pipeline_does_not_fill_the_heap(well):
    """500 requests are on their way before the first answer is read."""
    with harness.Client(well.port, timeout=15) as c:
        c.send(SHORT * 500)
        for _ in range(500):
            assert c.answer().body == b"short"


# HEAD, RFC 9110 9.3.2
@pytest.mark.parametrize("target", ["/", "/short", "/echo", "/what/x", "/stream", "/nothing", "/none"])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_head_is_get_without_its_body(well, target, version):
    kept = [("Connection", "keep-alive")]
    get = harness.get(well.port, target, kept, version=version)
    with harness.Client(well.port) as c:
        head = c.request(harness.message(target, kept, "HEAD", version=version))
        assert (head.code, head.body) == (get.code, b""), head
        # RFC 9110 9.3.2: a field that only comes with the content may be left out, but none may differ
        for name in ("content-type", "content-length", "transfer-encoding"):
            if name in head.headers:
                # what /what/ says holds the method's own name, one letter longer
                assert target == "/what/x" or head.headers[name] == get.headers.get(name), (name, head, get)
        assert head.headers.get("content-type") == get.headers.get("content-type"), (head, get)
        if "close" not in head.headers.get("connection", "") and version == "1.1":
            assert c.request(SHORT).body == b"short"


def test_an_answer_without_a_body_has_no_length(well):
    """RFC 9110 8.6: no Content-Length in 204."""
    answer = harness.get(well.port, "/nothing")
    assert answer.code == 204, answer
    assert "content-length" not in answer.headers, answer
    assert "transfer-encoding" not in answer.headers, answer


# OPTIONS and 405, RFC 9110 9.3.7 and 15.5.6
@pytest.mark.parametrize(("target", "methods"), [("/", {"GET", "POST"}), ("/short", {"GET"}), ("/form", {"POST"}),
                                                 ("/echo", {"GET", "POST", "PUT"})])
def test_options_and_405_say_what_is_allowed(well, target, methods):
    for method in ("OPTIONS", "DELETE"):
        answer = harness.get(well.port, target, method=method)
        assert answer.code in ((200, 204) if method == "OPTIONS" else (405,)), answer
        allowed = {m.strip() for m in answer.headers["allow"].split(",")}
        assert methods <= allowed, answer
        assert allowed <= methods | {"HEAD", "OPTIONS"}, answer
        assert "HEAD" not in allowed or "GET" in methods, answer
    answer = harness.get(well.port, target, method="OPTIONS")
    assert answer.headers.get("access-control-allow-origin") == "*", answer
    assert answer.headers.get("access-control-allow-headers") == "*", answer
    assert methods <= set(answer.headers["access-control-allow-methods"].replace(" ", "").split(",")), answer


def test_options_star_is_about_the_server(well):
    with harness.Client(well.port) as c:
        answer = c.request(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer.code in (200, 204), answer
        assert c.request(SHORT).body == b"short"


def test_options_of_an_unknown_path_is_404(well):
    assert harness.get(well.port, "/none", method="OPTIONS").code == 404


def test_errors_about_a_route_keep_the_connection(well):
    """404 and 405 leave no doubt about framing."""
    with harness.Client(well.port) as c:
        for _ in range(3):
            assert c.request(harness.message("/none")).code == 404
            assert c.request(harness.message("/short", method="POST")).code == 405
            assert c.request(SHORT).body == b"short"


# streams without a length, RFC 9112 6.3 and 7.1
PIECES = b"".join(b"<p>piece %d</p>" % i for i in range(20))


def test_a_stream_is_chunked_to_a_1_1_client_and_the_connection_kept(well):
    with harness.Client(well.port) as c:
        for _ in range(3):
            answer = c.request(harness.message("/long"))
            assert (answer.body, answer.framing) == (b"0123456789" * 2000, "chunked"), answer
            # one that fits into the send buffer may have its length instead
            answer = c.request(harness.message("/stream"))
            assert (answer.body, answer.framing in ("chunked", "length")) == (PIECES, True), answer


@pytest.mark.parametrize("field", [None, "keep-alive"])
def test_a_stream_ends_with_the_connection_for_a_1_0_client(well, field):
    with harness.Client(well.port) as c:
        answer = c.request(harness.message("/long", [("Connection", field)] if field else [], version="1.0"))
        assert (answer.body, answer.framing) == (b"0123456789" * 2000, "close"), answer
        assert "keep-alive" not in answer.headers.get("connection", ""), answer
    with harness.Client(well.port) as c:
        answer = c.request(harness.message("/stream", [("Connection", field)] if field else [], version="1.0"))
        # gathered whole it may also have a length
        assert answer.body == PIECES, answer
        assert answer.framing in ("close", "length"), answer
        if answer.framing == "close":
            assert "keep-alive" not in answer.headers.get("connection", ""), answer


def test_a_stream_to_a_1_1_client_that_asks_for_close(well):
    with harness.Client(well.port) as c:
        answer = c.request(harness.message("/stream", [("Connection", "close")]))
        assert answer.body == PIECES, answer
        assert "close" in answer.headers["connection"], answer
        assert c.closed()


# bodies that nobody read
@pytest.mark.parametrize("size", [1, 100, 1000, 3000, 10000, 100000, 2000000])
@pytest.mark.parametrize("how", ["length", "chunked"])
@pytest.mark.parametrize("target", ["/unread", "/none", "/short"])
def test_an_unread_body_is_drained_or_the_connection_closed(well, target, size, how):
    """RFC 9112 9.3: a body left behind must never be taken for a request; the answer must never be lost."""
    evil = b"GET /what/smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
    body = (evil * (size // len(evil) + 1))[:size]
    fields = []
    if how == "chunked":
        fields = [("Transfer-Encoding", "chunked")]
        body = harness.chunked(*[body[i:i + 4000] for i in range(0, size, 4000)])
    with harness.Client(well.port) as c:
        c.send(harness.message(target, fields, "POST", body))
        answer = c.answer("POST")
        assert answer.code == {"/unread": 200, "/none": 404, "/short": 405}[target], answer
        if "close" in answer.headers.get("connection", ""):
            if size > 60000:  # nobody has to take all of that in
                assert c.ended()
                return
            c.half_close()
            assert c.closed(), c.buffer
            assert size > 100, "so small a body is worth a kept connection"
        elif how == "chunked" and size > 4000:
            # nobody could know when the answer left how long the body would be: kept, or closed without a word
            try:
                assert c.request(SHORT).body == b"short"
            except (harness.NoAnswer, ConnectionResetError):
                pass  # closed: what counts is that nothing of the body was answered
        else:
            assert c.request(SHORT).body == b"short"


def test_a_bad_chunk_in_an_unread_body_ends_the_connection(well):
    with harness.Client(well.port) as c:
        c.send(harness.message("/unread", [("Transfer-Encoding", "chunked")], "POST", b"zz\r\n") + SHORT)
        assert c.answer("POST").code in (200, 400)
        c.half_close()
        assert c.closed(), c.buffer


def test_an_unread_body_that_never_comes_does_not_hold_the_connection(well):
    with harness.Client(well.port) as c:
        c.send(b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n")
        assert c.answer("POST").code == 200
        c.half_close()
        assert c.ended()


# An error must reach a client that is still sending: a close with unread input is a reset, and a reset takes the
# answer with it.
@pytest.mark.parametrize(("data", "code"), [
    (b"POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", 404),
    (b"POST /short HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", 405),
    (b"POST /echo HTTP/1.1\r\nContent-Length: %d\r\n\r\n", 400),
    (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", 413),
    (b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\nExpect: tea\r\n\r\n", 417),
    (b"POST /echo HTTP/1.1\r\nHost: a\r\nX-Length: %d\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    (b"POST /echo HTTP/2.0\r\nHost: a\r\nContent-Length: %d\r\n\r\n", 505),
    (b"BREW /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", 501),
])
@pytest.mark.parametrize("size", [5000, 60000])
def test_an_early_error_is_not_lost_in_a_reset(well, data, code, size):
    with harness.Client(well.port) as c:
        c.send(data % size + bytes(size))
        answer = c.answer("POST")
        assert answer.code == code, answer
        c.half_close()
        c.socket.settimeout(3)
        while not c.eof:  # raises ConnectionResetError where the close was a reset
            c._receive()


def test_answers_leave_in_one_piece(well):
    """Head and body of a short answer come together: no second packet waits for the first one's acknowledgement."""
    with harness.Client(well.port) as c:
        for _ in range(5):
            c.send(SHORT)
            assert c.socket.recv(4096).endswith(b"\r\n\r\nshort")
