# One hook sees every response, whatever makes it; a preflight is answered before the hooks; and a hook, a log or a list
# of hosts that is wrong, or comes late, takes no answer away.
import harness
import pytest

PROGRAM = """
import asyncio
import tinyweb
from tinyweb.server import HTTPException

app = tinyweb.webserver()


@app.before_request
KIND def before(req, resp):
    resp.add_header("X-Before", "yes")
    if req.path == b"/login":
        raise HTTPException(401, None, {"WWW-Authenticate": "Basic"})
    if req.path == b"/instead":
        return "instead", 202


@app.after_request
KIND def after(req, resp):
    WAIT
    resp.add_header("X-After", "%d" % resp.code)


@app.get("/text")
def text(req, resp):
    return "text"


@app.get("/json")
async def json(req, resp):
    return {"a": 1}, 201


@app.get("/none")
def none(req, resp):
    pass


@app.get("/error")
async def error(req, resp):
    await resp.error(409, "no")


@app.get("/redirect")
async def redirect(req, resp):
    await resp.redirect("/")


@app.get("/raise")
async def raises(req, resp):
    raise HTTPException(403)


@app.get("/bug")
async def bug(req, resp):
    return 1 / 0


@app.get("/sends")
async def sends(req, resp):
    await resp.start_html()
    await resp.send("short")


@app.get("/long")
async def long(req, resp):
    for _ in range(10):
        await resp.send("x" * 500)


@app.get("/flushed")
async def flushed(req, resp):
    await resp.send("x")
    await resp.flush()
    await resp.send("y")


@app.get("/slow")
async def slow(req, resp):
    await resp.send("x")
    await asyncio.sleep(0.02)
    await resp.send("y")


@app.get("/released")
async def released(req, resp):
    await resp.start("text/plain")
    await resp.release()
    await resp.send("x")


@app.get("/ended")
async def ended(req, resp):
    await resp.send("x")
    await resp.end()


@app.get("/file")
async def file(req, resp):
    await resp.send_file("page.html")


@app.get("/no-file")
async def no_file(req, resp):
    await resp.send_file("nothing.html")


@app.resource("/rest")
def rest(data):
    return {"a": 1}


@app.resource("/generator")
def generator(data):
    yield "a"
    yield "b"


@app.post("/form")
async def form(req, resp):
    return await req.read_parse_form_data()


app.static("/s", ".")
app.run(HOST, PORT)
"""
RESPONSES = {
    "/text": 200, "/json": 201, "/none": 204, "/error": 409, "/redirect": 302, "/raise": 403, "/bug": 500,
    "/sends": 200, "/long": 200, "/flushed": 200, "/slow": 200, "/released": 200, "/ended": 200, "/file": 200,
    "/no-file": 404, "/rest": 200, "/generator": 200, "/s/page.html": 200, "/s/nothing": 404, "/nowhere": 404,
    "/form": 405, "/login": 401, "/instead": 202,
}


@pytest.fixture(scope="module", params=[("", "pass"), ("async", "pass"), ("async", "await asyncio.sleep(0.001)")],
                ids=["plain", "async", "waits"])
def server(request, serve_module, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "page.html").write_bytes(b"<p>page</p>" * 500)
    kind, wait = request.param
    text = PROGRAM.replace("KIND def", f"{kind} def".strip()).replace("WAIT", wait)
    return serve_module(text, heap=harness.ROOMY, traceback=True, cwd=str(folder))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", RESPONSES)
def test_a_hook_reaches_every_response(server, path, method):
    with harness.Client(server.port) as c:
        for _ in range(2):
            answer = c.request(harness.message(path, method=method), method)
            assert answer.code == RESPONSES[path], answer
            assert answer.headers["x-before"] == "yes", answer
            assert answer.all("x-after") == [str(answer.code)], answer


def test_a_hook_reaches_a_304_and_a_range(server):
    first = harness.get(server.port, "/file")
    for path in ("/file", "/s/page.html"):
        for _ in range(2):
            answer = harness.get(server.port, path, [("If-None-Match", first.headers["etag"])])
            assert (answer.code, answer.headers["x-after"]) == (304, "304"), answer
            answer = harness.get(server.port, path, [("Range", "bytes=0-1")])
            assert (answer.code, answer.headers["x-after"], answer.body) == (206, "206", b"<p"), answer


