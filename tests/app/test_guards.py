# app.guard(): what stands before all handlers below a prefix, whenever and however they are registered.
import harness
import pytest

PROGRAM = """
import os
import tinyweb

app = tinyweb.webserver(max_concurrency=3)


def login(handler):
    async def check(req, resp, *params):
        if req.header("Login") != b"yes":
            return "Who are you?", 401
        result = handler(req, resp, *params)
        return await result if hasattr(result, "send") else result
    return check


def plain(handler):
    def f(req, resp, *params):
        resp.add_header("Plain", "1")
        return handler(req, resp, *params)
    return f


def say(text):
    async def f(req, resp, *params):
        return text + " " + ",".join([str(p) for p in params])
    return f


class Thing:
    def get(self, data):
        return {"thing": 1}


if "www" not in os.listdir("."):
    os.mkdir("www")
    os.mkdir("www/admin")
    for name in "www/index.html", "www/admin/a.html":
        with open(name, "w") as f:
            f.write(name)

# before the guard
app.add_route("/", say("root"))
app.add_route("/admin", say("admin"))
app.add_route("/admin/before", say("before"))
app.add_route("/admin/<name>/x", say("x"))
app.add_route("/administration", say("administration"))
app.add_route("/Admin/upper", say("upper"))
app.add_route("/<kind>/before", say("kind"))
app.add_route("/<int:n>/number", say("number"))
app.guard("/admin/", login)
app.guard("/plain", plain)
app.guard("/web/admin", login)
# behind it
app.add_route("/admin/after", say("after"), methods=("GET", "POST"))
app.add_route("/plain/a", say("plain"))
app.add_route("/%61dmin/escaped", say("escaped"))
app.add_route("/<kind>/after", say("kind"))
app.add_resource(Thing, "/admin/thing")
app.add_resource(Thing, "/thing")
app.static("/web", "www")
app.static("/admin/files", "www")


@app.get("/late")
async def late(req, resp):
    app.guard("/late", login)
    return "guarded from now on"


@app.catchall()
async def other(req, resp):
    return "other", 404


app.run(HOST, PORT)
"""
OPEN = [("/", "root "), ("/administration", "administration "), ("/thing", '{"thing": 1}'), ("/x/before", "kind x"),
        ("/x/after", "kind x"), ("/7/number", "number 7"), ("/web/index.html", "www/index.html"),
        ("/plain/a", "plain ")]
GUARDED = [("/admin", "admin "), ("/admin/before", "before "), ("/admin/y/x", "x y"), ("/admin/after", "after "),
           ("/admin/escaped", "escaped "), ("/Admin/upper", "upper "), ("/admin/thing", '{"thing": 1}'),
           ("/admin/files/index.html", "www/index.html"), ("/web/admin/a.html", "www/admin/a.html"),
           ("/web/admin%2Fa.html", "www/admin/a.html"), ("/%61dmin/before", "before ")]
# Whatever a handler of "/<path:name>" makes of these, the file system may read them as paths below /admin.
ODD = ["//admin/a.html", "/x/../admin/a.html", "/x%2F..%2Fadmin/a.html", "/./admin/a.html", "/x/..",
       "/%5Cadmin%5Ca.html", "/admin./a.html", "/admin%20/a.html", "/admin.%20./a.html", "/ADMIN~1/a.html"]


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(PROGRAM, heap=harness.ROOMY)


def test_what_is_below_the_prefix_asks_and_nothing_else_does(server):
    for path, text in OPEN:
        got = harness.get(server.port, path)
        assert (got.code, got.text) == (200, text), (path, got)
        assert ("plain" in got.headers) == path.startswith("/plain"), (path, got)
    for path, text in GUARDED:
        got = harness.get(server.port, path)
        assert got.code == 401, (path, got)
        got = harness.get(server.port, path, {"Login": "yes"})
        assert (got.code, got.text) == (200, text), (path, got)


