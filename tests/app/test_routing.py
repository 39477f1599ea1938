# URL -> handler: literal segments, typed parameters in any number, and what no route takes.
import json

import harness
import pytest

PROGRAM = """
import tinyweb

app = tinyweb.webserver(max_concurrency=3)


def add(name, url, **more):
    async def f(req, resp, *params):
        return {"at": name, "is": params}
    app.add_route(url, f, **more)


add("root", "/")
add("one", "/a/<id>")
add("one b", "/a/<id>/b")
add("number", "/n/<int:n>")
add("number name", "/n/<int:n>/<name>")
add("rest", "/f/<path:rest>")
add("number rest", "/g/<int:n>/<path:rest>")
add("parameter", "/lit/<x>")
add("literal", "/lit/me")
add("parameter q", "/lit/<x>/q")
add("before parameter", "/tif/me")
add("after literal", "/tif/<x>")
add("number first", "/kind/<int:x>")
add("five", "/x/<a>/<b>/mid/<int:c>/<d>/<path:e>")
add("middle", "/m/<a>/end")
add("dot", "/d/a.b-c_d~e")
add("put", "/put", methods=["PUT"])
add("many", "/many", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
add("slash", "/slash/")
add("no slash", "/slash")
add("r\\u00e4ksm\\u00f6rg\\u00e5s", "/r\\u00e4ksm\\u00f6rg\\u00e5s")


def short(name):
    async def f(req, resp):
        return name + " " + req.method.decode()
    return f


app.get("/short")(short("get"))
app.post("/short")(short("post"))
app.put("/short")(short("put"))
app.patch("/short")(short("patch"))
app.delete("/short")(short("delete"))


@app.route("/decorated/<x>", methods=["GET"])
async def decorated(req, resp, x):
    return x


@app.get("/twice/a")
@app.get("/twice/b")
async def twice(req, resp):
    return req.path


app.run(HOST, PORT)
"""

# (target, name of the route that takes it, the parameters it gets)
ROUTED = [
    ("/", "root", []),
    ("/?a=1", "root", []),
    ("/a/1", "one", ["1"]),
    ("/a/", "one", [""]),
    ("/a/?x", "one", [""]),
    ("/a/1/b", "one b", ["1"]),
    ("/a//b", "one b", [""]),
    ("/a/a%20b", "one", ["a b"]),
    ("/a/%C3%A4%e2%82%AC", "one", ["\u00e4\u20ac"]),
    ("/a/x%2Fy", "one", ["x/y"]),  # the path is split first, so this slash is data
    ("/a/x%2Fb/b", "one b", ["x/b"]),
    ("/a/%3F", "one", ["?"]),
    ("/a/%2520", "one", ["%20"]),  # decoded once
    ("/a/a+b", "one", ["a+b"]),  # '+' is a space in queries only
    ("/a/a%2Bb", "one", ["a+b"]),
    ("/a/a;b=c,d", "one", ["a;b=c,d"]),
    ("/a/..", "one", [".."]),
    ("/n/1", "number", [1]),
    ("/n/0", "number", [0]),
    ("/n/007", "number", [7]),
    ("/n/123456789012345678", "number", [123456789012345678]),
    ("/n/5/x", "number name", [5, "x"]),
    ("/n/5/", "number name", [5, ""]),
    ("/f/", "rest", [""]),
    ("/f/a", "rest", ["a"]),
    ("/f/a/b/c", "rest", ["a/b/c"]),
    ("/f/a/b/", "rest", ["a/b/"]),
    ("/f//a", "rest", ["/a"]),
    ("/f/%C3%A4/%20", "rest", ["\u00e4/ "]),
    ("/g/3/a/b", "number rest", [3, "a/b"]),
    ("/lit/me", "literal", []),
    ("/lit/you", "parameter", ["you"]),
    ("/lit/men", "parameter", ["men"]),
    ("/lit/m", "parameter", ["m"]),
    ("/lit/me/q", "parameter q", ["me"]),
    ("/tif/me", "before parameter", []),
    ("/tif/you", "after literal", ["you"]),
    ("/x/1/2/mid/3/4/5/6", "five", ["1", "2", 3, "4", "5/6"]),
    ("/x///mid/3//", "five", ["", "", 3, "", ""]),
    ("/m/x/end", "middle", ["x"]),
    ("/d/a.b-c_d~e", "dot", []),
    ("/slash/", "slash", []),
    ("/slash", "no slash", []),
]

NOT_FOUND = ["/none", "/a", "/n", "/n/", "/n/x", "/n/1x", "/n/1.0", "/n/x/y", "/n/1_0", "/n/+1", "/n/%201", "/n/0x1",
             "/n/%D9%A3", "/n/%C2%B2", "/f", "/lit", "/m/x/", "/m/x/ends", "/m/x/end/", "/m/x/y/end", "/d/a", "/aa/1",
             "/a/1/c", "/kind/", "/kind/x", "/A/1", "/x/1/2/mid/x/4/5", "/short/", "//", "/slash//", "/put/x"]


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(PROGRAM, heap=harness.ROOMY)


@pytest.mark.parametrize(("target", "at", "params"), ROUTED, ids=[row[0] for row in ROUTED])
def test_a_target_finds_its_route_and_parameters(server, target, at, params):
    for method in ("GET", "POST"):
        answer = harness.get(server.port, target, method=method)
        assert answer.code == 200, answer
        assert json.loads(answer.body) == {"at": at, "is": params}, answer


