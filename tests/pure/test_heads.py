# Heads one by one: each way to be taken or refused, those too that random bytes seldom come to.
import sys

import hypothesis
import pytest
import tinyweb
from heads import PARSED, App, Connection, head_end, told
from hypothesis import strategies as st
from tinyweb import body, http, http_rare, known_fields, known_heads, partial_head, registration, status
from tinyweb.http import Head, HTTPException
from tinyweb.router import Route

request = sys.modules["tinyweb.request"]  # the package has the class by this name

HOST = b"Host: a\r\n"


def head(fields=HOST, line=b"GET / HTTP/1.1"):
    return line + b"\r\n" + fields + b"\r\n"


def outcome(function, *args):
    """Give what a function gives, or the status that it asks for."""
    try:
        return function(*args)
    except HTTPException as e:
        return e.code


def read(app, raw, behind=b""):
    """Give the Head that request.read_head() finds in these bytes, None where it is not whole."""
    return request.read_head(app, Connection(raw + behind, len(raw + behind)))


def remembering(most, max_head=4096):
    """Give an App that remembers so many heads."""
    app = App(80, max_head, None)
    app._heads = known_heads.Heads(most) if most > 1 else None
    return app


class Waiting:
    """Stands for a connection whose request has this head, and waits; idle without one."""

    def __init__(self, head=None, sends_file=False):
        self.resp = self.req = head and self
        self._buffer_end = -1 if sends_file else 0
        self.head = head


@pytest.mark.parametrize("most", [1, 3])
@pytest.mark.parametrize("forgotten", [False, True])
@pytest.mark.parametrize(("waits", "sends_file"), [(False, False), (True, False), (True, True), (False, True)])
def test_a_request_that_waits_keeps_its_head_when_other_ones_come(waits, sends_file, forgotten, most):
    app = remembering(most)
    raws = [head(HOST + b"X: %d\r\n" % n, b"GET /%s HTTP/1.1" % (b"longer" * n)) for n in range(5)]
    first = read(app, raws[0])
    # one that only sends a file needs its fields no more
    app._connections = [Waiting(), *[Waiting(first)] * waits, *[Waiting(first, True)] * sends_file]
    if forgotten:
        app._last_head = None  # as when a route is added meanwhile
    for raw in raws[1:]:
        other = read(app, raw)
        assert (other.path[1:7], bytes(other.raw), app._last_head) == (b"longer", raw, other)
        assert (first.path, bytes(first.raw) == raws[0]) == (b"/", True) or not waits
    if sends_file and not waits:
        assert bytes(first.raw) in (b"", raws[0])  # never those of another one
    assert waits or forgotten or bytes(first.raw) == b""


@pytest.mark.parametrize("most", [1, 2, 4])
def test_fields_that_are_known_mean_what_they_mean_when_they_are_parsed(most):
    app = remembering(most)
    blocks = [HOST + b"Content-Length: 4\r\n", b"Host: b\r\nConnection: close\r\n", HOST + b"X: y\r\n",
              HOST + b"X: y\r\nY: z\r\n", HOST + b"Transfer-Encoding: chunked\r\n"]
    lines = [b"GET /%d HTTP/1.1", b"PUT /a/%d?q=%%20 HTTP/1.1", b"HEAD /%d HTTP/1.1", b"GET /%d HTTP/1.0",
             b"GET http://c/%d HTTP/1.1", b"GET /%d  HTTP/1.1", b"GET /%d#a HTTP/1.1", b"G\nET /%d HTTP/1.1",
             b"GET /%d HTTP/1.1\nA: b", b"GET /" + b"a" * 80 + b"%d HTTP/1.1"]
    in_turn = [(line, block) for line in lines for block in blocks[:most]]
    for n, (line, block) in enumerate(in_turn + [(line, block) for block in blocks for line in lines]):
        raw = head(block, line % n)
        # what a client sends that begins where another one has been before
        for end in range(len(raw) - 5, len(raw)):
            assert read(app, raw[:end]) is None
        got = read(app, raw, b"GET /behind HTTP/1.1\r\n")
        want = outcome(http_rare.parse_head, raw, 80, 64)
        if isinstance(want, int):
            assert got.error.code == want, raw
            continue
        assert told(got, PARSED) == told(want, PARSED) and bytes(got.raw) == raw and got.end == len(raw), raw
        assert most == 1 or read(app, raw) is got