ANSWERING = """
import tinyweb

app = tinyweb.webserver()


@app.after_request
async def after(req, resp):
    do = req.query_string
    if do == b"redirect":
        await resp.redirect("/login")
    elif do == b"error":
        await resp.error(409, "no")
    elif do == b"send":
        await resp.send("and more")
    elif do == b"start":
        await resp.start_html()
    elif do == b"short":
        resp.add_header("Content-Length", "3")
    elif do == b"long":
        resp.headers["content-length"] = 100000
    elif do == b"none":
        resp.headers = None
    elif do == b"list":
        resp.headers = [("X-List", "1"), ("Content-Length", "3")]


@app.get("/text")
def text(req, resp):
    return "text"


@app.get("/sends")
async def sends(req, resp):
    await resp.send("sends")


@app.get("/file")
async def file(req, resp):
    await resp.send_file("page.html")


@app.get("/raise")
def raises(req, resp):
    raise tinyweb.HTTPException(403)


@app.resource("/generator")
def generator(data):
    yield "genera"
    yield "tor"


app.static("/s", ".")
app.run(HOST, PORT)
"""
PAGE = b"<p>page</p>" * 500
BODIES = {"/text": b"text", "/sends": b"sends", "/file": PAGE, "/s/page.html": PAGE, "/generator": b"generator",
          "/raise": b"Forbidden\n"}


def test_what_a_hook_sends_or_sets_is_never_behind_a_whole_response(serve, tmp_path):
    """RFC 9112 6.3: bytes behind a response are the next response."""
    (tmp_path / "page.html").write_bytes(PAGE)
    server = serve(ANSWERING, heap=harness.ROOMY, traceback=True, cwd=str(tmp_path))
    for do in ("", "redirect", "error", "send", "start", "short", "long", "none", "list"):
        for path, body in BODIES.items():
            for method in "GET", "HEAD":
                with harness.Client(server.port) as c:
                    want = {"redirect": 302, "error": 409}.get(do, 403 if path == "/raise" else 200)
                    what = do, path, method
                    if do == "long" and body != PAGE and method == "GET":
                        continue  # it has promised more than it sends
                    answer = c.request(harness.message(f"{path}?{do}", method=method), method)
                    assert answer.code == want, (what, answer)
                    assert len(answer.all("content-type")) == 1, (what, answer)
                    assert len(answer.all("content-length")) < 2, (what, answer)
                    assert want < 300 or "etag" not in answer.headers, (what, answer)
                    if do == "redirect":
                        assert (answer.headers["location"], answer.body) == ("/login", b""), (what, answer)
                    elif do == "error":
                        assert answer.body == (b"no" if method == "GET" else b""), (what, answer)
                    elif do in ("", "start", "none") and method == "GET":
                        assert answer.body == body, (what, answer)
                    elif do in ("short", "long", "list") and method == "GET":
                        assert answer.body in (body, body[:3]), (what, answer)
                    if answer.headers.get("connection") == "close":
                        assert c.closed(), what
                    else:
                        assert c.request(harness.message("/text")).body == b"text", what


PREFLIGHT = """
import tinyweb
from tinyweb.server import HTTPException

app = tinyweb.webserver(debug=DEBUG)


@app.before_request
async def login(req, resp):
    if req.header("Authorization") is None:
        raise HTTPException(401, None, {"WWW-Authenticate": "Basic"})


@app.route("/route", methods=["GET", "PUT"], allowed_access_control_origins="http://a.example")
async def route(req, resp):
    return "secret"


@app.route("/item/<id>", methods=["DELETE"])
async def item(req, resp, id):
    return "secret"


@app.resource("/rest", method="PATCH")
def rest(data):
    return "secret"


@app.route("/own", methods=["GET", "OPTIONS"])
async def own(req, resp):
    return "own"


app.run(HOST, PORT)
"""


@pytest.mark.parametrize("debug", [False, True])
def test_a_preflight_is_answered_before_the_hooks(serve, debug):
    """Fetch 3.2.2: it never has credentials, and a status that is not ok fails the request behind it."""
    server = serve(PREFLIGHT.replace("DEBUG", str(debug)), heap=harness.FROZEN)
    ask = [("Origin", "http://a.example"), ("Access-Control-Request-Method", "PUT")]
    for path, method in (("/route", "PUT"), ("/item/5", "DELETE"), ("/rest", "PATCH")):
        with harness.Client(server.port) as c:
            for _ in range(2):
                answer = c.request(harness.message(path, ask, method="OPTIONS"), "OPTIONS")
                assert answer.code in (200, 204), answer
                assert method in answer.headers["access-control-allow-methods"], answer
                assert answer.headers["access-control-allow-origin"] in ("*", "http://a.example"), answer
                # what it is for is still guarded
                assert c.request(harness.message(path, method=method), method).code == 401
    # a handler of the program's own is guarded too
    assert harness.get(server.port, "/own", ask, method="OPTIONS").code == 401
    assert harness.get(server.port, "/nowhere", ask, method="OPTIONS").code == 401


