# What holds of the pure modules for any bytes whatever: one function for each, which raises where it does not hold.
#
# They are driven by Hypothesis (test_fuzz_pure.py, in `make test`) and by atheris, which is guided by coverage
# (fuzz_guided.py, in `make soak`). Both begin with corpus/, where each file is an input of the target in its name.
import email.utils
import json
import re
from urllib.parse import unquote_to_bytes

import h11
import tinyweb_static_dates
import tinyweb_static_sending as sending
from heads import PARSED, head_end, read_in_turn, told
from tinyweb import body, http, http_rare, registration, status, urlencoding
from tinyweb import cookies as cookie_fields
from tinyweb.http import HTTPException
from tinyweb.router import Route, Router
from tinyweb_static_types import describe

# parse_head()'s max_line and max_fields
LIMITS = (1024, 50)
REFUSALS = (400, 413, 414, 417, 431, 501, 505)


def _or_refused(f, *args):
    """Give what f gives, None where it refuses its input with a status that it may say."""
    try:
        return f(*args)
    except HTTPException as e:
        assert e.code in REFUSALS, e.code
        return None


def head(data):
    """A head is refused, or h11 reads the same message in it; whatever is behind it changes nothing."""
    end = data.find(b"\r\n\r\n") + 4
    if end > 4 and data[0] != 13:
        # whatever is behind it, and whatever of it comes first
        want = _or_refused(http.parse_head, data[:end], 1024, 64)
        for n in end, len(data):
            found = _or_refused(head_end, data, 1024, n)
            assert found == (want and end), (found, want)
        assert _or_refused(head_end, data, 1024, end - 1) in (None, -1), end
    elif end < 4:
        assert _or_refused(head_end, data, 1024) in (None, -1)
        return
    raw = data[:end]
    got = _or_refused(http.parse_head, raw, *LIMITS)
    plain = http.plain_head(raw, *LIMITS)
    # behind heads that have its request line, and its fields
    line = raw.find(b"\r\n")
    others = [raw[:line] + b"\r\nHost: h\r\nX-Test: y\r\n\r\n", b"GET / HTTP/1.1" + raw[line:], raw]
    if line > 0:
        *_, again = read_in_turn(others, *LIMITS)
        assert (None if again.error else told(again, PARSED)) == (got and told(got, PARSED)), raw
    if got is None:
        assert plain is None, raw
        return
    assert told(http_rare.parse_head(raw, *LIMITS), PARSED) == told(got, PARSED), raw
    method, path, asked, version, host, keep, length, expect = told(got, PARSED)
    theirs = h11.Connection(h11.SERVER)
    theirs.receive_data(raw)
    try:
        event = theirs.next_event()
    except h11.RemoteProtocolError as e:
        # It refuses more than it must: 5 and 05 for one length, an empty element beside chunked (RFC 9110 5.6.1), other
        # controls than NUL in a value (5.5).
        assert str(e) in ("conflicting Content-Length headers", "Only Transfer-Encoding: chunked is supported") or (
            re.search(rb":.*[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]", raw)), (e, raw)
        return
    assert isinstance(event, h11.Request), event
    assert event.method == method and path[:1] in (b"/", b"*"), got
    fields = dict(event.headers)
    if b"transfer-encoding" in fields:
        assert length == -1 and b"content-length" not in fields, got
    else:
        assert length == int(fields.get(b"content-length", b"0")), got
    for name in (b"host", b"x-test", b"content-length"):
        value = body.field(raw, name)
        assert value == next((v for k, v in event.headers if k == name), None), (name, value)


def text(data):
    """Percent and form decoding agree with Python's library, or refuse what is not UTF-8."""
    assert urlencoding.unquote(data) == unquote_to_bytes(data), data
    decoded = _or_refused(urlencoding.urldecode_plus, data)
    want = unquote_to_bytes(data.replace(b"+", b" "))
    if decoded is None:
        try:
            want.decode()
        except UnicodeDecodeError:
            return
        raise AssertionError(data)
    assert decoded.encode() == want, data
    pairs = _or_refused(lambda d: list(urlencoding.query_pairs(d)), data)
    if pairs is not None:
        assert urlencoding.parse_query_string(data) == dict(pairs), data
        assert len(pairs) == sum(bool(p) for p in data.split(b"&")), data