@pytest.mark.parametrize("target", NOT_FOUND)
def test_what_no_route_takes_is_404_for_every_method(server, target):
    with harness.Client(server.port) as c:
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"):
            answer = c.request(harness.message(target, method=method))
            assert answer.code == 404, (method, answer)


@pytest.mark.parametrize("target", ["/a/%", "/a/%z", "/a/%zz", "/a/%4", "/a/%4g", "/a/%ff", "/a/%C3", "/a/%C3%28",
                                    "/a/%ED%A0%80", "/a/%F8%88%80%80%80", "/a/%C0%AF", "/a/%00", "/f/%ff/%zz",
                                    "/n/%ff", "/lit/%ff/q", "/%ff", "/%"])
def test_a_broken_escape_is_never_a_500(server, target):
    answer = harness.get(server.port, target)
    assert answer.code in (200, 400, 404), answer


def test_an_encoded_literal_segment_is_either_the_literal_or_not_found_but_never_confused(server):
    """RFC 3986 6.2.2.2: %6D%65 and me are equivalent; a server may leave it at 404 or take the parameter's route."""
    answer = harness.get(server.port, "/lit/%6D%65")
    assert (answer.code, answer.text) in ((200, '{"at": "literal", "is": []}'),
                                          (200, '{"at": "parameter", "is": ["me"]}')), answer


def test_another_method_is_405_with_allow(server):
    for target, methods in (("/a/1", {"GET", "POST", "HEAD", "OPTIONS"}), ("/put", {"PUT", "OPTIONS"}),
                            ("/short", {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})):
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            answer = harness.get(server.port, target, method=method)
            if method in methods:
                assert answer.code == 200, answer
            else:
                assert answer.code == 405, answer
                allow = {m.strip() for m in answer.headers["allow"].split(",")}
                assert methods - {"HEAD", "OPTIONS"} <= allow <= methods, answer


def test_the_short_forms_are_routes_of_one_method_each(server):
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        answer = harness.get(server.port, "/short", method=method)
        assert answer.text == "{} {}".format(method.lower(), method), answer


def test_a_decorator_gives_the_function_back(server):
    assert harness.get(server.port, "/decorated/x").text == "x"
    assert harness.get(server.port, "/twice/a").text == "/twice/a"
    assert harness.get(server.port, "/twice/b").text == "/twice/b"


def test_a_url_that_is_not_ascii_is_found_by_its_encoded_form(server):
    answer = harness.get(server.port, "/r%C3%A4ksm%C3%B6rg%C3%A5s")
    assert answer.code == 200, answer


REGISTRATION = """
import tinyweb

app = tinyweb.webserver(max_concurrency=3)


async def f(req, resp, *params):
    pass


def tell(what, call):
    try:
        call()
        print(what, "=> taken")
    except ValueError as e:
        print(what, "=> ValueError", e)
    except Exception as e:
        print(what, "=> other", repr(e))


for url in ("", "/a?b", "?", "/<", "/<a", "/a>", "/<>", "/<int:>", "/<float:x>", "/<:x>", "/a<b>", "/<a>b", "/<a><b>",
            "/<path:x>/more", "/<a", "/<int:a", "/x/<<a>>"):
    tell("url " + repr(url), lambda: app.add_route(url, f))
tell("first", lambda: app.add_route("/dup", f))
tell("again", lambda: app.add_route("/dup", f))
tell("again by route", lambda: app.route("/dup")(f))
tell("again by get", lambda: app.get("/dup")(f))
tell("param", lambda: app.add_route("/p/<a>", f))
tell("param again", lambda: app.add_route("/p/<a>", f))
tell("param other name", lambda: app.add_route("/p/<b>", f))
tell("get", lambda: app.get("/two")(f))
tell("post beside get", lambda: app.post("/two")(f))
tell("get again", lambda: app.get("/two")(f))
tell("catchall", lambda: app.catchall()(f))
tell("error", lambda: app.errorhandler(404)(f))
print("done")
"""


def test_a_programmers_error_is_a_value_error_with_the_url_in_it(interpreter):
    with harness.launch(REGISTRATION, interpreter) as program:
        program.wait_end()
        lines = dict(line.split(" => ", 1) for line in program.output().splitlines() if " => " in line)
        assert "done" in program.output(), program.output()
    for what, said in lines.items():
        if what.startswith("url "):
            assert said.startswith("ValueError"), (what, said)
            assert len(what) < 8 or what[5:-1] in said, (what, said)  # '' and '?' name themselves
    for what in ("again", "again by route", "again by get", "param again", "param other name", "get again"):
        assert lines[what].startswith("ValueError"), (what, lines[what])
        assert "/" in lines[what], lines[what]
    for what in ("first", "param", "get", "post beside get", "catchall", "error"):
        assert lines[what] == "taken", (what, lines[what])


CATCHALL = """
import tinyweb

app = tinyweb.webserver(max_concurrency=3)


@app.route("/known")
async def known(req, resp):
    return "known"


@app.catchall()
async def rest(req, resp):
    resp.code = 404
    await resp.start_html()
    await resp.send(b"caught " + req.method + b" " + req.path)


app.run(HOST, PORT)
"""


def test_catchall_takes_what_no_route_takes_with_every_method(serve):
    server = serve(CATCHALL)
    assert harness.get(server.port, "/known").text == "known"
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
        answer = harness.get(server.port, "/any/where?x", method=method)
        assert (answer.code, answer.text) == (404, "caught {} /any/where".format(method)), answer
        assert answer.headers["content-type"].startswith("text/html"), answer
    head = harness.get(server.port, "/x", method="HEAD")
    assert (head.code, head.body) == (404, b""), head