FAULTY = """
import tinyweb
from tinyweb.server import HTTPException

app = tinyweb.webserver()


@app.after_request
KIND def after(req, resp):
    raise ERROR


@app.get("/text")
def text(req, resp):
    return "text"


@app.get("/stream")
async def stream(req, resp):
    for _ in range(10):
        await resp.send("x" * 500)


@app.get("/error")
async def error(req, resp):
    await resp.error(404)


app.run(HOST, PORT)
"""


@pytest.mark.parametrize(("error", "code"), [("ValueError('mine')", 500), ("KeyError()", 500),
                                             ("HTTPException(403)", 403), ("OSError(5)", 500)])
@pytest.mark.parametrize("kind", ["", "async "])
def test_a_hook_that_raises_leaves_an_answer(serve, kind, error, code):
    server = serve(FAULTY.replace("KIND ", kind).replace("ERROR", error), traceback=True, heap=harness.FROZEN)
    with harness.Client(server.port) as c:
        for path in ("/text", "/stream", "/error", "/nowhere"):
            for _ in range(2):
                answer = c.request(harness.message(path))
                assert answer.code in (code, 404, 500) and answer.code >= 400, answer
        assert c.request(harness.message("/text")).code in (code, 500)
    server.wait_output("after")


LATE = """
import asyncio
import tinyweb

app = tinyweb.webserver(HOSTS)


@app.get("/")
def index(req, resp):
    return "index"


@app.get("/restrict")
def restrict(req, resp):
    app.allowed_hosts = NAMES
    return "restricted"


@app.get("/log")
def log(req, resp):
    app.access_log = lambda *args: print("LOG", args[2])
    return "logging"


app.run(HOST, PORT)
"""


def test_hosts_and_a_log_that_come_late_count_at_once(serve):
    server = serve(LATE.replace("HOSTS", "").replace("NAMES", "('localhost', 'Board.local')"))
    with harness.Client(server.port) as c:
        assert c.request(harness.message("/", host="evil.example")).code == 200
        assert c.request(harness.message("/restrict")).code == 200
        assert c.request(harness.message("/", host="evil.example")).code == 421
        assert c.request(harness.message("/", host="board.LOCAL:8081")).code == 200
        assert c.request(harness.message("/log")).code == 200
        assert c.request(harness.message("/")).code == 200
    server.wait_output("LOG b'/'")


BEGUN = """
import asyncio
import tinyweb

app = tinyweb.webserver()
calls = []


def change(what):
    if what == "hook":
        app.before_request(lambda req, resp: None)
    elif what == "log":
        app.access_log = lambda *args: None
    else:
        app.allowed_hosts = ("localhost",)


@app.post("/unread/<what>")
def unread(req, resp, what):
    calls.append("unread")
    change(what)
    return "once"


@app.post("/waits/<what>")
async def waits(req, resp, what):
    calls.append("waits")
    await resp.send("on")
    await asyncio.sleep(0.1)
    change(what)
    await resp.send("ce")


@app.get("/calls")
def index(req, resp):
    return " ".join(calls)


app.run(HOST, PORT)
"""


@pytest.mark.parametrize("what", ["hook", "log", "hosts"])
@pytest.mark.parametrize("how", ["unread", "waits"])
def test_what_comes_while_a_handler_runs_does_not_call_it_again(serve, how, what):
    server = serve(BEGUN)
    with harness.Client(server.port) as c:
        answer = c.request(harness.message(f"/{how}/{what}", method="POST", body=b"body", host="localhost"))
        assert (answer.code, answer.text) == (200, "once"), answer
        assert c.request(harness.message("/calls", host="localhost")).text == how


@pytest.mark.parametrize("names", ["'localhost'", "'LOCALHOST'", "('localhost',)", "['localhost']"])
def test_one_name_is_a_name_and_no_piece_of_one(serve, names):
    for where in ("HOSTS", "NAMES"):
        text = LATE.replace(where, f"allowed_hosts={names}" if where == "HOSTS" else names)
        server = serve(text.replace("HOSTS", "").replace("NAMES", "None"))
        if where == "NAMES":
            assert harness.get(server.port, "/restrict").code == 200
        assert harness.get(server.port, "/").code == 200
        for host in ("local", "host", "localhos", "l", "localhost.evil.example", "xlocalhost"):
            assert harness.get(server.port, "/", [("Host", host)]).code == 421, host
        # of 1.0, which need not name a host: it may not go round the list
        assert harness.fetch(server.port, b"GET / HTTP/1.0\r\n\r\n").code == 421
        assert harness.fetch(server.port, b"GET / HTTP/1.1\r\nHost:\r\n\r\n").code == 421
