# Other origins: what every answer of a resource and the preflight say (Fetch 3.2).
import harness
import pytest

PROGRAM = """
import tinyweb

app = tinyweb.webserver()


class Thing:
    def get(self, data):
        return {}

    def put(self, data):
        return None

    def post(self, data):
        return {}, 201, {"Vary": "Accept"}


app.add_resource(Thing, "/any")
app.add_resource(Thing, "/one", allowed_access_control_origins="http://a.example",
                 allowed_access_control_headers="Content-Type, X-Token")
app.add_resource(Thing, "/two", allowed_access_control_origins=("http://a.example", "http://b.example:8080"),
                 allowed_access_control_headers=["Content-Type", "X-Token"])


@app.resource("/any", method="DELETE")
def delete(data):
    return {}


app.run(HOST, PORT)
"""
ALLOW = "access-control-allow-"


@pytest.fixture(scope="module")
def port(serve_module):
    return serve_module(PROGRAM, heap=harness.FROZEN, compiled=True).port


def words(value):
    return {w.strip() for w in value.split(",")}


def test_every_answer_names_the_origins(port):
    for method in ("GET", "PUT", "POST", "DELETE"):
        got = harness.get(port, "/any", [("Origin", "http://x.example")], method)
        assert got.all(ALLOW + "origin") == ["*"] and "vary" not in {k for k in got.headers if method != "POST"}, got
        assert words(got.headers[ALLOW + "methods"]) & {"GET", "DELETE"} and got.headers[ALLOW + "headers"] == "*", got
    got = harness.get(port, "/one", [("Origin", "http://x.example")])
    assert got.headers[ALLOW + "origin"] == "http://a.example", got


def test_preflight_tells_the_methods_that_exist(port):
    fields = [("Origin", "http://a.example"), ("Access-Control-Request-Method", "PUT")]
    for target, methods in (("/any", {"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"}),
                            ("/one", {"GET", "HEAD", "PUT", "POST", "OPTIONS"})):
        got = harness.get(port, target, fields, "OPTIONS")
        assert got.code in (200, 204), got
        assert words(got.headers[ALLOW + "methods"]) == words(got.headers["allow"]) == methods, got
    assert got.headers[ALLOW + "origin"] == "http://a.example", got
    assert words(got.headers[ALLOW + "headers"]) == {"Content-Type", "X-Token"}, got


@pytest.mark.parametrize("origin", ["http://a.example", "http://b.example:8080"])
def test_an_origin_of_several_is_echoed(port, origin):
    for method, vary in (("GET", {"Origin"}), ("OPTIONS", {"Origin"}), ("POST", {"Accept", "Origin"})):
        got = harness.get(port, "/two", [("Origin", origin)], method)
        assert got.headers[ALLOW + "origin"] == origin, got
        assert words(got.headers["vary"]) == vary, got
        assert words(got.headers[ALLOW + "headers"]) == {"Content-Type", "X-Token"}, got


@pytest.mark.parametrize("origin", ["http://c.example", "null", "http://a.example:81", "http://b.example", "", None])
def test_another_origin_is_named_nowhere(port, origin):
    for method in ("GET", "OPTIONS"):
        got = harness.get(port, "/two", [("Origin", origin)] if origin is not None else [], method)
        assert not [k for k in got.headers if k.startswith("access-control")], got
        assert got.headers["vary"] == "Origin", got


def test_what_the_program_says_itself_is_said_alone(serve):
    hook = """
@app.after_request
def allow(req, resp):
    resp.add_header("Access-Control-Allow-Origin", "http://own.example")
    resp.add_header("X-More", "1")


app.run(HOST, PORT)
"""
    server = serve(PROGRAM.replace("app.run(HOST, PORT)\n", hook), heap=harness.FROZEN, compiled=True)
    for target, method in (("/any", "GET"), ("/one", "PUT"), ("/two", "POST"), ("/any", "PATCH")):
        got = harness.get(server.port, target, [("Origin", "http://a.example")], method)
        assert got.all(ALLOW + "origin") == ["http://own.example"], got
        assert len(got.all(ALLOW + "methods")) == len(got.all(ALLOW + "headers")) == 1, got


def test_errors_can_be_read_by_the_page_too(port):
    got = harness.get(port, "/two", [("Origin", "http://a.example"), ("Content-Type", "application/json")], "PUT", b"{")
    assert (got.code, got.headers[ALLOW + "origin"], got.headers["vary"]) == (400, "http://a.example", "Origin"), got
