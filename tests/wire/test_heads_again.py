# The server remembers the header fields of some heads, and parses no more than the request line of a head with the same
# ones. A client could try to be taken for another one by that, or to have its request end in a wrong place.
import itertools
import json
import time

import harness
import pytest

PROGRAM = """
import asyncio
import tinyweb
from tinyweb.known_heads import Heads

app = tinyweb.webserver(max_concurrency=5, max_head=1500, max_line=300)
app.allowed_hosts = ALLOWED
going_on = None


@app.route("/s/<rest>", methods=["GET", "POST", "PUT", "M-SEARCH", "OPTIONS"], save_headers=["X-Mark", "Host"])
@app.route("/a", methods=["GET", "POST", "PUT"], save_headers=["X-Mark", "Host"])
async def say(req, resp, rest=""):
    body = await req.body()
    return {"method": req.method.decode(), "path": req.path.decode(), "query": req.query_string.decode(),
            "host": req.headers.get(b"Host", b"").decode(), "mark": text(req.header("X-Mark")),
            "saved": req.headers.get(b"X-Mark", b"").decode(), "known": req.head.host.decode(),
            "last": text(req.header("X-Last")), "version": req.head.version, "body": body.decode()}


def text(value):
    return value and bytes(value).decode()


@app.get("/waits")
async def waits(req, resp):
    global going_on
    if going_on and not going_on.is_set():
        return await stream(req, resp)  # another client with the same head
    going_on = asyncio.Event()
    await going_on.wait()
    return text(req.header("X-Mark"))


@app.post("/goes_on")
def goes_on(req, resp):
    going_on.set()


@app.post("/add/<name>")
def add(req, resp, name):
    app.add_route("/s/" + name, lambda req, resp: "added " + name)


@app.get("/stream")
async def stream(req, resp):
    link = await resp.stream()
    await link.write(b"begun")
    await link.readable()


@app.post("/remember/<int:most>")
def remember(req, resp, most):
    before = len(app._heads._heads) if app._heads else 1
    app._heads = Heads(most) if most > 1 else None
    return str(before)


@app.post("/allow/<name>")
def allow(req, resp, name):
    app.allowed_hosts = [name] if name != "all" else None


app.run(HOST, PORT)
"""
BOTH = """
import ssl
import tinyweb

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain({cert!r}, {key!r})
plain, secret = tinyweb.webserver(), tinyweb.webserver()
for app, name in (plain, "http"), (secret, "https"):
    app.add_route("/s", lambda req, resp, name=name: name + " " + bytes(req.header("Host")).decode())
    app.add_route("/port", lambda req, resp: str(secret.port))
secret.run(HOST, 0, loop_forever=False, ssl=context)
plain.run(HOST, PORT)
"""
HEAP = "256k"
# How many heads are remembered: one where memory is short, and four.
MOST = [1, 4]


def do(port, path, host=b"a"):
    """Have the server do something, on a connection of its own; give the answer."""
    with harness.Client(port) as c:
        line = b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n" % (path.encode(), host)
        answer = c.request(line, method="POST")
        assert answer.code in (200, 204), answer
        return answer


@pytest.fixture(scope="module", params=["micropython", "cpython"])
def interpreter(request):
    return request.param


@pytest.fixture(scope="module")
def started(serve_module, interpreter):
    server = serve_module("ALLOWED = None\n" + PROGRAM, heap=HEAP)
    assert do(server.port, "/remember/1").text == "4"
    return server


@pytest.fixture(params=MOST)
def server(request, started):
    do(started.port, "/remember/%d" % request.param)
    return started


def fields(mark, host="a", more=b"", end=b""):
    return (
        b"Host: %s\r\nUser-Agent: %s\r\nX-Mark: %s\r\n" % (host.encode(), b"browser " * 20, mark.encode())
        + more
        + b"X-Last: z"
        + end
        + b"\r\n\r\n"
    )


def ask(line, block, body=b""):
    return line + b"\r\n" + block + body


def check(answer, **want):
    assert answer.code == 200, answer
    got = json.loads(answer.body)
    assert {name: got[name] for name in want} == want, got
    assert got["saved"] == (got["mark"] or "") and got["known"] == got["host"], got


