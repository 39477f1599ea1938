# What extensions take from tinyweb.http for fields: parameters, against the standard library's parser of them, and the
# comparisons that a login, a form or a WebSocket is judged by.
import email.message
import hmac
from types import SimpleNamespace

import hypothesis
import pytest
from hypothesis import strategies as st
from tinyweb import comparisons, http, parameters
from tinyweb.http import HTTPException

TOKEN = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=8)
PAIRS = st.dictionaries(st.text("abc", min_size=1, max_size=4), st.text("abc019-._~", min_size=1), max_size=3)
VALUE = st.text("ab ;,=\\\"<>/:?%é\t", max_size=12)


def quoted(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


@hypothesis.given(TOKEN, st.dictionaries(TOKEN.map(str.lower), VALUE, max_size=4), st.sampled_from([b";", b","]),
                  st.sampled_from(["", " ", "\t "]))
def test_what_is_quoted_is_read_as_it_was(token, pairs, separator, space):
    between = separator.decode() + space
    parameters = between.join(f"{k}={quoted(v)}" for k, v in pairs.items())
    field = token + (between if separator == b";" else " ") + parameters
    want = token.lower().encode(), {k.encode(): v.encode() for k, v in pairs.items()}
    assert http.params(field.encode(), separator) == want


@hypothesis.given(PAIRS)
def test_tokens_are_read_as_the_library_does(pairs):
    message = email.message.Message()
    message.add_header("Content-Disposition", "form-data", **pairs)
    want = {k.encode(): v.encode() for k, v in message.get_params(header="Content-Disposition")[1:]}
    assert parameters.params(message["Content-Disposition"].encode()) == (b"form-data", want)


@pytest.mark.parametrize(("given", "want"), [
    (b"", (b"", {})), (b"Text/HTML", (b"text/html", {})), (b"a;", (b"a", {})), (b"a ; ;b=c;", (b"a", {b"b": b"c"})),
    (b"a;b=", (b"a", {b"b": b""})), (b"a; B = c d ", (b"a", {b"b": b"c d"})),
    (b'a;b="" ;c=d', (b"a", {b"b": b"", b"c": b"d"})), (b"a;b=c=d", (b"a", {b"b": b"c=d"})),
    (b'form-data; name="x"; filename="C:\\dir\\a\\"b"', (b"form-data", {b"name": b"x", b"filename": b'C:\\dir\\a"b'})),
    (b'a;b="\\', 400), (b'a;b="c', 400), (b'a;b="c"d', 400), (b"a;b", 400), (b"a;=c", 400), (b"a;b c=d", 400),
    (b"a;b=c;B=d", 400), (bytearray(b"a;b=c"), (b"a", {b"b": b"c"})), (b'a;b="c";b="c"', 400),
])
def test_a_field(given, want):
    try:
        got = http.params(given)
    except HTTPException as e:
        got = e.code
    assert got == want, got


def test_an_authorization():
    got = http.params(b'Digest username="J\xc3\xa4s", realm="a, b", uri="/x?a=b", nc=00000001, qop=auth', b",")
    assert got == (b"digest", {b"username": "Jäs".encode(), b"realm": b"a, b", b"uri": b"/x?a=b", b"nc": b"00000001",
                               b"qop": b"auth"}), got


@hypothesis.given(st.binary(max_size=60), st.sampled_from([b";", b","]))
def test_any_bytes_are_parsed_or_refused(data, separator):
    try:
        token, pairs = http.params(data, separator)
    except HTTPException as e:
        assert e.code == 400
    else:
        assert token == token.lower() and all(name and name == name.lower() for name in pairs)


@hypothesis.given(st.binary(max_size=40), st.binary(max_size=40) | st.just(b""))
def test_same_is_what_the_library_says(a, b):
    assert http.same(a, b) == hmac.compare_digest(a, b) == http.same(b, a)
    assert comparisons.same(a, bytes(bytearray(a)))


@pytest.mark.parametrize(("host", "fields", "want"), [
    ("board", "", True), ("board", "Origin: http://board", True), ("BOARD:80", "origin:HTTP://board", True),
    ("board", "Origin: http://board:80", True), ("board:8081", "Origin: http://board:8081", True),
    ("board", "Origin: https://board", True), ("board:443", "Origin: https://board", True),
    ("[::1]:8081", "Origin: http://[::1]:8081", True), ("board:8081", "Origin: http://board", False),
    ("board", "Origin: http://board:8081", False), ("board", "Origin: http://evil.example", False),
    ("board", "Origin: http://board.evil.example", False), ("board", "Origin: http://evilboard", False),
    ("board", "Origin: null", False), ("board", "Origin:", False), ("board", "Origin: http://", False),
    ("", "Origin: http://", False), ("", "", True), ("board", "Origin: board", False),
    ("80", "Origin: http://:80", False),
    ("board", "Origin: http://board\r\nSec-Fetch-Site: same-origin", True),
    ("board", "Origin: http://proxy\r\nSec-Fetch-Site: same-origin", True), ("board", "Sec-Fetch-Site: none", True),
    ("board", "Origin: http://other\r\nSec-Fetch-Site: same-site", False),
    ("board", "Sec-Fetch-Site: cross-site", False),
    ("board", "Origin: http://board\r\nSec-Fetch-Site: cross-site", True),
])
def test_an_origin(host, fields, want):
    # of the last row: a browser compares ws: with http:, and takes the WebSocket of the page's own server for another's
    raw = f"POST /x HTTP/1.1\r\n{fields}\r\n\r\n".encode()
    req = SimpleNamespace(head=SimpleNamespace(raw=raw, host=host.encode()))
    assert http.same_origin(req) is want


def test_a_name_that_is_none():
    with pytest.raises(AttributeError):
        http.nothing  # noqa: B018
