# One path has many spellings: whoever compares paths (a hook, a route, a handler, a log) sees one of them.
import json

import harness
import pytest

PROGRAM = """
import tinyweb

app = tinyweb.webserver(max_concurrency=3, access_log=lambda *args: print("LOG", args[2]))


@app.before_request
def keep_out(req, resp):
    if req.path == b"/secret" or req.path.startswith(b"/admin/"):
        return "Who are you?", 401


@app.get("/secret")
@app.get("/admin/<what>")
@app.get("/admin/<path:rest>")
def secret(req, resp, *params):
    return "the secret"


@app.get("/seen/<path:rest>")
def seen(req, resp, rest):
    return {"path": req.path.decode(), "query": req.query_string.decode(), "rest": rest}


@app.get("/~user/a-b_c.d")
def plain(req, resp):
    return "plain"


@app.get("/caf\u00e9")
def cafe(req, resp):
    return req.path


app.run(HOST, PORT)
"""


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(PROGRAM, compiled=True, heap=harness.ROOMY)


def escaped(text, *places):
    return "".join("%%%02x" % ord(ch) if i in places else ch for i, ch in enumerate(text))


SECRETS = ["/secret", "/%73ecret", "/s%65cret", "/secre%74", "/%73%65%63%72%65%74", "/%73%65c%72et?a=%62", "/admin/x",
           "/%61dmin/x", "/admi%6E/x", "/admin/%78", "/%61%64%6d%69%6E/x/y", "/admin/%2e%2e/secret", "/admin/a%2Fb",
           "/admin/", "/%61dmin/"]


@pytest.mark.parametrize("target", SECRETS)
@pytest.mark.parametrize("form", ["%s", "http://localhost%s", "HTTP://localhost:80%s"])
def test_a_guard_is_not_passed_by_an_escape(server, target, form):
    with harness.Client(server.port) as c:
        for method in ("GET", "HEAD"):
            # the second time the head is the one before
            for _ in range(2):
                got = c.request(harness.message(form % target, method=method))
                assert got.code == 401 and b"secret" not in got.body, (target, got)


@pytest.mark.parametrize("target", ["/%%37%33ecret", "/%7%33ecret", "/%2573ecret", "/%25%37%33ecret", "/%5%373ecret",
                                    "/%2fsecret", "/secret%2f", "/secret%00", "/secret%20", "/%u0073ecret", "/SECRET",
                                    "/%53ecret", "/%2525373ecret"])
def test_nothing_is_decoded_twice(server, target):
    got = harness.get(server.port, target)
    assert got.code == 404 and b"the secret" not in got.body, got


@pytest.mark.parametrize(("target", "path", "rest"), [
    ("/seen/%61%2Fb", "/seen/a%2Fb", "a/b"), ("/seen/a%2fb", "/seen/a%2fb", "a/b"), ("/seen/%7e%2D%2e%5F", "/seen/~-._",
                                                                                   "~-._"),
    ("/s%65en/%C3%A4", "/seen/%C3%A4", "\u00e4"), ("/seen/%2541", "/seen/%2541", "%41"), ("/seen/%", "/seen/%", "%"),
    ("/seen/%4", "/seen/%4", "%4"), ("/seen/%zz%41", "/seen/%zzA", "%zzA"), ("/seen/%2e%2e/x", "/seen/../x", "../x"),
    ("/seen/%20%21", "/seen/%20%21", " !"), ("/seen/%30%39", "/seen/09", "09"),
])
def test_a_handler_sees_the_path_normalised_and_the_query_as_it_is(server, target, path, rest):
    for form in ("%s?q=%%61&r=%%2e", "http://localhost%s?q=%%61&r=%%2e"):
        got = harness.get(server.port, form % target)
        want = '{"path": "%s", "query": "q=%%61&r=%%2e", "rest": ' % path
        assert got.code == 200 and got.body.decode() and path in got.text, (target, want, got)
        assert json.loads(got.text) == {"path": path, "query": "q=%61&r=%2e", "rest": rest}, got


def test_a_route_is_found_however_it_is_spelt(server):
    text = "/~user/a-b_c.d"
    for i in range(1, len(text)):
        if text[i] != "/":
            assert harness.get(server.port, escaped(text, i)).body == b"plain", i
    places = [i for i, ch in enumerate(text) if ch != "/"]
    assert harness.get(server.port, escaped(text, *places)).body == b"plain"
    assert harness.get(server.port, "/caf%C3%A9").body == b"/caf%C3%A9"
    assert harness.get(server.port, "/%63af%C3%A9").body == b"/caf%C3%A9"


def test_the_log_says_what_the_handler_saw(server):
    assert harness.get(server.port, "/seen/l%6F%67?x=%61").code == 200
    server.wait_output("LOG b'/seen/log'")


def test_options_and_errors_see_it_too(server):
    got = harness.get(server.port, "/se%65n/x", method="POST")
    assert (got.code, got.headers["allow"]) == (405, "GET, HEAD, OPTIONS"), got
    assert harness.get(server.port, "*", method="OPTIONS").code < 300
