# Message syntax (RFC 9112 2 to 5): what is no HTTP is refused with the right status and a close, what is unusual but
# right is served. Every row is fed whole, one byte at a time, and with bytes of a next request behind it: a refused
# message's followers must never be answered, for nobody knows where they begin.
import harness
import pytest

GOOD = b"Host: localhost\r\n"
NEXT = harness.message("/short")

# (what it is, the bytes, the statuses that are right)
REFUSED = [
    # the request line, RFC 9112 3
    ("9112 3: no target and no version", b"GET\r\n" + GOOD + b"\r\n", {400}),
    ("9112 3: HTTP/0.9, no version", b"GET /\r\n" + GOOD + b"\r\n", {400, 505}),
    ("9112 3: two spaces before the target", b"GET  / HTTP/1.1\r\n" + GOOD + b"\r\n", {400}),
    ("9112 3: two spaces before the version", b"GET /  HTTP/1.1\r\n" + GOOD + b"\r\n", {400}),
    ("9112 3: a space behind the version", b"GET / HTTP/1.1 \r\n" + GOOD + b"\r\n", {400}),
    ("9112 3: tabs for spaces", b"GET\t/\tHTTP/1.1\r\n" + GOOD + b"\r\n", {400}),
    ("9112 3: a space in front", b" GET / HTTP/1.1\r\n" + GOOD + b"\r\n", {400}),
    ("9112 3.2: a space in the target", b"GET /a b HTTP/1.1\r\n" + GOOD + b"\r\n", {400}),
    ("9112 3.1: an empty method", b" / HTTP/1.1\r\n" + GOOD + b"\r\n", {400}),
    ("9112 3.1: a method that is no token", b"G@T / HTTP/1.1\r\n" + GOOD + b"\r\n", {400, 501}),
    ("9112 3.1: a colon in the method", b"GET: / HTTP/1.1\r\n" + GOOD + b"\r\n", {400, 501}),
    ("9112 3.2: a target that is no path", b"GET foo HTTP/1.1\r\n" + GOOD + b"\r\n", {400}),
    ("9112 3.2: a target of another scheme", b"GET ftp//x HTTP/1.1\r\n" + GOOD + b"\r\n", {400}),
    ("9112 3.2.4: * for a method that is not OPTIONS", b"GET * HTTP/1.1\r\n" + GOOD + b"\r\n", {400, 404}),
    ("9112 3.2.2: absolute-form without a host", b"GET http:// HTTP/1.1\r\n" + GOOD + b"\r\n", {400}),
    ("9112 2.2: NUL in the target", b"GET /\0 HTTP/1.1\r\n" + GOOD + b"\r\n", {400}),
    ("9112 2.2: bare CR in the target", b"GET /\rx HTTP/1.1\r\n" + GOOD + b"\r\n", {400}),
    ("9112 2.2: bare CR behind the version", b"GET / HTTP/1.1\r\r\n" + GOOD + b"\r\n", {400}),
    ("9112 2.2: bare CR for the end of the line", b"GET / HTTP/1.1\rHost: localhost\r\n\r\n", {400}),
    # the version, RFC 9112 2.3 and 9110 15.6.6
    ("9110 15.6.6: HTTP/2.0", b"GET / HTTP/2.0\r\n" + GOOD + b"\r\n", {505}),
    ("9110 15.6.6: HTTP/3.0", b"GET / HTTP/3.0\r\n" + GOOD + b"\r\n", {505}),
    ("9110 15.6.6: HTTP/0.9 spelled out", b"GET / HTTP/0.9\r\n" + GOOD + b"\r\n", {505}),
    ("9110 15.6.6: HTTP/9.9", b"GET / HTTP/9.9\r\n" + GOOD + b"\r\n", {505}),
    ("9112 2.3: lower-case http", b"GET / http/1.1\r\n" + GOOD + b"\r\n", {400, 505}),
    ("9112 2.3: HTTP/1", b"GET / HTTP/1\r\n" + GOOD + b"\r\n", {400, 505}),
    ("9112 2.3: HTTP/1.", b"GET / HTTP/1.\r\n" + GOOD + b"\r\n", {400, 505}),
    ("9112 2.3: HTTP/1.11", b"GET / HTTP/1.11\r\n" + GOOD + b"\r\n", {400, 505}),
    ("9112 2.3: HTTP/1.x", b"GET / HTTP/1.x\r\n" + GOOD + b"\r\n", {400, 505}),
    ("9112 2.3: HTTP/11.1", b"GET / HTTP/11.1\r\n" + GOOD + b"\r\n", {400, 505}),
    ("9112 2.3: HTTP 1.1", b"GET / HTTP 1.1\r\n" + GOOD + b"\r\n", {400, 505}),
    ("9112 2.3: another protocol", b"GET / ICY/1.1\r\n" + GOOD + b"\r\n", {400, 505}),
    # an unknown method, RFC 9110 9.1 and 15.6.2
    ("9110 15.6.2: an unknown method", b"BREW / HTTP/1.1\r\n" + GOOD + b"\r\n", {501}),
    ("9110 9.1: methods are case-sensitive", b"get / HTTP/1.1\r\n" + GOOD + b"\r\n", {501, 400}),
    ("9110 9.1: a method longer than any", b"A" * 40 + b" / HTTP/1.1\r\n" + GOOD + b"\r\n", {501}),
    ("9110 9.3.6: CONNECT is not for us", b"CONNECT a:80 HTTP/1.1\r\n" + GOOD + b"\r\n", {501, 405, 400}),
    # Host, RFC 9112 3.2
    ("9112 3.2: no Host", b"GET / HTTP/1.1\r\n\r\n", {400}),
    ("9112 3.2: no Host among other fields", b"GET / HTTP/1.1\r\nX-Host: a\r\nAccept: */*\r\n\r\n", {400}),
    ("9112 3.2: two Hosts", b"GET / HTTP/1.1\r\n" + GOOD + b"Host: other\r\n\r\n", {400}),
    ("9112 3.2: two equal Hosts", b"GET / HTTP/1.1\r\n" + GOOD + GOOD + b"\r\n", {400}),
    ("9112 3.2: two Hosts in two spellings", b"GET / HTTP/1.1\r\n" + GOOD + b"hOST: other\r\n\r\n", {400}),
    ("9112 3.2: two Hosts in 1.0", b"GET / HTTP/1.0\r\n" + GOOD + b"Host: other\r\n\r\n", {400}),
    ("9112 3.2: a Host with a space", b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", {400}),
    ("9112 3.2: a Host with a path", b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", {400}),
    ("9112 3.2: a Host with a user", b"GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", {400}),
    ("9112 3.2: a list of Hosts", b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", {400}),
    ("9112 3.2: a Host whose port is no number", b"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", {400}),
    ("9112 3.2.2: absolute-form does not replace Host", b"GET http://a/ HTTP/1.1\r\n\r\n", {400}),
    # fields, RFC 9112 5 and RFC 9110 5
    ("9112 5.1: a space before the colon", b"GET / HTTP/1.1\r\n" + GOOD + b"X-Test : 1\r\n\r\n", {400}),
    ("9112 5.1: a tab before the colon", b"GET / HTTP/1.1\r\n" + GOOD + b"X-Test\t: 1\r\n\r\n", {400}),
    ("9112 5.1: a space before Host's colon", b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", {400}),
    ("9112 5: no colon", b"GET / HTTP/1.1\r\n" + GOOD + b"X-Test\r\n\r\n", {400}),
    ("9112 5: no colon in the last line", b"GET / HTTP/1.1\r\n" + GOOD + b"GET / HTTP/1.1\r\n\r\n", {400}),
    ("9110 5.1: an empty name", b"GET / HTTP/1.1\r\n" + GOOD + b": 1\r\n\r\n", {400}),
    ("9110 5.1: a space in the name", b"GET / HTTP/1.1\r\n" + GOOD + b"X Test: 1\r\n\r\n", {400}),
    ("9110 5.1: a parenthesis in the name", b"GET / HTTP/1.1\r\n" + GOOD + b"X(Test): 1\r\n\r\n", {400}),
    ("9110 5.1: a slash in the name", b"GET / HTTP/1.1\r\n" + GOOD + b"X/Test: 1\r\n\r\n", {400}),
    ("9110 5.1: an @ in the name", b"GET / HTTP/1.1\r\n" + GOOD + b"X@Test: 1\r\n\r\n", {400}),
    ("9110 5.1: a quote in the name", b"GET / HTTP/1.1\r\n" + GOOD + b'X"Test: 1\r\n\r\n', {400}),
    ("9110 5.1: a byte above 127 in the name", b"GET / HTTP/1.1\r\n" + GOOD + b"X\xe9: 1\r\n\r\n", {400}),
    ("9110 5.1: a control in the name", b"GET / HTTP/1.1\r\n" + GOOD + b"X\x01: 1\r\n\r\n", {400}),
    ("9110 5.1: DEL in the name", b"GET / HTTP/1.1\r\n" + GOOD + b"X\x7f: 1\r\n\r\n", {400}),
    ("9110 5.1: NUL in the name", b"GET / HTTP/1.1\r\n" + GOOD + b"X\0: 1\r\n\r\n", {400}),
    ("9110 5.5: NUL in the value", b"GET / HTTP/1.1\r\n" + GOOD + b"X-Test: a\0b\r\n\r\n", {400}),
    ("9110 5.5: NUL in a value that nobody asked for", b"GET / HTTP/1.1\r\n" + GOOD + b"Y: a\0b\r\n\r\n", {400}),
    ("9110 5.5: bare CR in the value", b"GET / HTTP/1.1\r\n" + GOOD + b"X-Test: a\rb\r\n\r\n", {400}),
    ("9110 5.5: bare CR at the end of a value", b"GET / HTTP/1.1\r\n" + GOOD + b"X-Test: a\r\r\n\r\n", {400}),
    ("9112 2.2: bare CR hides a field", b"GET / HTTP/1.1\r\n" + GOOD + b"X: a\rContent-Length: 5\r\n\r\n", {400}),
    ("9112 5.2: a folded line", b"GET / HTTP/1.1\r\n" + GOOD + b"X-Test: a\r\n b\r\n\r\n", {400}),
    ("9112 5.2: a line folded by a tab", b"GET / HTTP/1.1\r\n" + GOOD + b"X-Test: a\r\n\tb\r\n\r\n", {400}),
    ("9112 5.2: a folded line with a colon", b"GET / HTTP/1.1\r\n" + GOOD + b"X-Test: a\r\n Y: b\r\n\r\n", {400}),
    ("9112 5.2: a folded Host", b"GET / HTTP/1.1\r\nHost:\r\n localhost\r\n\r\n", {400}),
    ("9112 2.2: white space before the first field", b"GET / HTTP/1.1\r\n Host: localhost\r\n\r\n", {400}),
    ("9112 2.2: a line of white space", b"GET / HTTP/1.1\r\n" + GOOD + b" \r\n\r\n", {400}),
    # not HTTP at all
    ("a TLS hello on the plain port", bytes.fromhex("16030100c4010000c00303") + bytes(40) + b"\r\n\r\n", {400}),
    ("noise", bytes(range(128, 256)) + b"\r\n\r\n", {400}),
    ("9113 3.4: HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505, 501}),
]

# (what it is, the bytes, the statuses that are right, what the body must hold, or None)
SERVED = [
    ("9112 2.2: an empty line in front", b"\r\nGET /short HTTP/1.1\r\n" + GOOD + b"\r\n", {200}, b"short"),
    ("9112 2.2: three empty lines in front", b"\r\n" * 3 + b"GET /short HTTP/1.1\r\n" + GOOD + b"\r\n", {200},
     b"short"),
    ("9112 5: no white space behind the colon", b"GET /what/ HTTP/1.1\r\nHost:a\r\nX-Test:v\r\n\r\n", {200},
     b'"test": "v"'),
    ("9112 5: white space around the value", b"GET /what/ HTTP/1.1\r\n" + GOOD + b"X-Test: \t v w \t \r\n\r\n", {200},
     b'"test": "v w"'),
    ("9110 5.1: names in any case", b"GET /what/ HTTP/1.1\r\nhOsT: a\r\nx-TEST: v\r\n\r\n", {200}, b'"test": "v"'),
    ("9110 5.5: an empty value", b"GET /what/ HTTP/1.1\r\n" + GOOD + b"X-Test:\r\n\r\n", {200}, b'"test": ""'),
    ("9110 5.5: colons in the value", b"GET /what/ HTTP/1.1\r\n" + GOOD + b"X-Test: a:b: c\r\n\r\n", {200},
     b'"test": "a:b: c"'),
    ("9110 5.6.2: every character of a token in a name",
     b"GET /short HTTP/1.1\r\n" + GOOD + b"!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n", {200}, b"short"),
    ("9110 5.5: bytes above 127 in a value", b"GET /short HTTP/1.1\r\n" + GOOD + b"X-Test: \xe9\xff\r\n\r\n",
     {200, 400}, None),
    ("9110 5.5: other controls in a value", b"GET /short HTTP/1.1\r\n" + GOOD + b"Y: \x01\r\n\r\n", {200, 400}, None),
    ("9112 2.3: a later 1.x", b"GET /short HTTP/1.2\r\n" + GOOD + b"\r\n", {200}, b"short"),
    ("9112 3.2.2: absolute-form", b"GET http://localhost/what/x?y=1 HTTP/1.1\r\n" + GOOD + b"\r\n", {200},
     b'"path": "/what/x"'),
    ("9112 3.2.2: absolute-form's query", b"GET http://localhost/what/x?y=1 HTTP/1.1\r\n" + GOOD + b"\r\n", {200},
     b'"query": "y=1"'),
    ("9112 3.2.2: absolute-form with a port", b"GET http://localhost:80/short HTTP/1.1\r\n" + GOOD + b"\r\n", {200},
     b"short"),
    ("9112 3.2.2: absolute-form without a path", b"GET http://localhost HTTP/1.1\r\n" + GOOD + b"\r\n", {200},
     b"hello"),
    ("9110 4.2.3: a scheme in any case", b"GET HTTP://localhost/short HTTP/1.1\r\n" + GOOD + b"\r\n", {200}, b"short"),
    ("9110 7.4: https without TLS", b"GET https://localhost/short HTTP/1.1\r\n" + GOOD + b"\r\n", {400, 421},
     None),
    ("9112 3.2: Host with a port", b"GET /short HTTP/1.1\r\nHost: a:8081\r\n\r\n", {200}, b"short"),
    ("9112 3.2: Host as an IPv6 address", b"GET /short HTTP/1.1\r\nHost: [::1]:8081\r\n\r\n", {200}, b"short"),
    ("9112 3.2: an empty Host", b"GET /short HTTP/1.1\r\nHost:\r\n\r\n", {200, 400}, None),
    ("9112 3.2: Host is not needed in 1.0", b"GET /short HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", {200}, b"short"),
    ("3986 3.4: a question mark in the query", b"GET /what/?a?b=/c HTTP/1.1\r\n" + GOOD + b"\r\n", {200},
     b'"query": "a?b=/c"'),
    ("3986 3.3: a path of two slashes", b"GET //short HTTP/1.1\r\n" + GOOD + b"\r\n", {404, 400}, None),
    ("3986 2.1: an escape that is none", b"GET /what/%zz%4 HTTP/1.1\r\n" + GOOD + b"\r\n", {200, 400}, None),
    ("3986 2: a byte above 127 in the target", b"GET /what/\xe9 HTTP/1.1\r\n" + GOOD + b"\r\n", {200, 400}, None),
    ("9112 3.2: a fragment in the target", b"GET /short#x HTTP/1.1\r\n" + GOOD + b"\r\n", {200, 400, 404}, None),
    ("9112 2.2: a bare LF ends a line", b"GET /short HTTP/1.1\n" + GOOD + b"\n", {200, 400}, None),
    ("9112 2.2: a bare LF in the fields", b"GET /short HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", {200, 400}, None),
    ("9110 9.3.7: OPTIONS *", b"OPTIONS * HTTP/1.1\r\n" + GOOD + b"\r\n", {200, 204}, None),
    ("9110 9.3.8: TRACE", b"TRACE / HTTP/1.1\r\n" + GOOD + b"\r\n", {405, 501}, None),
]


def ids(rows):
    return [row[0] for row in rows]


def feed(port, data, how):
    """Send in one of three ways; give the connection."""
    c = harness.Client(port)
    if how == "followed":
        data += NEXT
    c.send(data, pieces=1 if how == "bytewise" else None)
    return c


@pytest.mark.parametrize("how", ["whole", "bytewise", "followed"])
@pytest.mark.parametrize(("what", "data", "codes"), REFUSED, ids=ids(REFUSED))
def test_what_is_malformed_is_refused_and_the_connection_closed(well, what, data, codes, how):
    with feed(well.port, data, how) as c:
        answer = c.answer()
        assert answer.code in codes, answer
        if answer.code in (400, 505):
            assert "close" in answer.headers.get("connection", "").lower(), answer
            c.half_close()
            assert c.closed(), c.buffer
        elif how == "followed":
            # a well-formed request that is merely not served may keep its connection
            assert c.buffer == b"" or c.answer().body == b"short"


@pytest.mark.parametrize("how", ["whole", "bytewise", "followed"])
@pytest.mark.parametrize(("what", "data", "codes", "holds"), SERVED, ids=ids(SERVED))
def test_what_is_unusual_but_right_is_served(well, what, data, codes, holds, how):
    with feed(well.port, data, how) as c:
        answer = c.answer(data.lstrip().split(b" ")[0])
        assert answer.code in codes, answer
        assert holds is None or holds in answer.body, answer
        if how == "followed" and answer.code != 400:
            follower = c.answer()
            assert (follower.code, follower.body) == (200, b"short"), follower


def test_a_refused_request_is_answered_even_if_the_client_half_closes(well):
    with harness.Client(well.port) as c:
        c.send(b"GET / HTTP/1.1\r\n\r\n")
        c.half_close()
        assert c.answer().code == 400
        assert c.closed()


def test_a_head_that_never_ends_is_no_request(well):
    """RFC 9112 8: an incomplete request is not processed; the server may answer 400 or say nothing."""
    with harness.Client(well.port) as c:
        c.send(b"GET /short HTTP/1.1\r\nHost: a\r\n")
        c.half_close()
        try:
            assert c.answer().code in (400, 408)
        except harness.NoAnswer:
            pass  # closing without a word is right too


def test_a_connection_opened_and_closed_without_a_word_harms_nobody(well):
    for _ in range(30):
        harness.Client(well.port).close()


def test_a_silent_half_close_is_answered_by_a_close(well):
    with harness.Client(well.port) as c:
        c.half_close()
        assert c.closed()


def test_endless_empty_lines_are_not_read_for_ever(well):
    """RFC 9112 2.2 asks to skip at least one; a bound must stand somewhere."""
    with harness.Client(well.port) as c:
        for _ in range(100):
            if not c.send(b"\r\n" * 1000):
                break
        c.half_close()
        assert c.ended()
