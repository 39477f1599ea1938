# Every buffer has a bound that is checked while reading: too long is a status, never a full heap.
import harness
import pytest

NEXT = harness.message("/short")


DRAINED = 60000  # at least so much is taken in after an error, so that the answer is not lost in a reset


def ends(client, size):
    """The connection ends in order, or, where more was sent than anybody has to take in, at all."""
    if size > DRAINED:
        return client.ended()
    client.half_close()
    return client.closed()


@pytest.mark.parametrize("size", [5000, 20000, 200000])
@pytest.mark.parametrize("pieces", [None, 700])
def test_a_target_that_is_too_long_is_414(well, size, pieces):
    """RFC 9110 15.5.15."""
    with harness.Client(well.port) as c:
        c.send(harness.message("/" + "a" * size), pieces)
        answer = c.answer()
        assert answer.code == 414, answer
        assert ends(c, size)


def test_a_request_line_without_an_end_is_414_before_it_ends(well):
    """RFC 9112 3: the bound is looked at while reading: no blank line ever comes here."""
    with harness.Client(well.port) as c:
        c.send(b"GET /" + b"a" * 20000)
        assert c.answer().code == 414


@pytest.mark.parametrize("field", [b"X: " + b"a" * 5000, b"X: " + b"a" * 200000, b"a" * 5000 + b": x",
                                   b"Cookie: " + b"; ".join(b"a%d=%d" % (i, i) for i in range(1000))],
                         ids=["a long value", "a very long value", "a long name", "a thousand cookies"])
@pytest.mark.parametrize("pieces", [None, 700])
def test_a_head_that_is_too_long_is_431(well, field, pieces):
    """RFC 6585 5."""
    with harness.Client(well.port) as c:
        c.send(b"GET / HTTP/1.1\r\nHost: a\r\n" + field + b"\r\n\r\n", pieces)
        answer = c.answer()
        assert answer.code == 431, answer
        assert ends(c, len(field))


def test_a_field_without_an_end_is_431_before_it_ends(well):
    with harness.Client(well.port) as c:
        c.send(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20000)
        assert c.answer().code == 431


def test_too_many_field_lines_are_431(well):
    """RFC 6585 5: many tiny lines cost time, not room."""
    with harness.Client(well.port) as c:
        c.send(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a:\r\n" * 300 + b"\r\n")
        answer = c.answer()
        assert answer.code == 431, answer


def test_a_browsers_head_is_not_too_long(well):
    """What Chromium sends, with a cookie, must fit."""
    fields = [("Connection", "keep-alive"), ("sec-ch-ua", '"Chromium";v="140", "Not=A?Brand";v="24"'),
              ("sec-ch-ua-mobile", "?0"), ("sec-ch-ua-platform", '"Linux"'), ("Upgrade-Insecure-Requests", "1"),
              ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                             "Chrome/140.0.0.0 Safari/537.36"),
              ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;"
                         "q=0.8,application/signed-exchange;v=b3;q=0.7"),
              ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-User", "?1"),
              ("Sec-Fetch-Dest", "document"), ("Accept-Encoding", "gzip, deflate, br, zstd"),
              ("Accept-Language", "en-GB,en-US;q=0.9,en;q=0.8"), ("Cookie", "session=" + "a" * 64)]
    with harness.Client(well.port) as c:
        for pieces in (None, None, 1):
            answer = c.request(harness.message("/", fields), pieces=pieces)
            assert answer.code == 200, answer


@pytest.mark.parametrize("target", ["/echo", "/form"])
@pytest.mark.parametrize("size", [2001, 5000, 300000])
@pytest.mark.parametrize("how", ["length", "chunked"])
def test_a_body_above_max_body_size_is_413(well, target, size, how):
    """RFC 9110 15.5.14. The answer must not be lost in a reset, however much was on its way."""
    fields = [("Content-Type", "application/x-www-form-urlencoded")]
    body = b"a" * size
    if how == "chunked":
        fields.append(("Transfer-Encoding", "chunked"))
        body = harness.chunked(*[body[i:i + 1000] for i in range(0, size, 1000)])
    with harness.Client(well.port) as c:
        c.send(harness.message(target, fields, "POST", body))
        answer = c.answer("POST")
        assert answer.code == 413, answer
        if "close" in answer.headers.get("connection", ""):
            assert ends(c, size)
        elif size > DRAINED:
            assert c.ended()
        else:
            assert c.request(NEXT).body == b"short"


@pytest.mark.parametrize("how", ["length", "chunked"])
def test_a_body_of_just_max_body_size_is_read(well, how):
    body = b"a" * 2000
    fields = []
    if how == "chunked":
        fields = [("Transfer-Encoding", "chunked")]
        body = harness.chunked(body[:1500], body[1500:])
    answer = harness.get(well.port, "/echo", fields, "POST", body)
    assert (answer.code, len(answer.body)) == (200, 2000), answer


def test_an_upload_announced_as_huge_is_refused_before_it_comes(well):
    with harness.Client(well.port) as c:
        c.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n" + bytes(1000))
        assert c.answer("POST").code == 413


def test_an_upload_that_goes_on_after_its_refusal_is_cut(well):
    """The drain is bounded: a client that never stops cannot hold its slot."""
    with harness.Client(well.port, timeout=10) as c:
        c.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
        assert c.answer("POST").code == 413
        sent = 0
        while sent < 100000000 and c.send(bytes(65536)):
            sent += 65536
        assert sent < 100000000, "everything was taken"


def test_trailers_without_an_end_are_cut(well):
    with harness.Client(well.port) as c:
        c.send(harness.message("/echo", [("Transfer-Encoding", "chunked")], "POST", b"5\r\nhello\r\n0\r\n"))
        for _ in range(200):
            if not c.send(b"X: " + b"a" * 500 + b"\r\n"):
                break
        c.half_close()
        try:
            assert c.answer("POST").code in (200, 400, 413, 431)
        except (harness.NoAnswer, harness.Truncated, ConnectionResetError):
            pass  # cut: as right as an error
        assert c.ended()