def learn(c, *blocks):
    """Have the server remember these fields."""
    for block in blocks:
        for path in (b"/s/1", b"/s/22"):
            assert c.request(ask(b"GET %s HTTP/1.1" % path, block)).code == 200


def test_another_path_query_or_method_is_what_is_answered(server):
    one, two = fields("one"), fields("two", "b")
    with harness.Client(server.port) as c, harness.Client(server.port) as d:
        for number, (block, mark, host) in enumerate([(one, "one", "a"), (two, "two", "b")] * 6):
            client = (c, d)[number % 2]
            answer = client.request(ask(b"GET /s/%d?q=%d HTTP/1.1" % (number, number * 7), block))
            check(
                answer, path="/s/%d" % number, query="q=%d" % (number * 7), mark=mark, host=host, method="GET", body=""
            )
            check(
                client.request(ask(b"PUT /a HTTP/1.1", block)), path="/a", query="", mark=mark, host=host, method="PUT"
            )


def test_fields_that_differ_in_one_place_are_other_fields(server):
    usual = fields("mark")
    with harness.Client(server.port) as c:
        learn(c, usual)
        for block, want in [
            (fields("Mark"), {"mark": "Mark"}),
            (fields("mark", "b"), {"host": "b"}),
            (fields("mark", end=b"y"), {"last": "zy"}),
            (fields("mark", more=b"X-Mark: other\r\n"), {"mark": "mark"}),
            (usual.replace(b"X-Last: z\r\n", b""), {"last": None}),
            (usual.replace(b"X-Last: ", b"X-Last:"), {"last": "z"}),
            (usual, {"mark": "mark", "host": "a", "last": "z"}),
        ]:
            check(c.request(ask(b"GET /s/x HTTP/1.1", block)), path="/s/x", **want)
            check(c.request(ask(b"GET /s/yy HTTP/1.1", block)), path="/s/yy", **want)


def test_a_head_that_goes_on_behind_known_fields_does_not_end_there(server):
    """The known bytes are a prefix of what comes, up to the last CR LF, and the other way round."""
    usual = fields("mark")
    longer = usual[:-2] + b"X-More: " + b"m" * 30 + b"\r\n\r\n"
    with harness.Client(server.port) as c:
        for first, then in ((usual, longer), (longer, usual)):
            learn(c, first)
            for number in range(3):
                answer = c.request(ask(b"POST /s/%d HTTP/1.1" % number, then))
                check(answer, mark="mark", path="/s/%d" % number, body="")


@pytest.mark.parametrize("length", [0, 5, 41])
def test_a_body_is_as_long_as_the_fields_of_its_own_head_say(server, length):
    plain = fields("mark")
    framed = [fields("mark", more=b"Content-Length: %d\r\n" % n) for n in (length, length + 1)]
    hidden = ask(b"GET /s/hidden HTTP/1.1", plain)
    with harness.Client(server.port) as c:
        learn(c, plain)
        for n, block in zip((length, length + 1), framed, strict=True):
            for path in (b"/s/1", b"/s/22", b"/a"):
                body = (hidden * 3)[:n]
                check(c.request(ask(b"POST %s HTTP/1.1" % path, block, body)), body=body.decode(), path=path.decode())
                check(c.request(ask(b"GET %s HTTP/1.1" % path, plain)), body="", path=path.decode())


def test_requests_in_a_row_are_taken_apart(server):
    one, two = fields("one"), fields("two", "b", b"Content-Length: 4\r\n")
    with harness.Client(server.port) as c:
        learn(c, one)
        wanted = []
        data = b""
        for number in range(9):
            path = "/s/" + "x" * number
            data += ask(b"GET %s HTTP/1.1" % path.encode(), one)
            data += ask(b"POST %s HTTP/1.1" % path.encode(), two, b"%04d" % number)
            wanted += [
                {"path": path, "mark": "one", "host": "a", "body": ""},
                {"path": path, "mark": "two", "host": "b", "body": "%04d" % number},
            ]
        for pieces in None, 211:
            c.send(data, pieces)
            for want in wanted:
                check(c.answer(), **want)


