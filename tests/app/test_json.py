# JSON in, whatever its type, and out, without numbers that JSON has not.
import json

import harness
import pytest

PROGRAM = """
import tinyweb

app = tinyweb.webserver(max_concurrency=3)
NAN = float("nan")
INF = float("inf")


@app.route("/json", methods=["GET", "POST", "PUT", "DELETE"])
async def read(req, resp):
    return {"got": await req.json()}


@app.post("/small", max_body_size=20)
async def small(req, resp):
    return {"got": await req.json()}


@app.post("/twice")
async def twice(req, resp):
    await req.json()
    return {"got": await req.json()}


class Given(Exception):
    pass


VALUES = [
    {"t": NAN, "u": INF, "v": -INF, "w": 1.5},
    [NAN, [INF, {"a": (-INF, 2)}]],
    {"a": {"b": [NAN, "nan", "inf", "NaN", "Infinity"]}, "information": "banana"},
    {"x": None, "y": True},
    {NAN: 1, INF: 2},
    [],
    [0.0, -0.0, 1e300, 5],
]


@app.get("/out/<int:n>")
async def out(req, resp, n):
    return VALUES[n]


@app.get("/coded/<int:n>")
def coded(req, resp, n):
    return VALUES[n], 201, {"X-A": "b"}


@app.errorhandler(418)
def teapot(req, resp, error):
    return {"t": NAN}, 418


@app.get("/error")
def error(req, resp):
    raise tinyweb.HTTPException(418)


class Sensor:
    def get(self, data, n):
        return VALUES[int(n)]

    def post(self, data, n):
        return VALUES[int(n)], 202


@app.resource("/rest/async/<n>")
async def later(data, n):
    return VALUES[int(n)]


@app.resource("/rest/number")
def number(data):
    return INF


app.add_resource(Sensor, "/rest/<n>")
app.run(HOST, PORT)
"""


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(PROGRAM, compiled=True, heap=harness.ROOMY)


TYPES = ["text/plain;charset=UTF-8", "application/json", "application/x-www-form-urlencoded", "image/png", None]


def post(port, target, body, kind=None, chunks=None, method="POST"):
    fields = [("Content-Type", kind)] if kind else []
    if chunks:
        fields.append(("Transfer-Encoding", "chunked"))
        body = harness.chunked(*[body[i:i + chunks] for i in range(0, len(body), chunks)])
    return harness.get(port, target, fields, method, body)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("chunks", [None, 1, 7, 1000])
def test_a_body_is_read_as_json_whatever_its_type(server, kind, chunks):
    for value in ({"a": [1, None, "\u00e4\u20ac"], "b": {"c": 1.5}}, [1, 2], 5, "x", True, None, {}):
        got = post(server.port, "/json", json.dumps(value, ensure_ascii=False).encode(), kind, chunks)
        assert (got.code, json.loads(got.text)) == (200, {"got": value}), got


@pytest.mark.parametrize("body", [b"{", b"{a: 1}", b"a=1", b'{"a": 1', b"nothing", b"\xff",
                                  b'"\xff"', b"[1]x", b"   ", b"NaN",
                                  b"[Infinity]", b"[-Infinity]", b"'a'", "[1]".encode("utf-16"), b"[" * 200])
@pytest.mark.parametrize("chunks", [None, 5])
def test_what_is_no_json_is_400_with_a_sentence(server, body, chunks):
    with harness.Client(server.port) as c:
        for kind in ("text/plain", "application/json"):
            fields = [("Content-Type", kind)]
            data = body
            if chunks:
                fields.append(("Transfer-Encoding", "chunked"))
                data = harness.chunked(*[body[i:i + chunks] for i in range(0, len(body), chunks)])
            got = c.request(harness.message("/json", fields, "POST", data), "POST")
            assert (got.code, got.text.strip()) == (400, "The body is not JSON"), got
        assert c.request(harness.message("/out/3")).code == 200, "the connection goes on"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_no_body_at_all_is_400_with_a_sentence(server, method):
    got = harness.get(server.port, "/json", method=method)
    assert (got.code, got.text.strip()) == (400, "The body is empty, JSON was expected"), got
    got = post(server.port, "/json", b"", "application/json", 1)
    assert got.code == 400 and "empty" in got.text, got
    assert post(server.port, "/twice", b"[1]").code == 400, "it can be read once"


@pytest.mark.parametrize("chunks", [None, 3, 100])
def test_a_body_above_the_limit_is_413_and_names_it(server, chunks):
    assert post(server.port, "/small", b"[%s]" % (b"1" * 18), None, chunks).code == 200
    got = post(server.port, "/small", b"[%s]" % (b"1" * 19), None, chunks)
    assert got.code == 413 and "max_body_size" in got.text and "20" in got.text, got
    got = post(server.port, "/json", b"[%s]" % (b"1" * 2000), None, chunks)
    assert got.code == 413 and "1024" in got.text, got


def test_a_client_that_leaves_within_its_json_leaves_nothing_behind(server):
    for _ in range(4):
        with harness.Client(server.port) as c:
            c.send(b"POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n[1,")
    assert post(server.port, "/json", b"[1]").code == 200


def no_number(name):
    raise AssertionError(name)


WANT = [
    {"t": None, "u": None, "v": None, "w": 1.5},
    [None, [None, {"a": [None, 2]}]],
    {"a": {"b": [None, "nan", "inf", "NaN", "Infinity"]}, "information": "banana"},
    {"x": None, "y": True},
    None,
    [],
    [0.0, -0.0, 1e300, 5],
]


@pytest.mark.parametrize("n", range(len(WANT)))
@pytest.mark.parametrize(("target", "method", "code"), [
    ("/out/%d", "GET", 200), ("/coded/%d", "GET", 201), ("/rest/%d", "GET", 200), ("/rest/%d?a=b", "GET", 200),
    ("/rest/%d", "POST", 202), ("/rest/async/%d", "GET", 200),
])
def test_what_leaves_is_json(server, n, target, method, code):
    for _ in range(2):
        if method == "POST":
            got = post(server.port, target % n, b"{}", "application/json")
        else:
            got = harness.get(server.port, target % n)
        assert (got.code, got.headers["content-type"]) == (code, "application/json"), got
        value = json.loads(got.text, parse_constant=no_number)
        if WANT[n] is None:
            # a key is a text in any case
            assert sorted(value.values()) == [1, 2], got
        else:
            assert value == WANT[n], got


def test_errors_and_single_numbers_are_json_too(server):
    got = harness.get(server.port, "/error")
    assert (got.code, json.loads(got.text, parse_constant=no_number)) == (418, {"t": None}), got
    assert harness.get(server.port, "/rest/number").text == "null"
