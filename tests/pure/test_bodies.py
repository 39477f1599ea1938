# Bodies decoded by their type. All of each has come with its head, so nothing has to wait: no socket, no event loop.
import pytest
from tinyweb import body, cookies
from tinyweb.http import HTTPException, parse_head
from tinyweb.registration import Route

FORM = b"application/x-www-form-urlencoded"


class Come:
    """Stands in for the connection: its buffer holds the body alone."""

    def __init__(self, data):
        self.buf = bytearray(data)
        self.pos = 0
        self.n = len(data)


class Request:
    """Stands in for a request without a route: max_body_size is the default, 1024."""

    _chunked = _expect = False

    def __init__(self, kind, body):
        self._conn = Come(body)
        self._body_left = len(body)
        fields = b"Content-Type: " + kind + b"\r\n" if kind is not None else b""
        raw = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%s\r\n" % (len(body), fields)
        self.head = parse_head(raw, 1024, 64)


def decode(kind, data):
    """Give what the body is decoded to, or the status that it asks for."""
    try:
        body.read_parse_form_data(Request(kind, data)).send(None)
    except StopIteration as e:
        return e.value
    except HTTPException as e:
        return e.code
    raise AssertionError("it waits")


@pytest.mark.parametrize(("kind", "data", "want"), [
    (FORM, b"a=1&b=%C3%A4", {"a": "1", "b": "\u00e4"}), (FORM + b"; charset=utf-8", b"a=1", {"a": "1"}),
    (FORM.upper(), b"a", {"a": ""}), (FORM, b"%ff", 400), (FORM, b"", {}), (FORM, b"a" * 1025, 413),
    (b"application/json", b'{"a": [1, null]}', {"a": [1, None]}), (b"application/problem+json", b"[]", []),
    (b"application/json ; charset=utf-8", b"5", 5), (b"application/json", b"{", 400),
    (b"application/json", b"\xff", 400),
    (b"application/json", b"[" * 1024, 400), (b"image/svg+json", b"{}", {}), (b"application/xml", b"<a/>", {}),
    (b"text/plain", b"a=1", {}), (None, b"a=1", {}), (b"multipart/form-data; boundary=x", b"--x--", 415),
    (b"Multipart/Mixed", b"--x--", 415), (b"multipart/form-data", b"", {}),
])
def test_a_body_is_decoded_by_its_type(kind, data, want):
    got = decode(kind, data)
    assert got == want, got


def json_of(request):
    """Give what the body is decoded to, or the status and the message that it asks for."""
    try:
        body.json(request).send(None)
    except StopIteration as e:
        return e.value
    except HTTPException as e:
        return e.code, e.message
    raise AssertionError("it waits")


NOT_JSON = (400, "The body is not JSON")
# (body, what it is as JSON)
JSONS = [
    (b'{"a": [1, null]}', {"a": [1, None]}), (b"[]", []), (b"5", 5), (b'"x"', "x"), (b"null", None),
    (b" \r\n\t[1]\n", [1]), ('"\u00e4\u20ac"'.encode(), "\u00e4\u20ac"), (b"-1.5e3", -1500.0),
    (b"\xef\xbb\xbf[1]", [1]),
    (b"", (400, "The body is empty, JSON was expected")), (b"   ", NOT_JSON), (b"\xef\xbb\xbf", (
        400, "The body is empty, JSON was expected")),
    (b"{", NOT_JSON), (b'{"a": 1', NOT_JSON), (b"{a: 1}", NOT_JSON), (b"a=1", NOT_JSON), (b"[1]x", NOT_JSON),
    (b"\xff", NOT_JSON), (b'"\xff"', NOT_JSON), (b"tru", NOT_JSON), (b"'a'", NOT_JSON), (b"[1]\0", NOT_JSON),
    ("[1]".encode("utf-16"), NOT_JSON), ("[1]".encode("utf-32-le"), NOT_JSON), ("[1]".encode("utf-16-be"), NOT_JSON),
    (b"NaN", NOT_JSON), (b"[-Infinity]", NOT_JSON), (b'{"a": Infinity}', NOT_JSON), (b"nan", NOT_JSON),
    (b"[" * 1024, NOT_JSON), (b"1" * 1025, (413, "The body is longer than max_body_size, 1024 bytes")),
]


@pytest.mark.parametrize("kind", [b"application/json", b"text/plain;charset=UTF-8", FORM, b"image/png", None])
@pytest.mark.parametrize(("data", "want"), JSONS)
def test_json_is_read_whatever_its_type(kind, data, want):
    got = json_of(Request(kind, data))
    assert got == want, got


@pytest.mark.parametrize(("n", "most", "fits"), [(64, 1024, True), (65, 1024, False), (65, 1040, True),
                                                 (500, 8000, True), (501, 8000, False)])
def test_a_form_may_have_the_more_pairs_the_longer_it_may_be(n, most, fits):
    request = Request(FORM, b"&".join(b"a%d=" % i for i in range(n)))
    request.head.route = Route((b"POST",), None, (), most, "*", "*", None)
    try:
        body.read_parse_form_data(request).send(None)
    except StopIteration as e:
        assert fits and len(e.value) == n
    except HTTPException as e:
        assert not fits and e.code == 400


@pytest.mark.parametrize(("attributes", "want"), [
    ({}, "a=b; Path=/; SameSite=Lax; HttpOnly"),
    ({"max_age": 0, "path": None, "samesite": None, "httponly": False}, "a=b; Max-Age=0"),
    ({"domain": "x.y", "secure": True}, "a=b; Path=/; Domain=x.y; SameSite=Lax; Secure; HttpOnly"),
])
def test_the_attributes_of_a_cookie(attributes, want):
    got = cookies.cookie("a", "b", **attributes)
    assert got == want, got


def test_each_cookie_that_is_set_has_a_field_of_its_own():
    class Response:
        def __init__(self, fields):
            self.headers = fields

    got = []
    for fields in ({}, {"Set-Cookie": "x=y"}, {"Set-Cookie": ["x=y"]}, {"Set-Cookie": b"x=y"}, [("Set-Cookie", "x=y")],
                   None):
        resp = Response(fields)
        cookies.set_cookie(resp, "a", "b", 5, None, samesite=None, httponly=False)
        cookies.set_cookie(resp, "c", "d", path=None, samesite=None, httponly=False)
        got.append(resp.headers["Set-Cookie"])
    both = "a=b; Max-Age=5", "c=d"
    assert got == [both, ("x=y", *both), ("x=y", *both), (b"x=y", *both), ("x=y", *both), both], got