def test_a_head_is_whole_only_when_its_last_byte_has_come(server):
    """What an earlier head has left in the buffer must not complete it."""
    block = fields("mark", more=b"Content-Length: 2\r\n")
    request = ask(b"POST /s/abc HTTP/1.1", block, b"ok")
    with harness.Client(server.port) as c, harness.Client(server.port) as other:
        learn(other, fields("mark"))
        for cut in (*range(1, 30, 3), 60, len(request) - 5, len(request) - 3, len(request) - 2, len(request) - 1):
            check(other.request(request), path="/s/abc", body="ok")
            c.send(request[:cut])
            check(other.request(ask(b"POST /s/def HTTP/1.1", block, b"no")), path="/s/def", body="no")
            c.send(request[cut:])
            check(c.answer(), path="/s/abc", body="ok")
        check(c.request(request, pieces=1), path="/s/abc", body="ok")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"GET /a HTTP/1.0", 200),
        (b"GET /a HTTP/1.2", 200),
        (b"GET /a HTTP/2.0", 505),
        (b"GET /a", 400),
        (b"GET  /a HTTP/1.1", 400),
        (b"GET /a HTTP/1.1 ", 400),
        (b"GET /a b HTTP/1.1", 400),
        (b"GET /a\tb HTTP/1.1", 400),
        (b"GET /a\x00 HTTP/1.1", 400),
        (b"GET /a\xc3\xa4 HTTP/1.1", 400),
        (b"GET /a#b HTTP/1.1", 400),
        (b"GET /a HTTP/1.1\nX-Mark: evil", 400),
        (b"GET /a HTTP/1.1\rX-Mark: evil", 400),
        (b"G@T /a HTTP/1.1", 400),
        (b" GET /a HTTP/1.1", 400),
        (b"GET a HTTP/1.1", 400),
        (b"GET * HTTP/1.1", 400),
        (b"OPTIONS * HTTP/1.1", 204),
        (b"GET http://evil/a HTTP/1.1", 200),
        (b"GET https://evil/a HTTP/1.1", 400),
        (b"M-SEARCH /s/1 HTTP/1.1", 200),
        (b"GET /a?" + b"q" * 290 + b" HTTP/1.1", 414),
        (b"HEAD /a HTTP/1.1", 200),
        (b"DELETE /a HTTP/1.1", 405),
    ],
)
def test_another_request_line_is_judged_by_the_whole_grammar(server, line, code):
    block = fields("mark")
    with harness.Client(server.port) as c:
        learn(c, block)
        answer = c.request(ask(line, block), method="HEAD" if line.startswith(b"HEAD") else "GET")
        assert answer.code == code, answer
        if code == 200 and not line.startswith(b"HEAD"):
            host = "evil" if b"evil" in line else "a"
            got = json.loads(answer.body)
            assert (got["mark"], got["known"]) == ("mark", host), got
            assert got["version"] == (10 if b"1.0" in line else 11), got
        if b"1.0" in line or code in (400, 414, 505):
            assert c.closed(), answer
        else:
            check(c.request(ask(b"GET /s/after HTTP/1.1", block)), path="/s/after", mark="mark", host="a")


@pytest.mark.parametrize(
    ("more", "then"),
    [
        (b"Connection: close\r\n", "closed"),
        (b"Connection: keep-alive\r\n", "kept"),
        (b"Expect: 100-continue\r\n", "kept"),
        (b"Transfer-Encoding: chunked\r\n", "chunked"),
    ],
)
def test_what_fields_say_of_connection_and_framing_is_said_again(server, more, then):
    block, plain = fields("mark", more=more), fields("mark")
    for path in b"/s/1", b"/s/22", b"/s/22", b"/a":
        with harness.Client(server.port) as c:
            learn(c, plain)
            body = b"3\r\nGET\r\n0\r\n\r\n" if then == "chunked" else b""
            answer = c.request(ask(b"POST %s HTTP/1.1" % path, block, body), method="POST")
            check(answer, path=path.decode(), mark="mark", body="GET" if body else "")
            if then == "closed":
                assert c.closed()
            else:
                check(c.request(ask(b"GET /s/after HTTP/1.1", plain)), path="/s/after")


