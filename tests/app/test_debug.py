# What debug=True tells of hooks and error handlers, of a request's methods, and of names that have no effect; and that
# it goes on in a small heap.
import harness
import pytest

PROGRAM = """
import asyncio
import tinyweb

app = tinyweb.webserver(debug=DEBUG)


@app.before_request
def login(req, resp):
    if req.path == b"/login":
        resp.redirect("/elsewhere")
    if req.path == b"/right-plain":
        return resp.error(403)


@app.before_request
async def later(req, resp):
    if req.path == b"/later":
        await asyncio.sleep(0)
        resp.error(403)
    if req.path == b"/right":
        await resp.error(403)


@app.after_request
async def behind(req, resp):
    if req.path == b"/behind":
        resp.send("x")


@app.after_request
def behind_plain(req, resp):
    if req.path == b"/behind-plain":
        resp.status_code = 404


@app.errorhandler(404)
async def missing(req, resp, error):
    resp.redirect("/elsewhere")


@app.errorhandler(KeyError)
def wrong_key(req, resp, error):
    return resp.redirect("/elsewhere")


@app.errorhandler(ValueError)
def wrong_value(req, resp, error):
    resp.error(418)


def page(req, resp):
    return "page"


for url in ("/login", "/later", "/behind", "/behind-plain", "/right", "/right-plain"):
    app.add_route(url, page, methods=["GET"])


@app.get("/key")
def key(req, resp):
    raise KeyError


@app.get("/value")
async def value(req, resp):
    raise ValueError


@app.post("/body")
async def body(req, resp):
    req.body()
    return "x"


@app.post("/json")
async def json(req, resp):
    data = req.json()
    return "x"


@app.post("/form")
async def form(req, resp):
    req.read_parse_form_data()
    return "x"


@app.post("/read")
async def read(req, resp):
    req.read(1)
    return "x"


@app.post("/lookup")
async def lookup(req, resp):
    return req.read_parse_form_data()["name"]


@app.post("/read-right")
async def right(req, resp):
    await req.read_parse_form_data()
    assert await req.body() == b""
    return "x"


@app.get("/end")
async def end(req, resp):
    await resp.send("x")
    resp.end()


@app.get("/start")
async def start(req, resp):
    resp.start("text/plain")
    await resp.send("x")


@app.get("/status")
def status(req, resp):
    resp.status = 404
    return "x"


@app.get("/content-type")
async def content_type(req, resp):
    resp.content_type = "image/png"
    await resp.send("x")


@app.get("/later-body")
async def later_body(req, resp):
    asyncio.create_task(reads(req))
    return "x"


async def reads(req):
    await asyncio.sleep(0.05)
    print("read", await req.body())


@app.get("/task")
async def task(req, resp):
    await asyncio.create_task(resp.send("x"))


app.run(HOST, PORT)
"""
AWAIT = '{}() needs an "await" before it, in an "async def"'
TYPE = 'call resp.add_header("Content-Type", ...)'
TOLD = (
    ("GET", "/login", 302, "in login(): " + AWAIT.format("resp.redirect")),
    ("GET", "/later", None, "in later(): " + AWAIT.format("resp.error")),
    ("GET", "/behind", 200, "in behind(): " + AWAIT.format("resp.send")),
    ("GET", "/behind-plain", 200, "in behind_plain(): resp.status_code has no effect: set resp.code"),
    ("GET", "/none", None, "in missing(): " + AWAIT.format("resp.redirect")),
    ("GET", "/value", None, "in wrong_value(): " + AWAIT.format("resp.error")),
    ("POST", "/body", 200, AWAIT.format("req.body")),
    ("POST", "/json", 200, AWAIT.format("req.json")),
    ("POST", "/form", 200, AWAIT.format("req.read_parse_form_data")),
    ("POST", "/read", 200, AWAIT.format("req.read")),
    ("GET", "/end", 200, AWAIT.format("resp.end")),
    ("GET", "/start", 200, AWAIT.format("resp.start")),
    ("GET", "/status", 200, "resp.status has no effect: set resp.code"),
    ("GET", "/content-type", 200, "resp.content_type has no effect: " + TYPE),
)
RIGHT = (("GET", "/right", 403), ("GET", "/right-plain", 403), ("GET", "/key", 302), ("POST", "/read-right", 200),
         ("GET", "/task", 200))


def ask(port, method, target):
    fields = [("Content-Type", "application/x-www-form-urlencoded")] if method == "POST" else []
    return harness.get(port, target, fields, method, b"name=x" if method == "POST" else b"")


def test_debug_tells_what_hooks_and_handlers_forget(serve):
    # CPython has a warning of its own for a coroutine that nobody awaited, which the fixture looks for
    server = serve(PROGRAM.replace("DEBUG", "True"), traceback=True, heap=harness.ROOMY)
    want = []
    for method, target, code, sentence in TOLD * 2:
        assert code in (None, ask(server.port, method, target).code), target
        want.append(f"tinyweb: {method} {target}: {sentence}")
        server.wait_output(want[-1])
        assert [line for line in server.output().splitlines() if line.startswith("tinyweb:")] == want


def test_what_hooks_and_handlers_await_is_not_spoken_of(serve):
    server = serve(PROGRAM.replace("DEBUG", "True"), traceback=True, heap=harness.ROOMY)
    for method, target, code in RIGHT * 2:
        assert ask(server.port, method, target).code == code, target
    assert "tinyweb:" not in server.output(), server.output()


def test_a_task_that_reads_behind_its_request_is_not_spoken_of(serve):
    server = serve(PROGRAM.replace("DEBUG", "True"), heap=harness.ROOMY)
    with harness.Client(server.port) as c:
        assert c.request(harness.message("/later-body")).text == "x"
        assert "tinyweb:" not in server.wait_output("read b''")


def test_an_await_that_is_missing_where_the_value_is_used(serve):
    server = serve(PROGRAM.replace("DEBUG", "True"), traceback=True, heap=harness.ROOMY)
    assert ask(server.port, "POST", "/lookup").code == 500
    assert 'POST /lookup: is there an "await" missing?' in server.output()


SMALL = """
import sys

import tinyweb

app = tinyweb.webserver(debug=True)


@app.get("/")
async def index(req, resp):
    await resp.send("fine")


@app.get("/text")
async def text(req, resp):
    return "fine"


@app.get("/modules")
async def modules(req, resp):
    return " ".join(name for name in sys.modules if name.startswith("tinyweb"))


@app.get("/full")
async def full(req, resp):
    raise MemoryError


app.run(HOST, PORT)
"""


def test_debug_loads_nothing_that_a_handler_does_not_use():
    # CPython loads all at once
    with harness.start(SMALL) as server:
        loaded = harness.get(server.port, "/modules").text.split()
    assert "tinyweb.debug" in loaded
    unused = {"tinyweb.response_methods", "tinyweb.streaming", "tinyweb.long_response", "tinyweb_static"}
    assert not unused.intersection(loaded), loaded


@pytest.mark.parametrize("heap", ["72k", "76k", harness.HEAP])
def test_debug_goes_on_in_a_small_heap(heap):
    with harness.start(SMALL, heap=heap, compiled=True) as server:
        for _ in range(3):
            for target in "/", "/text":
                assert harness.get(server.port, target).text == "fine", server.output()
            assert harness.get(server.port, "/full").code == 503
            for target in "/text", "/", "/text":
                assert harness.get(server.port, target).text == "fine", server.output()
