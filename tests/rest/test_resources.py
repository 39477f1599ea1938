# What add_resource() and @app.resource make of a program's methods: every shape of a method and of its result.
import json

import harness
import pytest

PROGRAM = """
import asyncio
import tinyweb

app = tinyweb.webserver()


class All:
    def get(self, data, a, b):
        return {"method": "get", "params": [a, b]}

    async def post(self, data, a, b):
        await asyncio.sleep(0.01)
        return {"method": "post", "data": data}, 201, {"X-Kind": "new"}

    def put(self, data, a, b):
        return ["put", data]

    async def patch(self, data, a, b):
        return "patch"

    def delete(self, data, a, b):
        pass


app.add_resource(All, "/all/<a>/<int:b>")


class Counter:
    def __init__(self, start):
        self.count = start

    def get(self, data):
        self.count += 1
        return self.count


app.add_resource(Counter(41), "/counter")


class Words:
    def get(self, data, **kwargs):
        return kwargs


app.add_resource(Words, "/words", unit="C", digits=2, max_body_size=9)
RESULTS = [
    {}, [], "", b"bytes", 0, 1.5, True, None, (None, 201), ({}, 202), ([1], 200),
    ("<p>", 200, {"Content-Type": "text/html"}), (b"\\xff\\xfe", 200, {"Content-Type": "image/png"}),
    "\\u00e4\\u20ac", {"\\u00e4": "\\u20ac"}, {"long": "\\u00e4" * 700},
    ({"lost": 1}, 204), bytearray(b"array"), memoryview(b"view"), (None, 200), (None, 404, {"X-Why": "none"}),
]


@app.resource("/result/<int:number>")
def result(data, number):
    return RESULTS[number]


@app.resource("/user/<id>")
def user(data, id):
    return {"id": id, "name": "foo"}


@app.resource("/user/<id>", method="POST")
async def user(data, id):
    yield "{"
    yield '"id": "{}",'.format(id)
    yield '"name": "test"'
    yield "}"


@app.resource("/async")
async def later(data):
    await asyncio.sleep(0)
    return {"later": True}


@app.resource("/limited", method="PUT", max_body_size=9, unit="C")
def limited(data, unit):
    return [data, unit]


@app.resource("/probe", method="HEAD")
def probe(data):
    return "", 200, {"X-Probe": "own"}


@app.resource("/nothing", method="DELETE")
async def nothing(data):
    await asyncio.sleep(0)


app.run(HOST, PORT)
"""


@pytest.fixture(scope="module")
def port(serve_module):
    return serve_module(PROGRAM, heap=harness.ROOMY, compiled=True).port


def check(port, target, method="GET", code=200, want=None, **more):
    got = harness.get(port, target, method=method, **more)
    assert (got.code, got.headers.get("content-type")) == (code, "application/json"), got
    assert json.loads(got.body) == want, got.body
    return got


def test_every_method_of_a_class_is_called_with_the_parameters_in_order(port):
    check(port, "/all/x%20y/7", want={"method": "get", "params": ["x y", 7]})
    got = check(port, "/all/x/7", "POST", 201, {"method": "post", "data": {}})
    assert got.headers["x-kind"] == "new", got
    check(port, "/all/x/7?q=1", "PUT", want=["put", {"q": "1"}])
    got = harness.get(port, "/all/x/7", method="PATCH")
    assert (got.code, got.body) == (200, b"patch"), got


def test_a_method_without_a_result_is_204_without_a_type(port):
    for target in ("/all/x/7", "/nothing"):
        got = harness.get(port, target, method="DELETE")
        assert (got.code, got.body) == (204, b""), got
        assert "content-type" not in got.headers and "content-length" not in got.headers, got


def test_an_object_keeps_its_state(port):
    first = json.loads(harness.get(port, "/counter").body)
    check(port, "/counter", want=first + 1)


def test_extra_keywords_go_to_the_method_and_the_route_keeps_its_own(port):
    check(port, "/words", want={"unit": "C", "digits": 2})
    got = harness.get(port, "/words", [("Content-Type", "application/json")], "GET", b'{"a": 1234}')
    assert got.code == 413, got