def test_malformed_fields_are_refused_each_time(server):
    plain = fields("mark")
    for bad in (
        plain.replace(b"X-Last", b"X Last"),
        plain.replace(b"X-Last: z", b"X-Last: \0"),
        plain.replace(b"mark\r\n", b"mark\n"),
        plain.replace(b"Host: a", b"Host: a b"),
        plain + b"",
        plain.replace(b"X-Last:", b"Host: b\r\nX-Last:"),
    ):
        for line in b"GET /s/1 HTTP/1.1", b"GET /s/22 HTTP/1.1", b"GET /s/22 HTTP/1.1":
            with harness.Client(server.port) as c:
                learn(c, plain)
                code = c.request(ask(line, bad)).code
                assert code == (200 if bad == plain else 400), (bad, code)


def test_a_field_that_changes_with_each_request(server):
    with harness.Client(server.port) as c:
        for number in range(6):
            answer = c.request(ask(b"GET /s/1 HTTP/1.1", fields("mark%d" % number)))
            check(answer, mark="mark%d" % number, last="z")
        # in its place, and what stands around it as before
        line = b"X-Mark: mark0\r\n"
        plain = fields("mark0")
        assert line in plain
        for instead, want in [
            (line + b"Content-Length: 3\r\n", {"mark": "mark0", "body": "GET"}),
            (b"Content-Length: 3\r\n", {"mark": None, "body": "GET"}),
            (b"Transfer-Encoding: chunked\r\n", {"mark": None, "body": ""}),
            (b"X-Other: a\r\nX-Mark: b\r\n", {"mark": "b", "body": ""}),
            (b"", {"mark": None, "body": ""}),
        ]:
            body = b"0\r\n\r\n" if b"chunked" in instead else want["body"].encode()
            for _ in range(2):
                check(c.request(ask(b"GET /s/1 HTTP/1.1", plain.replace(line, instead), body)), last="z", **want)
                check(c.request(ask(b"GET /s/1 HTTP/1.1", fields("mark7"))), mark="mark7", body="")
    bads = b"X-Mark: a\rb\r\n", b"X-Mark: a\n", b"X-Mark: \0\r\n", b" folded\r\n", b"Host: b\r\n", b"none\r\n"
    for bad in (*bads, b"X-Mark : a\r\n"):
        with harness.Client(server.port) as c:
            for number in range(4):
                check(c.request(ask(b"GET /s/1 HTTP/1.1", fields("mark%d" % number))), mark="mark%d" % number)
            assert c.request(ask(b"GET /s/1 HTTP/1.1", plain.replace(line, bad))).code == 400, bad


@pytest.mark.parametrize("size", [560, 600, 640, 700, 1100])
def test_a_head_longer_than_what_is_remembered(server, size):
    pad = fields("mark", more=b"X-Pad: " + b"p" * size + b"\r\n")[: size - 40] + b"\r\nX-Last: z\r\n\r\n"
    plain = fields("plain")
    with harness.Client(server.port) as c:
        for number in range(8):
            path = "/s/" + "y" * (number * 9)
            check(c.request(ask(b"GET %s HTTP/1.1" % path.encode(), pad)), path=path, mark="mark")
            check(c.request(ask(b"GET %s HTTP/1.1" % path.encode(), plain)), path=path, mark="plain")


def test_many_clients_in_turn_get_their_own(server):
    clients = [harness.Client(server.port) for _ in range(5)]
    try:
        for number, i in itertools.product(range(4), range(5)):
            block = fields("mark%d" % i, "host%d" % i)
            answer = clients[i].request(ask(b"GET /s/%d HTTP/1.1" % number, block))
            check(answer, mark="mark%d" % i, host="host%d" % i, path="/s/%d" % number)
    finally:
        for client in clients:
            client.close()