# What a client may send in the place of a field that has changed with each request.
INSTEAD = [
    b"X-Mark: other\r\n", b"Y: \xff\r\n", b"X-Mark:\r\n", b"", b"\r\n", b"X-Mark\r\n", b": y\r\n", b" folded\r\n",
    b"X-Mark : y\r\n", b"X-Mark: a\0b\r\n", b"X-Mark: a\rb\r\n", b"X-Mark: a\nb\r\n", b"X-Mark: a\r\r\n",
    b"X-Mark: a\n\r\n", b"X-Mark: \r\r\n", b"X-Mark: a\n", b"X-Mark: a\r",
    b"X-Mark: a", b"A: 1\r\nB: 2\r\n", b"X-Mark: a\r\n folded\r\n",
    b"X-Mark: a\r\n\r\nGET /hidden HTTP/1.1\r\nHost: b\r\n",
    b"Content-Length: 4\r\n", b"content-length: 0\r\n", b"Content-Length: 4, 4\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Host: b\r\n", b"Connection: close\r\n", b"Expect: 100-continue\r\n",
    b"Content-Length: 4\r\nContent-Length: 5\r\n",
]
BEFORE = b"Host: a\r\nAccept: */*\r\n"
BEHIND = b"Connection: keep-alive\r\nDNT: 1\r\n"


def means_the_same(app, raw):
    """Check that a head means what it means to a server that has not met another one."""
    end = raw.find(b"\r\n\r\n") + 4
    got = read(app, raw)
    if end < 4:
        assert got is None, raw
        return
    want = outcome(http_rare.parse_head, raw[:end], 80, 64)
    if isinstance(want, int):
        assert got.error.code == want, raw
    else:
        assert told(got, PARSED) == told(want, PARSED), raw


@pytest.mark.parametrize(("before", "behind"), [(BEFORE, BEHIND), (b"", BEFORE + BEHIND), (BEFORE + BEHIND, b"")])
@pytest.mark.parametrize("changes", [b"X-Mark: %d\r\n", b"Content-Length: 1%d\r\n"])
def test_a_field_that_changes_with_each_request_hides_nothing(before, behind, changes):
    for instead in INSTEAD:
        for most in 2, 4:
            app = remembering(most)
            for n in range(5):
                assert read(app, head(before + changes % n + behind)).host == b"a"
            fields = app._heads._fields
            assert bool(fields._around[0]) is (changes[:1] == b"X")
            means_the_same(app, head(before + instead + behind))
            assert read(app, head(before + changes % 7 + behind)).host == b"a"


@pytest.mark.parametrize("size", [900, 1000, 3000])
def test_the_bytes_around_what_changes_take_little(size):
    app = remembering(4)
    for n in range(5):
        assert read(app, head(HOST + b"X: %s\r\nY: %d\r\n" % (b"x" * size, n))).host == b"a"
    kept = sum(map(len, app._heads._fields._around[0]))
    assert kept == (0 if size >= 1000 else size + len(b"\r\nHost: a\r\nX: \r\nY:\r\n\r\n"))


@hypothesis.given(st.lists(st.sampled_from(INSTEAD) | st.binary(max_size=40), min_size=1, max_size=3), st.booleans())
def test_any_bytes_in_the_place_of_a_field_that_changes(pieces, at_the_end):
    app = remembering(4)
    before, behind = (BEFORE + BEHIND, b"") if at_the_end else (BEFORE, BEHIND)
    for n in range(4):
        read(app, head(before + b"X-Mark: %d\r\n" % n + behind))
    means_the_same(app, head(before + b"".join(pieces) + behind))


# Lines of which several heads in turn are made: names that frame and names that do not, each with several values.
LINES = [
    name + value + b"\r\n"
    for name in (b"Host:", b"host:", b"Connection:", b"Content-Length:", b"Transfer-Encoding:", b"Expect:", b"Cookie:",
                 b"Acc\0ept:", b"X-Mark:", b"X-Mark :", b":")
    for value in (b"", b" ", b" a", b" close", b" 4", b" chunked", b" \0")
]  # fmt: skip