@pytest.mark.parametrize("number, code, kind, body", [
    (0, 200, "application/json", b"{}"),
    (1, 200, "application/json", b"[]"),
    (2, 200, "application/json", b""),
    (3, 200, "application/json", b"bytes"),
    (4, 200, "application/json", b"0"),
    (5, 200, "application/json", b"1.5"),
    (6, 200, "application/json", b"true"),
    (7, 204, None, b""),
    (8, 201, None, b""),
    (9, 202, "application/json", b"{}"),
    (10, 200, "application/json", b"[1]"),
    (11, 200, "text/html", b"<p>"),
    (12, 200, "image/png", b"\xff\xfe"),
    (13, 200, "application/json", "ä€".encode()),
    (16, 204, "application/json", b""),
    (17, 200, "application/json", b"array"),
    (18, 200, "application/json", b"view"),
    (19, 204, None, b""),
    (20, 404, None, b""),
])
def test_a_result_of_each_shape(port, number, code, kind, body):
    got = harness.get(port, f"/result/{number}")
    assert (got.code, got.headers.get("content-type"), got.body) == (code, kind, body), got
    if code == 200:
        assert got.all("content-length") == [str(len(body))], got


@pytest.mark.parametrize("number, want", [(14, {"ä": "€"}), (15, {"long": "ä" * 700})])
def test_content_length_counts_bytes(port, number, want):
    got = check(port, f"/result/{number}", want=want)
    assert got.framing == "length", got


def test_a_function_has_its_own_limit_and_keywords(port):
    json_type = [("Content-Type", "application/json")]
    got = harness.get(port, "/limited", json_type, "PUT", b'{"a": 12}')
    assert (got.code, json.loads(got.body)) == (200, [{"a": 12}, "C"]), got
    assert harness.get(port, "/limited", json_type, "PUT", b'{"a": 123}').code == 413


def test_functions_for_two_methods_of_one_url(port):
    check(port, "/user/5", want={"id": "5", "name": "foo"})
    got = check(port, "/user/5", "POST", want={"id": "5", "name": "test"})
    assert got.framing == "chunked", got
    check(port, "/async", want={"later": True})


def test_head_is_a_get_without_its_body(port):
    for target in ("/user/5", "/result/15"):
        want = harness.get(port, target)
        got = harness.get(port, target, method="HEAD")
        assert (got.code, got.body, got.headers) == (200, b"", want.headers), got


def test_head_may_have_a_function_of_its_own(port):
    got = harness.get(port, "/probe", method="HEAD")
    assert (got.code, got.body, got.headers.get("x-probe")) == (200, b"", "own"), got


def test_one_connection_serves_all_of_them(port):
    with harness.Client(port) as c:
        for target in ("/user/5", "/result/7", "/result/15", "/async") * 3:
            assert c.request(harness.message(target)).code in (200, 204)
        assert c.request(harness.message("/user/5", method="POST")).code == 200
        assert c.request(harness.message("/user/5")).code == 200


REGISTRATION = """
import tinyweb

app = tinyweb.webserver()


class Broken:
    def __init__(self):
        raise KeyError("no sensor")

    def get(self, data):
        return ""


class Fine:
    def get(self, data):
        return ""


app.add_resource(Fine, "/there")
for cls, url in ((Broken, "/broken"), (object, "/empty"), (Fine, ""), (Fine, "/a?b"), (Fine, "/<x"), (Fine, "/there")):
    try:
        app.add_resource(cls, url)
        print("nothing", url)
    except (KeyError, ValueError) as e:
        print(type(e).__name__, e)
app.run(HOST, PORT)
"""


def test_mistakes_surface_at_registration(serve):
    got = serve(REGISTRATION, heap=harness.FROZEN, compiled=True).output().splitlines()
    assert [line.split()[0] for line in got] == ["KeyError"] + ["ValueError"] * 5, got
    assert "no sensor" in got[0] and "/empty" in got[1] and "/a?b" in got[3] and "/there" in got[5], got


SMALL = """
import tinyweb

app = tinyweb.webserver()
db = {}


class Customers:
    def get(self, data):
        return db

    def post(self, data):
        db[data["id"]] = data
        return {"message": "created"}, 201


app.add_resource(Customers, "/customers")
app.run(HOST, PORT)
"""


def test_a_resource_fits_the_heap_of_a_small_board(serve):
    port = serve(SMALL, compiled=True).port
    with harness.Client(port) as c:
        for i in range(30):
            body = b'{"name": "Jack", "id": "%d", "round": %d}' % (i % 4, i)
            got = c.request(harness.message("/customers?a=1", [("Content-Type", "application/json")], "POST", body))
            assert got.code == 201, got
            got = c.request(harness.message("/customers"))
            assert json.loads(got.body)[str(i % 4)]["round"] == i, got