def test_a_host_that_is_not_allowed_is_refused_with_known_fields_too(serve_module, interpreter):
    server = serve_module("ALLOWED = ['a']\n" + PROGRAM, heap=HEAP)
    good, bad = fields("mark"), fields("mark", "evil")
    with harness.Client(server.port) as c, harness.Client(server.port) as d:
        for number in range(4):
            check(c.request(ask(b"GET /s/%d HTTP/1.1" % number, good)), host="a", path="/s/%d" % number)
            assert d.request(ask(b"GET /s/%d HTTP/1.1" % number, bad)).code == 421
            assert d.request(ask(b"GET http://evil/s/1 HTTP/1.1", good)).code == 421


def test_hosts_that_are_allowed_may_change_while_fields_are_known(server):
    one, two = fields("one", "a"), fields("two", "b")
    with harness.Client(server.port) as c, harness.Client(server.port) as d:
        learn(c, one, two)
        for name, host, codes in (("a", b"a", (200, 421)), ("b", b"a", (421, 200)), ("all", b"b", (200, 200))):
            do(server.port, "/allow/" + name, host)
            for _ in range(2):
                got = [client.request(ask(b"GET /s/%s HTTP/1.1" % path, block)).code
                       for path in (b"1", b"22") for client, block in ((c, one), (d, two))]
                assert got == [*codes, *codes], (name, got)


@pytest.mark.parametrize("meanwhile", [None, "/add/more", "stream", "same", "error"])
def test_a_request_that_waits_keeps_its_fields_whatever_comes_meanwhile(server, meanwhile):
    one, two = fields("one"), fields("two and longer")
    with harness.Client(server.port) as c, harness.Client(server.port) as d:
        learn(d, two)
        c.send(ask(b"GET /waits HTTP/1.1", one))
        with harness.Client(server.port) as e:
            if meanwhile in ("stream", "same"):
                path, mark = (b"/waits", "one") if meanwhile == "same" else (b"/stream", "of a stream")
                e.send(ask(b"GET %s HTTP/1.1" % path, fields(mark)))
                harness.wait_for(lambda: b"begun" in e.buffer or e._receive() and False)
            elif meanwhile == "error":
                assert e.request(ask(b"GET  / HTTP/1.1", fields("of an error"))).code == 400
            elif meanwhile:
                do(server.port, meanwhile + str(time.monotonic_ns()))
            for n in range(6):
                block = fields("two and longer %d" % n, more=b"X-More: %d\r\n" % n)
                check(d.request(ask(b"GET /s/%d HTTP/1.1" % n, block)), mark="two and longer %d" % n)
            do(server.port, "/goes_on")
            got = c.answer()
            assert (got.code, got.text) == (200, "one"), got


def test_a_route_that_is_added_is_found_by_a_head_that_is_known(server):
    block = fields("mark")
    with harness.Client(server.port) as c, harness.Client(server.port) as d:
        name = str(time.monotonic_ns())
        line = b"GET /s/%s HTTP/1.1" % name.encode()
        for client, mark in ((c, "one"), (d, "two")):
            check(client.request(ask(line, fields(mark))), mark=mark, path="/s/" + name)
        do(server.port, "/add/" + name)
        for client, mark in ((c, "one"), (d, "two")):
            assert client.request(ask(line, fields(mark))).text == "added " + name
        check(c.request(ask(b"GET /s/x HTTP/1.1", block)), mark="mark")


def test_what_https_takes_is_refused_by_http(serve_module, interpreter, https, tmp_path):
    kind = "der" if interpreter == "micropython" else "pem"
    cert, key = [str(tmp_path / "tls" / f"{name}.{kind}") for name in ("cert", "key")]
    server = serve_module(BOTH.format(cert=cert, key=key), heap="2m")
    block = fields("mark")
    lines = (b"GET /s HTTP/1.1", b"GET https://c/s HTTP/1.1", b"GET http://c/s HTTP/1.1")
    port = int(harness.get(server.port, "/port").text)
    for _ in range(2):
        with harness.Client(port, ssl=https[1]) as c:
            got = [(a.code, a.text) for a in (c.request(ask(line, block)) for line in lines)]
        assert got == [(200, "https a")] * 3, got
        with harness.Client(server.port) as c:
            got = [(a.code, a.code == 200 and a.text) for a in (c.request(ask(line, block)) for line in lines[::2])]
            assert got == [(200, "http a")] * 2, got
            assert c.request(ask(lines[1], block)).code == 400
