# Errors of a resource are JSON of one shape, {"message": ...}; those of other routes stay text.
import json

import harness
import pytest

PROGRAM = """
import tinyweb
from tinyweb import HTTPException

app = tinyweb.webserver(debug=%s)


# What is no JSON: MicroPython would write it as repr() does.
RESULTS = {
    "set": lambda: {1, 2},
    "iterator": lambda: iter([1]),
    "object": object,
    "class": lambda: Thing,
    "keys": lambda: {1: 2}.keys(),
    "code": lambda: (object(), 201),
}


class Thing:
    def get(self, data, id):
        if id == "dict":
            return {"message": "gone"}, 404
        if id == "bug":
            return 1 / 0
        if id == "bytes":
            raise HTTPException(409, "t\u00e4a".encode())
        if id in RESULTS:
            return RESULTS[id]()
        raise HTTPException(int(id), data.get("m"), {"X-More": "1"})

    async def put(self, data, id):
        raise HTTPException(409, "changed meanwhile")


app.add_resource(Thing, "/thing/<id>")
app.add_resource(Thing, "/number/<int:id>/more", allowed_access_control_origins=("http://a.example",))


@app.route("/text")
def text(req, resp):
    return 1 / 0


app.run(HOST, PORT)
"""


@pytest.fixture(scope="module")
def port(serve_module):
    return serve_module(PROGRAM % "False", heap=harness.FROZEN, compiled=True, traceback=True).port


def check(got, code, message):
    assert (got.code, got.headers["content-type"]) == (code, "application/json"), got
    assert json.loads(got.body) == {"message": message}, got


def test_an_exception_gives_its_message(port):
    got = harness.get(port, "/thing/418?m=t%C3%A4a+%22pot%22")
    check(got, 418, 'täa "pot"')
    assert got.headers["x-more"] == "1", got
    check(harness.get(port, "/thing/x", method="PUT"), 409, "changed meanwhile")


def test_a_message_may_be_bytes(port):
    check(harness.get(port, "/thing/bytes"), 409, "täa")


@pytest.mark.parametrize("name", ["set", "iterator", "object", "class", "keys", "code"])
def test_a_result_that_is_no_json_is_a_500(port, name):
    check(harness.get(port, "/thing/" + name), 500, "Internal Server Error")


def test_an_exception_without_a_message_gives_the_reason_phrase(port):
    check(harness.get(port, "/thing/404"), 404, "Not Found")
    check(harness.get(port, "/thing/503"), 503, "Service Unavailable")


def test_a_result_with_a_code_is_as_it_is(port):
    check(harness.get(port, "/thing/dict"), 404, "gone")


def test_a_method_that_is_not_there_is_405_with_allow(port):
    got = harness.get(port, "/thing/1", method="DELETE")
    check(got, 405, "Method Not Allowed")
    assert {m.strip() for m in got.headers["allow"].split(",")} == {"GET", "HEAD", "PUT", "OPTIONS"}, got


def test_a_word_where_a_number_belongs_is_404_as_json(port):
    for target in ("/number/x/more", "/number/-1/more", "/number/" + "9" * 19 + "/more"):
        for method in ("GET", "PUT", "DELETE"):
            got = harness.get(port, target, [("Origin", "http://a.example")], method)
            check(got, 404, "Not Found")
            assert got.headers["access-control-allow-origin"] == "http://a.example", got
        assert harness.get(port, target, method="OPTIONS").code == 404, target
    assert harness.get(port, "/number/404/more").code == 404
    for target in ("/number/x", "/number/x/less", "/number/x/more/y"):
        got = harness.get(port, target)
        assert (got.code, got.text) == (404, "Not Found\n"), got


def test_a_method_that_is_not_there_can_be_read_by_another_origin(port):
    got = harness.get(port, "/thing/1", [("Origin", "http://x.example")], "DELETE")
    assert (got.code, got.all("access-control-allow-origin")) == (405, ["*"]), got


def test_a_failing_method_is_500_and_tells_nothing(port):
    got = harness.get(port, "/thing/bug")
    check(got, 500, "Internal Server Error")
    assert got.headers["access-control-allow-origin"] == "*", got


def test_the_connection_goes_on_after_an_error(port):
    with harness.Client(port) as c:
        for target, code in (("/thing/404", 404), ("/thing/bug", 500), ("/thing/dict", 404)):
            assert c.request(harness.message(target)).code == code


def test_other_routes_keep_their_text(port):
    for target, code in (("/text", 500), ("/nowhere", 404)):
        got = harness.get(port, target)
        assert (got.code, got.headers["content-type"]) == (code, "text/plain; charset=utf-8"), got


def test_debug_tells_the_traceback_in_json(serve):
    server = serve(PROGRAM % "True", heap=harness.FROZEN, compiled=True, traceback=True)
    got = harness.get(server.port, "/thing/bug")
    assert got.headers["content-type"] == "application/json", got
    assert "ZeroDivisionError" in json.loads(got.body)["message"], got