@hypothesis.given(st.lists(st.lists(st.sampled_from(LINES), max_size=4), min_size=2, max_size=8))
@hypothesis.example([[b"Content-Length: 4\r\n", b"h: %d\r\n" % n] for n in (1, 2, 4)]
                    + [[b"Content-Length: 44\r\n", b"h: 4\r\n"]])
@hypothesis.example([[b"Content-Length: 4\r\n", b"h: %d\r\n" % n] for n in (1, 2, 3, 4)]
                    + [[b"Content-Length: 44\r\n", b"h: 4\r\n"]])
@hypothesis.example([[b"Connection:\r\n", b"A: %d\r\n" % n] for n in range(4)] + [[b"Connection: close\r\n"]])
def test_heads_in_turn_mean_what_each_of_them_means_alone(heads):
    app = remembering(4)
    for fields in heads:
        means_the_same(app, head(HOST + b"".join(fields)))


def found(*raws):
    """Give what known_heads finds in the last of these heads itself, when the server has read the others."""
    app = remembering(2)
    app.max_fields = 4
    for raw in raws[:-1]:
        read(app, raw)
    return app._heads.find(app, Connection(raws[-1], len(raws[-1])), raws[-1].find(b"\r\n"))


def test_lines_that_are_known_are_so_many_that_they_have_room():
    app = remembering(4)
    for n in range(400):
        # each comes twice, and then is known
        raw = head(HOST + b"X-%d: %s\r\n" % (n // 2, b"x" * 100), b"GET /%d HTTP/1.1" % n)
        other = head(HOST + b"Y: %d\r\nX-%d: %s\r\n" % (n, n // 2, b"x" * 100))
        assert (read(app, raw).host, read(app, other).host) == (b"a", b"a")
        assert sum(map(len, app._heads._fields._taken)) < 2600


def test_heads_with_the_same_fields_share_a_context():
    app = remembering(4)
    lines = [b"GET /a HTTP/1.1", b"PUT /b?c HTTP/1.1", b"GET /a HTTP/1.1"]
    one, two, again = [read(app, head(HOST + b"X: y\r\n", line)) for line in lines]
    assert one.context is two.context is again.context == {}
    # other fields, and the first that a server reads itself
    for fields, line in [(HOST, lines[0]), (HOST + b"X: z\r\n", lines[0]), (b"Host: b\r\nX: y\r\n", lines[0])]:
        assert read(app, head(fields, line)).context is not one.context
    for raw in [head(HOST + b"X: y\r\n", b"GET /a HTTP/1.0"), head(HOST + b"Expect: 100-continue\r\n"),
                head(HOST + b"X: " + b"y" * request.HEAD + b"\r\n")]:
        assert not hasattr(read(app, raw), "context")
    app._last_head = None
    assert read(app, head(HOST + b"X: y\r\n", lines[0])).context is not one.context
    # where memory is less than ample
    assert not hasattr(read(remembering(3), head()), "context") and not hasattr(read(remembering(1), head()), "context")


def test_an_interpreter_without_splitlines_finds_the_same(monkeypatch):
    monkeypatch.setattr(known_fields, "_list", None)
    app = remembering(2)
    assert found(head(), head(HOST + b"X: y\r\n")) is None
    for line in b"GET /a HTTP/1.1", b"PUT /b?c HTTP/1.1":
        raw = head(HOST + b"X: y\r\n", line)
        assert told(read(app, raw), PARSED) == told(http_rare.parse_head(raw, 80, 64), PARSED)
    assert app._heads.find(app, Connection(raw, len(raw)), raw.find(b"\r\n")) is app._last_head


def test_a_path_that_comes_again_has_its_route():
    app = remembering(2)
    first = read(app, head(line=b"GET /a?b HTTP/1.1"))
    first.route, first.params = "route", ("b",)
    for line, want in [(b"GET /a?c HTTP/1.1", "route"), (b"GET /b HTTP/1.1", None), (b"PUT /b HTTP/1.1", None)]:
        again = read(app, head(line=line))
        assert (again.route, again.params) == (want, ("b",) if want else ())
    # the server stops
    app._stopping = 0
    app._last_head = None
    assert not read(app, head()).keep_alive and not read(app, head(line=b"GET /c HTTP/1.1")).keep_alive


def routed(most, *urls):
    """Give an App that remembers so many heads and has a route for each of these URLs."""
    app = remembering(most)
    for url in urls:
        registration.enter(app._router, url, Route((b"GET", b"PUT"), None, (), 0, "*", "*", None))
    return app


def test_request_lines_with_the_same_fields_are_remembered():
    app = routed(4, "/a", "/b", "/n/<number>")
    blocks = [HOST + b"X: y\r\n", HOST + b"Content-Length: 4\r\n", b"Host: b\r\nConnection: close\r\n", HOST]
    lines = [b"GET /a HTTP/1.1", b"GET /b HTTP/1.1", b"PUT /a HTTP/1.1", b"GET /b?c HTTP/1.1", b"GET /n/1 HTTP/1.1",
             b"GET /none HTTP/1.1", b"HEAD /b HTTP/1.1"]
    seen = {}
    again = 0
    for turn in range(3):
        for block in blocks if turn % 2 else blocks[::-1]:
            for line in lines:
                raw = head(block, line)
                # what follows is no part of it, and one that is not whole is no head
                assert read(app, raw[:-1]) is None
                got = read(app, raw, b"GET /a HTTP/1.1\r\n")
                want = http_rare.parse_head(raw, 80, 64)
                assert (told(got, PARSED), bytes(got.raw), got.end) == (told(want, PARSED), raw, len(raw))
                assert bool(got.route) is (want.path in (b"/a", b"/b", b"/n/1") and want.method != b"HEAD"), raw
                assert got.params == (("1",) if got.path == b"/n/1" and got.route else ())
                same = got is seen.get(raw)
                again += same
                # a query, a parameter and a path without a route are parsed each time
                assert not same or line in lines[:3]
                seen[raw] = got
    assert again >= 3 * len(blocks)
    # debug.py wraps find_route(), and so must be asked for each route
    app._last_head = None
    app.debug = True
    assert [read(app, head(line=line)).route for line in lines[:2] * 3] == [None] * 6
    app.debug = False
    app._last_head = None  # a route was added
    raw = head(blocks[0], lines[1])
    assert read(app, head(blocks[0])) and read(app, raw) is not seen[raw]


def test_request_lines_are_remembered_where_memory_is_ample_and_so_many_as_have_room():
    urls = ["/%d" % n for n in range(30)]
    for most in 1, 3, 4:
        app = routed(most, *urls)
        heads = [read(app, head(line=b"GET %s HTTP/1.1" % url.encode())) for url in urls * 3]
        again = sum(one is two for one, two in zip(heads[30:], heads, strict=False))
        assert again == 0
        few = [read(app, head(line=b"GET /%d HTTP/1.1" % n)) for n in [*range(known_heads._LINES - 1)] * 3]
        assert (few[-1] is few[-known_heads._LINES]) is (most == 4)
        assert most < 4 or len(app._heads._heads[0][6]) <= known_heads._LINES


def test_a_request_that_waits_keeps_the_head_that_another_one_shares():
    app = routed(4, "/a", "/b")
    raws = [head(HOST + b"X: y\r\n", line) for line in (b"GET /a HTTP/1.1", b"GET /b HTTP/1.1")]
    for _ in range(2):
        first, other = [read(app, raw) for raw in raws]
    assert read(app, raws[0]) is first
    app._connections = [Waiting(first), Waiting(first)]
    assert read(app, raws[1]) is other
    assert (bytes(first.raw), bytes(other.raw)) == (raws[0], raws[1])
    assert read(app, raws[0]) is first
    app._connections = [Waiting(first, True)]
    assert read(app, raws[1]) is other and bytes(first.raw) in (b"", raws[0])
    assert read(app, raws[0]) is first and (bytes(first.raw), bytes(other.raw)) == (raws[0], b"")


@pytest.mark.parametrize("odd", [False, True])
def test_as_many_heads_are_known_as_there_is_room_for(odd):
    app = remembering(3)
    line = b"GET / HTTP/1.0" if odd else b"GET / HTTP/1.1"
    raws = [head(b"Host: %d\r\n" % n, line) for n in range(4)]
    heads = [read(app, raw) for raw in raws[:3]]
    assert [read(app, raw) for raw in raws[:3]] == heads
    long = head(HOST + b"X: " + b"x" * request.HEAD + b"\r\n")
    for _ in range(2):
        assert bytes(read(app, long).raw) == long
    assert read(app, raws[2]) is heads[2]
    fourth = read(app, raws[3])
    # the long one took the place of the first, which was not asked for since; and the fourth that of the second
    assert [read(app, raw) for raw in raws[2:]] == [heads[2], fourth]
    app._last_head = None
    assert read(app, raws[2]) not in heads and read(app, raws[3]) is not fourth


def test_an_error_is_an_error_each_time():
    app = remembering(2, 300)
    good, bad, long = head(), head(b"Host : a\r\n"), head(HOST + b"X: " + b"x" * 300 + b"\r\n")
    for _ in range(2):
        assert [read(app, raw).error and read(app, raw).error.code for raw in (good, bad, long)] == [None, 400, 431]


@pytest.mark.parametrize(("tight", "free", "want"), [(False, 1, []), (True, 0, []), (True, 1, [None])])
def test_what_was_loaded_goes_before_a_head_where_memory_has_run_out(monkeypatch, tight, free, want):
    app = App(80, 4096, None)
    app.max_concurrency = 1
    app._free_slots = free
    called = []
    monkeypatch.setattr(type(request.lazy), "tight", tight)
    monkeypatch.setattr(request, "out_of_resources", called.append)
    assert request.read_head(app, Connection(head(), len(head()))).path == b"/" and called == want


@pytest.mark.parametrize(("fails", "want"), [(1, [b"spare"]), (2, [b"spare", None]), (3, [b"spare", None])])
def test_a_head_that_finds_no_memory_is_tried_again(monkeypatch, fails, want):
    """It has had no effect. The last time without the buffer that nobody uses."""
    app = App(80, 4096, None)
    app._second_buffer = b"spare"
    unloaded = []
    left = [MemoryError] * fails

    def plain_head(*args):
        if left:
            raise left.pop()
        return http.plain_head(*args)

    conn = Connection(head(), len(head()))
    monkeypatch.setattr(request, "plain_head", plain_head)
    monkeypatch.setattr(partial_head, "unload_all", lambda: unloaded.append(app._second_buffer))
    reading = partial_head.read_rest(app, conn)
    with pytest.raises(MemoryError if fails == 3 else StopIteration) as ended:
        reading.send(None)
    assert fails == 3 or ended.value.value.path == b"/"
    assert (unloaded, left, app._last_head is None) == (want, [], fails == 3)


class Response:
    code = 200

    def __init__(self):
        self.headers = {}


@pytest.mark.parametrize(("result", "code", "fields"), [
    (("x", 201), 201, {}), (("x", 404, {"A": "b"}), 404, {"A": "b"}), (("x", {"A": "b"}), 200, {"A": "b"}),
    (("x", [("A", "b")]), 200, {"A": "b"}),
])
def test_a_tuple_is_taken_apart(result, code, fields):
    resp = Response()
    assert (status.unpack(resp, result), resp.code, resp.headers) == ("x", code, fields)


@pytest.mark.parametrize("result", [("x",), ("x", 201, {}, 1), ("x", {}, 201), ("x", {}, {})])
def test_a_tuple_of_another_shape_is_refused(result):
    with pytest.raises(TypeError):
        status.unpack(Response(), result)


LONG = b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"b" * 1000 + b"\r\n\r\n"


@pytest.mark.parametrize(("given", "want"), [
    (b"", -1), (b"GET / HT", -1), (b"GET / HTTP/1.1\r\nHo", -1), (b"GET / HTTP/1.0\r\n\r\nmore", 18),
    (b"GET / HTTP/1.1\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nHost: a\r\n\r", -1),
    (b"\nGET /", 400), (b"GET / HTTP/1.1\nHost", 400), (b"GET /aaaaaaaaaaaaaaaa", 414),
    (b"GET /aaaaaaaaaaaaaaaa HTTP/1.1\r\nHost", 414),
    # empty lines before it
    (b"\r", -1), (b"\r\n", -1), (b"\r\n\r\n", -1), (b"\r\nGET /", -1), (b"\r\n" * 8 + b"GET / HTTP/1.0\r\n\r\n", 18),
    (b"\r\n" * 9 + b"GET / HTTP/1.0\r\n\r\n", 400), (b"\r\n" * 9, 400), (b"\rGET /", 400), (b"\r\n\rG", 400),
    (b"\r\n\r", -1), (b"\r\n\nGET /", 400),
    # a long one is not kept for the next request
    (LONG, len(LONG)), (LONG[:-4], -1),
    (b"GET / HTTP/1.1\r\nA: " + b"b" * 1100, 431), (LONG[:-4] + b"b" * 80 + b"\r\n\r\n", 431),
])
def test_the_end_of_a_head(given, want):
    assert outcome(head_end, given, 20, None, 1100) == want


def test_a_head_that_comes_while_the_server_stops_ends_its_connection():
    assert head_end(head(), 80, stopping=0) == len(head())


@pytest.mark.parametrize(("given", "want"), [
    (b"", b""), (b"a.b-c", b"a.b-c"), (b"a:80", b"a:80"), (b"a:", b"a:"), (b"[::1]", b"[::1]"),
    (b"[::1]:8", b"[::1]:8"),
    (b"a b", 400), (b"a:b", 400), (b"a:1:2", 400), (b"[::1", 400), (b"::1]", 400), (b"[::1]a", 400), (b"a[::1]", 400),
    (b"[[::1]]", 400), (b"[::1]:x", 400),
])
def test_what_names_a_host(given, want):
    assert outcome(http_rare.check_host, given) == want


@pytest.mark.parametrize(("given", "want"), [
    # the line
    (head(), (b"GET", b"/", b"", 11, b"a", True, 0, False)),
    (head(line=b"GET /?a=b HTTP/1.2"), (b"GET", b"/", b"a=b", 11, b"a", True, 0, False)),
    (head(b"", b"GET / HTTP/1.0"), (b"GET", b"/", b"", 10, b"", False, 0, False)),
    (head(line=b"GET / HTTP/2.0"), 505), (head(line=b"GET / HTTP/0.9"), 505), (head(line=b"GET / HTTP/1.1x"), 400),
    (head(line=b"GET / HTTP/1.1 "), 400), (head(line=b"GET /"), 400), (head(line=b"G(T / HTTP/1.1"), 400),
    (head(line=b"GET /" + b"a" * 80 + b" HTTP/1.1"), 414), (head(line=b" / HTTP/1.1"), 400),
    (head(line=b"GET  HTTP/1.1"), 400), (head(line=b"GET /\t HTTP/1.1"), 400), (head(line=b"GET /\x7f HTTP/1.1"), 400),
    (head(line=b"GET /#a HTTP/1.1"), 400), (head(line=b"GET / http/1.1"), 400), (head(line=b"GET / HTTP/x.1"), 400),
    (head(line=b"GET / HTTP/1,1"), 400),
    # the fields
    (head(HOST + b"A: b\r\n" * 3), (b"GET", b"/", b"", 11, b"a", True, 0, False)), (head(HOST + b"A: b\r\n" * 4), 431),
    (head(HOST + b"A: \0\r\n"), 400), (head(HOST + b"A: b\rc\r\n"), 400),
    (head(HOST + b"A: b\n"), 400), (head(HOST + b" A: b\r\n"), 400), (head(HOST + b"A : b\r\n"), 400),
    (head(HOST + b": b\r\n"), 400), (head(HOST + b"A\r\n"), 400), (head(b""), 400), (head(HOST + HOST), 400),
    (head(b"Host: a b\r\n"), 400), (head(HOST + b"Bost: b\r\n"), (b"GET", b"/", b"", 11, b"a", True, 0, False)),
    # the connection
    (head(HOST + b"Connection: x, Close\r\n"), (b"GET", b"/", b"", 11, b"a", False, 0, False)),
    (head(HOST + b"Connection: x\r\n"), (b"GET", b"/", b"", 11, b"a", True, 0, False)),
    (head(b"Connection: x\r\n", b"GET / HTTP/1.0"), (b"GET", b"/", b"", 10, b"", False, 0, False)),
    (head(b"Connection: keep-alive\r\n", b"GET / HTTP/1.0"), (b"GET", b"/", b"", 10, b"", True, 0, False)),
    # the body
    (head(HOST + b"Content-Length: 5\r\n"), (b"GET", b"/", b"", 11, b"a", True, 5, False)),
    (head(HOST + b"Content-Length: 5\r\n" * 2), (b"GET", b"/", b"", 11, b"a", True, 5, False)),
    (head(HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n"), 400), (head(HOST + b"Content-Length: x\r\n"), 400),
    (head(HOST + b"Content-Length: " + b"1" * 15 + b"\r\n"), (b"GET", b"/", b"", 11, b"a", True, int("1" * 15), False)),
    (head(HOST + b"Content-Length: " + b"1" * 16 + b"\r\n"), 413),
    (head(HOST + b"Transfer-Encoding: chunked\r\n"), (b"GET", b"/", b"", 11, b"a", True, -1, False)),
    (head(HOST + b"Transfer-Encoding: , Chunked\r\n"), (b"GET", b"/", b"", 11, b"a", True, -1, False)),
    (head(HOST + b"Transfer-Encoding: gzip, chunked\r\n"), 501), (head(HOST + b"Transfer-Encoding: gzip\r\n"), 400),
    (head(HOST + b"Transfer-Encoding: chunked, gzip\r\n"), 400),
    (head(HOST + b"Transfer-Encoding: chunked, chunked\r\n"), 400),
    (head(HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400),
    (head(HOST + b"Transfer-Encoding: chunked\r\n", b"POST / HTTP/1.0"), 400),
    (head(HOST + b"Expect: 100-Continue\r\n"), (b"GET", b"/", b"", 11, b"a", True, 0, True)),
    (head(HOST + b"Expect: 100-continue\r\n", b"GET / HTTP/1.0"), (b"GET", b"/", b"", 10, b"a", False, 0, False)),
    (head(HOST + b"Expect: a pony\r\n"), 417),
    # other forms of a target
    (head(line=b"OPTIONS * HTTP/1.1"), (b"OPTIONS", b"*", b"", 11, b"a", True, 0, False)),
    (head(line=b"GET * HTTP/1.1"), 400), (head(line=b"GET a HTTP/1.1"), 400),
    (head(line=b"GET ftp://b/ HTTP/1.1"), 400),
    (head(line=b"GET http://b HTTP/1.1"), (b"GET", b"/", b"", 11, b"b", True, 0, False)),
    (head(line=b"GET http://b?c=/d HTTP/1.1"), (b"GET", b"/", b"c=/d", 11, b"b", True, 0, False)),
    (head(line=b"GET HTTP://b:80/c/d?e HTTP/1.1"), (b"GET", b"/c/d", b"e", 11, b"b:80", True, 0, False)),
    (head(line=b"GET http:/x/b HTTP/1.1"), 400), (head(line=b"GET http:///b HTTP/1.1"), 400),
    (head(line=b"GET http://:80/ HTTP/1.1"), 400), (head(line=b"GET http://b[/ HTTP/1.1"), 400),
])
def test_a_head(given, want):
    got = outcome(http.parse_head, given, 80, 4)
    if isinstance(got, Head):
        assert told(got, PARSED) == want
        plain = want[3] == 11 and want[0] != b"HEAD"
        assert told(got) == (*want, given, plain, len(given), None, None, (), None)
        # what most clients send is parsed elsewhere, and alike
        assert told(http_rare.parse_head(given, 80, 4), PARSED) == want
    else:
        assert got == want
        assert http.plain_head(given, 80, 4) is None


@pytest.mark.parametrize("given", [
    head(), head(line=b"POST /a?b=c HTTP/1.1"), head(line=b"BREW /%7ea%2f HTTP/1.1"), head(b"A: b\r\nhOST:a:80\r\n"),
    head(HOST + b"Connection: Close\r\nContent-Length: 123456789\r\n"), head(HOST + b"Bost: c\r\nX: keep-alive\r\n"),
    head(HOST + b"Connection: keep-alive\r\n"), head(HOST + b"Connection: keep-alive, Upgrade\r\n"),
    head(HOST + b"Connection: Upgrade\r\n"), head(HOST + b"Connection: e, u\r\n"), head(HOST + b"Connection:\r\n"),
])
def test_what_most_clients_send_is_parsed_at_once(given):
    want = told(http_rare.parse_head(given, 80, 4), PARSED)
    assert told(http.plain_head(given, 80, 4), PARSED) == want
    # and so it is where heads are remembered, whatever came before
    fields, line = given[given.find(b"\r\n") + 2 : -2], given[: given.find(b"\r\n")]
    before = [head(), head(HOST + b"Bost: c\r\n"), head(fields, b"GET /o?p HTTP/1.1"), head(line=line), given]
    for n in range(len(before)):
        assert told(found(*before[:n], given), PARSED) == want


@pytest.mark.parametrize("given", [
    # what is unusual, or wrong, and so asked of the whole grammar
    head(b""), head(line=b"GET / HTTP/1.0"), head(line=b"GET / HTTP/1.2"), head(line=b"OPTIONS * HTTP/1.1"),
    head(line=b"M-SEARCH / HTTP/1.1"), head(line=b"GET http://a/ HTTP/1.1"), head(b"Host: a b\r\n"),
    head(b"Host: [::1]\r\n"), head(b"Host: a:\r\n"), head(b"Host: :80\r\n"), head(b"Host:\r\n"), head(HOST + HOST),
    head(HOST + b"Connection: upgrade, te\r\n"), head(HOST + b"Content-Length: 5\r\n" * 2),
    head(HOST + b"Content-Length: 0\r\n" * 2), head(HOST + b"Content-Length: 1234567890\r\n"),
    head(HOST + b"Content-Length: +5\r\n"), head(HOST + b"Transfer-Encoding: chunked\r\n"),
    head(HOST + b"Expect: 100-continue\r\n"), head(HOST + b"Connection: " + b" " * 512 + b"\r\n"),
])
def test_what_few_clients_send_is_left_to_the_whole_grammar(given):
    assert http.plain_head(given, 80, 4) is None
    assert found(head(), given) is None


@pytest.mark.parametrize(("name", "want"), [
    (b"a", b"b c"), (b"host", b"x"), (b"e", b""), (b"b", None), (b"get / http/1.1", None), (b"a" * 99, None),
])
def test_a_field(name, want):
    assert body.field(b"GET / HTTP/1.1\r\nHost:x\r\nA: \t b c \t\r\na: d\r\nE:\r\n\r\n", name) == want


@pytest.mark.parametrize(("field", "want"), [
    (b"Content-Type: Text/HTML ; charset=utf-8\r\n", b"text/html"), (b"X: y\r\n", b""),
])
def test_a_media_type_is_looked_for_once(field, want):
    head = Head()
    head.raw = b"POST / HTTP/1.1\r\n" + field + b"\r\n"
    assert body.kind(head) == want
    head.raw = b""
    assert body.kind(head) == want


@pytest.mark.parametrize(("code", "want"), [
    (200, b""), (304, b"Not Modified"), (404, b"Not Found"), (418, b""), (505, b"HTTP Version Not Supported"),
    (203, b"Non-Authoritative Information"), (999, b""),
])
def test_a_reason(code, want):
    assert status.reason(code) == want


def test_a_name_that_is_none_of_http_is_no_attribute():
    # not the modules that this file has imported: another test may have unloaded them
    assert http.unquote is http.lazy.urlencoding.unquote
    assert (http.field, http.kind) == (http.lazy.body.field, http.lazy.body.kind)
    assert b"PATCH" in http.METHODS
    assert http.make_room is http.lazy.hooks.make_room
    # where the core is one .mpy file, a program may name these without an import
    assert (http.http, http.server) == (tinyweb.http, tinyweb.server)
    with pytest.raises(AttributeError):
        http.nothing  # noqa: B018


@pytest.mark.parametrize(("code", "want"), [(200, 200), (404, 404), (599, 599), ("201", 201), ("599", 599)])
def test_a_status(code, want):
    assert status.status(code) == want


@pytest.mark.parametrize("code", [199, 600, 0, -1, 1000, "99", "600", "OK", "404 Not Found", "", "-5", 404.0, None,
                                  True, [], (404,), b"404"])
def test_what_is_no_status(code):
    with pytest.raises(ValueError, match="from 200 to 599"):
        status.status(code)


@pytest.mark.parametrize(("code", "want"), [(404, "Not Found\n"), (418, "Status 418\n"), (599, "Status 599\n")])
def test_the_text_of_a_status(code, want):
    assert status.phrase(code) == want
