# How a body is framed (RFC 9112 6 and 7). Here lie the doubts by which requests are smuggled: wherever two readers
# could disagree about where a message ends, the answer is an error and a close.
import harness
import pytest

NEXT = harness.message("/short")


def post(fields, body, target=b"/echo", version=b"1.1"):
    """A POST whose fields are said byte for byte."""
    return b"POST " + target + b" HTTP/" + version + b"\r\nHost: localhost\r\n" + fields + b"\r\n" + body


def chunks(body, fields=b""):
    return post(b"Transfer-Encoding: chunked\r\n" + fields, body)


# (what it is, the bytes, the statuses that are right)
REFUSED = [
    # Content-Length, RFC 9110 8.6 and RFC 9112 6.3
    ("9110 8.6: letters", post(b"Content-Length: abc\r\n", b"hello"), {400}),
    ("9110 8.6: a minus", post(b"Content-Length: -5\r\n", b"hello"), {400}),
    ("9110 8.6: a plus", post(b"Content-Length: +5\r\n", b"hello"), {400}),
    ("9110 8.6: hexadecimal", post(b"Content-Length: 0x5\r\n", b"hello"), {400}),
    ("9110 8.6: an underscore", post(b"Content-Length: 0_5\r\n", b"hello"), {400}),
    ("9110 8.6: an exponent", post(b"Content-Length: 5e0\r\n", b"hello"), {400}),
    ("9110 8.6: a point", post(b"Content-Length: 5.0\r\n", b"hello"), {400}),
    ("9110 8.6: two numbers", post(b"Content-Length: 5 5\r\n", b"hello"), {400}),
    ("9110 8.6: a parameter", post(b"Content-Length: 5;\r\n", b"hello"), {400}),
    ("9110 8.6: a quoted number", post(b'Content-Length: "5"\r\n', b"hello"), {400}),
    ("9110 8.6: empty", post(b"Content-Length:\r\n", b"hello"), {400}),
    ("9110 8.6: a digit of another script", post("Content-Length: \u0665\r\n".encode(), b"hello"), {400}),
    ("9110 8.6: a vertical tab", post(b"Content-Length: \x0b5\r\n", b"hello"), {400}),
    ("9110 8.6: a list of two", post(b"Content-Length: 5, 6\r\n", b"hello"), {400}),
    ("9112 6.3: two that differ", post(b"Content-Length: 5\r\nContent-Length: 6\r\n", b"hello"), {400}),
    ("9112 6.3: two that differ in spelling and value",
     post(b"Content-Length: 6\r\ncontent-length: 5\r\n", b"hello"), {400}),
    ("9110 8.6: beyond any bound", post(b"Content-Length: " + b"9" * 30 + b"\r\n", b"hello"), {400, 413}),
    ("9110 8.6: beyond 64 bits", post(b"Content-Length: 18446744073709551621\r\n", b"hello"), {400, 413}),
    ("9112 5.1: a space before its colon", post(b"Content-Length : 5\r\n", b"hello"), {400}),
    # with Transfer-Encoding, RFC 9112 6.1 and 6.3
    ("9112 6.3: length and chunked", post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                                          b"5\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 6.3: chunked and length", post(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                                          b"5\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 6.3: chunked and a length of 0", post(b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
                                                 b"0\r\n\r\n"), {400}),
    ("9112 6.1: gzip", post(b"Transfer-Encoding: gzip\r\n", b"hello"), {501, 400}),
    ("9112 6.1: gzip, chunked", post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"), {501}),
    ("9112 6.1: chunked, gzip", post(b"Transfer-Encoding: chunked, gzip\r\n", b"0\r\n\r\n"), {501, 400}),
    ("9112 6.1: identity", post(b"Transfer-Encoding: identity\r\n", b"hello"), {501, 400}),
    ("9112 6.1: chunked, identity", post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"), {501, 400}),
    ("9112 6.1: two fields", post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", b"0\r\n\r\n"),
     {501, 400}),
    ("9112 6.1: chunked twice", post(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n"), {501, 400}),
    ("9112 6.1: something like chunked", post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), {501, 400}),
    ("9112 6.1: chunked and more", post(b"Transfer-Encoding: chunkedx\r\n", b"0\r\n\r\n"), {501, 400}),
    ("9112 6.1: chunked in quotes", post(b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n"), {501, 400}),
    ("9112 6.1: a vertical tab and chunked", post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"), {501, 400}),
    ("9112 6.1: chunked with a parameter", post(b"Transfer-Encoding: chunked;q=1\r\n", b"0\r\n\r\n"), {501, 400}),
    ("9112 6.1: an empty coding", post(b"Transfer-Encoding:\r\n", b"hello"), {501, 400}),
    ("9112 6.1: an empty coding and a length",
     post(b"Transfer-Encoding:\r\nContent-Length: 5\r\n", b"hello"), {501, 400}),
    ("9112 5.1: a space before its colon", post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"), {400}),
    # chunks, RFC 9112 7.1
    ("9112 7.1: a size of letters", chunks(b"xyz\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: no size", chunks(b"\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: a minus", chunks(b"-5\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: a plus", chunks(b"+5\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: 0x", chunks(b"0x5\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: an underscore", chunks(b"0_5\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: a space in front", chunks(b" 5\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: a space behind", chunks(b"5 \r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: a size and words", chunks(b"5 x\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: a size beyond any bound", chunks(b"F" * 20 + b"\r\nhello\r\n0\r\n\r\n"), {400, 413}),
    ("9112 7.1: a size of 2 ** 64 + 5", chunks(b"10000000000000005\r\nhello\r\n0\r\n\r\n"), {400, 413}),
    ("9112 7.1: more data than the size says", chunks(b"5\r\nhelloworld\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: one byte more than the size says", chunks(b"4\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: less data than the size says", chunks(b"6\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: a chunk that ends in LF", chunks(b"5\r\nhello\n0\r\n\r\n"), {400}),
    ("9112 7.1: a chunk that ends in CR", chunks(b"5\r\nhello\r0\r\n\r\n"), {400}),
    ("9112 7.1: a size that ends in LF", chunks(b"5\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: a size whose last digit stands where CR should", chunks(b"05\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1: a last chunk whose second digit stands where CR should", chunks(b"00\n\r\n"), {400}),
    ("9112 7.1: a size that ends in CR", chunks(b"5\rhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1.1: LF in an extension", chunks(b"5;a\nb\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1.1: bare CR in an extension", chunks(b"5;a\rb\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1.1: NUL in an extension", chunks(b"5;a\0b\r\nhello\r\n0\r\n\r\n"), {400}),
    ("9112 7.1.1: an extension without an end", chunks(b"5;" + b"a" * 20000 + b"\r\nhello\r\n0\r\n\r\n"),
     {400, 413, 431}),
    ("9112 7.1: last chunk ended by LF", chunks(b"5\r\nhello\r\n0\n\r\n"), {400}),
]

SERVED = [
    # (what it is, the bytes, the statuses that are right, the body that must have been read where it is 200)
    ("9110 8.6: a body with its length", post(b"Content-Length: 5\r\n", b"hello"), {200}, b"hello"),
    ("9110 8.6: no body", post(b"Content-Length: 0\r\n", b""), {200}, b""),
    ("9112 6.3: neither length nor coding is no body", post(b"", b""), {200}, b""),
    ("9110 8.6: the length's name in lower case", post(b"content-length: 5\r\n", b"hello"), {200}, b"hello"),
    ("9110 8.6: white space around the length", post(b"Content-Length: \t5 \r\n", b"hello"), {200}, b"hello"),
    ("9110 8.6: zeros in front", post(b"Content-Length: 005\r\n", b"hello"), {200, 400}, b"hello"),
    ("9112 6.3: the same length twice", post(b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello"), {200, 400},
     b"hello"),
    ("9110 8.6: a list of equal lengths", post(b"Content-Length: 5, 5\r\n", b"hello"), {200, 400}, b"hello"),
    ("9110 9.3.1: a GET with a body", b"GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", {200, 400},
     b"hello"),
    ("9112 7.1: one chunk", chunks(b"5\r\nhello\r\n0\r\n\r\n"), {200}, b"hello"),
    ("9112 7.1: many chunks", chunks(harness.chunked(*[b"%d" % i for i in range(50)])), {200},
     b"".join(b"%d" % i for i in range(50))),
    ("9112 7.1: no chunk but the last", chunks(b"0\r\n\r\n"), {200}, b""),
    ("9112 7.1: a size in capitals", chunks(b"A\r\n0123456789\r\n0\r\n\r\n"), {200}, b"0123456789"),
    ("9112 7.1: a size in small letters", chunks(b"a\r\n0123456789\r\n0\r\n\r\n"), {200}, b"0123456789"),
    ("9112 7.1: zeros before the size", chunks(b"0005\r\nhello\r\n000\r\n\r\n"), {200, 400}, b"hello"),
    ("9112 7.1: CR LF within a chunk", chunks(b"6\r\n\r\na\r\nb\r\n0\r\n\r\n"), {200}, b"\r\na\r\nb"),
    ("9112 7.1: a last chunk within a chunk", chunks(b"5\r\n0\r\n\r\n\r\n0\r\n\r\n"), {200}, b"0\r\n\r\n"),
    ("9112 6.1: the coding's name in any case", post(b"Transfer-Encoding: Chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
     {200}, b"hello"),
    ("9112 6.1: the field's name in lower case", post(b"transfer-encoding: chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
     {200}, b"hello"),
    ("9110 5.6.1: an empty list element", post(b"Transfer-Encoding: chunked,\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
     {200, 400, 501}, b"hello"),
    ("9112 7.1.1: an extension", chunks(b"5;a=b\r\nhello\r\n0\r\n\r\n"), {200}, b"hello"),
    ("9112 7.1.1: a quoted extension", chunks(b'5;a="b;c"\r\nhello\r\n0;x\r\n\r\n'), {200}, b"hello"),
    ("9112 7.1.2: a trailer", chunks(b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"), {200}, b"hello"),
    ("9112 7.1.2: two trailers", chunks(b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n", b"Trailer: X-Sum\r\n"), {200},
     b"hello"),
    ("6.5.1: a trailer that frames is not obeyed",
     chunks(b"5\r\nhello\r\n0\r\nContent-Length: 20\r\n\r\n"), {200, 400}, b"hello"),
    ("9112 7.1.2: a trailer that is none", chunks(b"5\r\nhello\r\n0\r\nX Sum\r\n\r\n"), {200, 400}, b"hello"),
]


def ids(rows):
    return [row[0] for row in rows]


@pytest.mark.parametrize("how", ["whole", "bytewise", "followed"])
@pytest.mark.parametrize(("what", "data", "codes"), REFUSED, ids=ids(REFUSED))
def test_doubtful_framing_is_refused_and_the_connection_closed(well, what, data, codes, how):
    pieces = (1 if len(data) < 500 else 1000) if how == "bytewise" else None
    with harness.Client(well.port) as c:
        c.send(data + (NEXT if how == "followed" else b""), pieces)
        answer = c.answer("POST")
        assert answer.code in codes, answer
        assert "close" in answer.headers.get("connection", "").lower(), answer
        c.half_close()
        assert c.closed(), c.buffer


@pytest.mark.parametrize("how", ["whole", "bytewise", "followed"])
@pytest.mark.parametrize(("what", "data", "codes", "body"), SERVED, ids=ids(SERVED))
def test_a_body_arrives_as_it_was_sent(well, what, data, codes, body, how):
    with harness.Client(well.port) as c:
        c.send(data + (NEXT if how == "followed" else b""), 1 if how == "bytewise" else None)
        answer = c.answer("POST")
        assert answer.code in codes, answer
        if answer.code == 200:
            assert answer.body == body, answer
            if how == "followed":
                assert c.answer().body == b"short"
            else:
                assert c.request(NEXT).body == b"short"


def test_chunked_in_http_1_0_is_not_trusted(well):
    """RFC 9112 6.1: 1.0 has no Transfer-Encoding: faulty framing, so the connection ends after the answer."""
    with harness.Client(well.port) as c:
        c.send(post(b"Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n", b"5\r\nhello\r\n0\r\n\r\n",
                    version=b"1.0") + NEXT)
        answer = c.answer("POST")
        assert answer.code in (200, 400, 501), answer
        assert answer.code != 200 or answer.body == b"hello", answer
        c.half_close()
        assert c.closed(), c.buffer


@pytest.mark.parametrize("target", ["/echo", "/form", "/count"])
@pytest.mark.parametrize("data", [b"Content-Length: 50\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n",
                                  b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
                                  b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"],
                         ids=["length", "no chunk", "half a chunk", "no last line"])
def test_a_body_that_stops_in_the_middle_is_no_body(well, target, data):
    """RFC 9112 8: the handler must not take it for whole. 400, or a close without a word."""
    with harness.Client(well.port) as c:
        c.send(b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n" % target.encode() +
               data)
        c.half_close()
        try:
            assert c.answer("POST").code in (400, 408)
        except (harness.NoAnswer, ConnectionResetError):
            pass  # nobody is there to read: a close is right too
        assert c.ended()


@pytest.mark.parametrize("size", [1, 127, 128, 511, 512, 513, 1023, 1024, 1025, 2000, 4096, 70000])
@pytest.mark.parametrize("how", ["length", "chunked"])
def test_bodies_of_any_size_are_counted_right(well, how, size):
    body = bytes(i & 255 for i in range(size))
    if how == "length":
        data = harness.message("/count", method="POST", body=body)
    else:
        data = harness.message("/count", [("Transfer-Encoding", "chunked")], "POST",
                               harness.chunked(*[body[i:i + 700] for i in range(0, size, 700)]))
    with harness.Client(well.port) as c:
        c.send(data + NEXT)
        assert c.answer("POST").body == b"%d" % size
        assert c.answer().body == b"short"


@pytest.mark.parametrize("how", ["length", "chunked"])
def test_a_large_upload_streams_through_a_small_heap(well, how):
    body = bytes(1000000)
    if how == "length":
        data = harness.message("/count", method="POST", body=body)
    else:
        data = harness.message("/count", [("Transfer-Encoding", "chunked")], "POST",
                               harness.chunked(*[body[:50000]] * 20))
    assert harness.fetch(well.port, data, timeout=20).body == b"1000000"