def cookies(data):
    """Cookies are read or refused; what cookie() lets pass comes back as it was, and ends no line."""
    got = _or_refused(cookie_fields.parse_cookies, data)
    if got is None:
        return
    for name, value in got.items():
        try:
            line = cookie_fields.cookie(name, value)
        except ValueError:
            continue
        assert not set(line) & set("\r\n\0"), line
        assert cookie_fields.parse_cookies(line.split(";")[0].encode()) == {name: value}, (line, name, value)


def routes(data):
    """No path gets past the router: it is found, or refused with 400, 404, 405 or 501; parameters are str or int."""
    router = Router()
    for url in ("/", "/a", "/a/<x>", "/n/<int:n>", "/n/<int:n>/<x>", "/p/<path:rest>", "/<x>/b", "/%41"):
        registration.enter(router, url, Route((b"GET", b"HEAD"), None, (), 1024, "*", "*", None))
    path, _, method = data.partition(b" ")
    try:
        _, params = router.find(b"/" + path, method or b"GET")
    except HTTPException as e:
        assert e.code in (400, 404, 405, 501), e.code
        assert e.code != 405 or "GET" in e.headers["Allow"], e.headers
        return
    for value in params:
        assert isinstance(value, str) or value >= 0, params
        assert path, params


class _Response:
    """Stands for the response that decide() plans, for its request, and for that one's head."""

    def __init__(self, method, raw):
        self.code, self.headers, self.req, self.head, self.method, self.raw = 200, {}, self, self, method, raw


def conditions(data):
    """Of a file, what is sent is a part of it, as long as it is said to be; dates are those of Python's library."""
    line, _, rest = data.partition(b"\n")
    # as parse_head() lets heads pass: each line has a name
    lines = [line + b"\r\n" for line in rest.replace(b"\r", b"").split(b"\n") if line.find(b":") > 0]
    raw = b"GET / HTTP/1.1\r\n" + b"".join(lines) + b"\r\n"
    method = b"HEAD" if line[:1] == b"H" else b"GET"
    resp = _Response(method, raw)
    try:
        plan = sending.decide(resp, 0, "x", 26, b'"1a-65"', b"", b"", "x", 1700000000)
    except HTTPException as e:
        assert e.code in (412, 416), e.code
        return
    first, count = plan.first, plan.count
    assert 0 <= first <= first + count <= 26, plan
    assert plan.code in (200, 206, 304), plan
    said = re.findall(rb"Content-Range: bytes (\d+)-(\d+)/26\r\n", plan.lines)
    assert [(b"%d" % first, b"%d" % (first + count - 1))] == said if plan.code == 206 else not said, (plan, said)
    assert plan.code != 304 or count == 0, plan


def dates(data):
    """What is taken for a date is the one that Python's library sees in it."""
    got = tinyweb_static_dates.order(data)
    if not got:
        return
    theirs = email.utils.parsedate(data.decode())
    assert theirs, data
    year, month, day, clock = got
    assert (year % 100, month // 3 + 1, int(day)) == (theirs[0] % 100, theirs[1], theirs[2]), (got, theirs)
    assert clock == b"%02d:%02d:%02d" % theirs[3:6], (got, theirs)
    if b"-" in data:  # two digits, of a year of this century or the last
        assert 1976 <= year, year


def names(data):
    """A type, a reason and a JSON body are found for any name, number and bytes."""
    name = data.decode("latin-1")
    assert re.fullmatch(rb"[a-z]+/[!-~]+(; charset=utf-8)?", describe(name)[0]), name
    code = int.from_bytes(data[:2], "big") % 1000
    assert re.fullmatch(rb"[A-Za-z -]*", status.reason(code)), code
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        pass


TARGETS = {f.__name__: f for f in (head, text, cookies, routes, conditions, dates, names)}