def test_a_path_that_a_file_system_may_read_as_one_below_the_prefix_asks(server):
    for path in ODD:
        assert harness.get(server.port, path).code == 401, path
    assert harness.get(server.port, "/x.html/").code == 404


def test_heads_and_posts_ask_and_a_preflight_does_not(server):
    assert harness.get(server.port, "/admin/before", method="HEAD").code == 401
    assert harness.get(server.port, "/admin/after", method="POST", body=b"x").code == 401
    got = harness.get(server.port, "/admin/after", {"Access-Control-Request-Method": "POST"}, method="OPTIONS")
    assert got.code == 204 and "POST" in got.headers["allow"], got


def test_the_catch_all_asks_below_the_prefix_alone(server):
    # in other letters, too: a FAT card would serve the guarded folder by this name
    assert harness.get(server.port, "/nothing", method="PUT").code == 404
    for path in "/admin/nothing", "/ADMIN/a.html", "/Admin%2Fx":
        assert harness.get(server.port, path, method="PUT").code == 401, path


def test_a_guard_that_comes_while_the_server_serves(server):
    assert harness.get(server.port, "/late").text == "guarded from now on"
    assert harness.get(server.port, "/late").code == 401


@pytest.mark.parametrize(("call", "error", "words"), [
    ("app.guard('admin', f)", ValueError, "'/admin/'"), ("app.guard('/a/<b>', f)", ValueError, "without parameters"),
    ("app.guard(b'/a', f)", ValueError, "path"), ("app.guard('/a?b', f)", ValueError, "path"),
    ("app.guard('/a', 5)", TypeError, "not 5"), ("app.guard('/a', lambda f: None)", TypeError, "returned None"),
    ("app.gaurd('/a', f)", AttributeError, "'webserver' object has no attribute 'gaurd'"),
])
def test_a_mistake_is_an_error_at_once(interpreter, call, error, words):
    program = "import tinyweb\napp = tinyweb.webserver()\napp.add_route('/a', lambda req, resp: 'x')\nf = lambda f: f\n"
    r = harness.launch(program + call, interpreter)
    r.wait_end()
    text = r.output()
    r.stop()
    assert error.__name__ in text and words in text, text


NO_MEMORY = """
import tinyweb

app = tinyweb.webserver()
left = 0  # times that memory runs out


def runs_out():
    global left
    left -= 1
    if left >= 0:
        raise MemoryError("as on a full heap")


def says_so(handler):
    def f(req, resp, *params):
        req.unhandled = True
        runs_out()
        req.unhandled = False
        return handler(req, resp, *params)
    return f


def says_nothing(handler):
    def f(req, resp, *params):
        runs_out()
        return handler(req, resp, *params)
    return f


calls = 0


@app.route("/<kind>", methods=("GET", "POST"))
async def handler(req, resp, kind):
    global calls, left
    calls += 1
    body = await req.body()
    if b"full" in body:
        left = 1
        runs_out()
    return "%s %d" % (body.decode(), calls)


@app.post("/short/<int:times>")
def short(req, resp, times):
    global left
    left = times


app.guard("/says", says_so)
app.guard("/silent", says_nothing)
app.run(HOST, PORT)
"""


def test_a_post_whose_guard_finds_no_memory_reaches_its_handler_once(serve):
    server = serve(NO_MEMORY, heap=harness.ROOMY)

    def post(path, body=b"", times=0):
        assert harness.get(server.port, f"/short/{times}", method="POST").code == 204
        return harness.get(server.port, path, method="POST", body=body)

    assert post("/says", b"first").text == "first 1"
    assert post("/says", b"again", times=1).text == "again 2"
    assert post("/says", times=1).text == " 3"
    assert post("/silent", b"none", times=1).code == 503
    assert post("/says", b"full").code == 503  # in the handler: it may have done half of its work
    assert post("/says", b"last").text == "last 5"
    assert post("/says", b"never", times=9).code == 503
    assert post("/silent", b"end").text == "end 6"
