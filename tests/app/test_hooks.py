# before_request, after_request, errorhandler, allowed_hosts and access_log: what stands around a handler.
import json

import harness
import pytest

PROGRAM = """
import tinyweb
from tinyweb.server import HTTPException

app = tinyweb.webserver(allowed_hosts=("device.local", "192.168.1.7", "localhost", "[::1]"))
seen = []


class Own(Exception):
    pass


class Derived(Own):
    pass


@app.before_request
async def first(req, resp):
    seen.append("first")


@app.before_request
def second(req, resp):
    seen.append("second")
    if req.path == b"/denied":
        raise HTTPException(403)
    if req.path == b"/instead":
        return "instead"


@app.after_request
async def after(req, resp):
    seen.append("after %d" % resp.code)
    resp.add_header("X-After", "yes")


@app.errorhandler(404)
async def missing(req, resp, error):
    resp.code = 404
    return "<p>nothing at %s</p>" % req.path.decode()


@app.errorhandler(Own)
def own(req, resp, error):
    return {"own": str(error)}, 409


@app.errorhandler(500)
async def broken(req, resp, error):
    return "own 500", 500


@app.get("/")
async def index(req, resp):
    seen.append("handler")
    return "index"


@app.get("/seen")
async def seen_(req, resp):
    n = seen[:]
    seen.clear()
    return n


@app.get("/denied")
async def denied(req, resp):
    seen.append("never")


@app.get("/instead")
async def instead(req, resp):
    seen.append("never")


@app.get("/own")
async def raise_own(req, resp):
    raise Own("mine")


@app.get("/derived")
async def raise_derived(req, resp):
    raise Derived("too")


@app.get("/http/<int:code>")
async def raise_http(req, resp, code):
    raise HTTPException(code)


@app.get("/bug")
async def bug(req, resp):
    return 1 / 0


@app.get("/writes")
async def writes(req, resp):
    await resp.start_html()
    await resp.send("written")


app.run(HOST, PORT)
"""


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(PROGRAM, traceback=True, heap=harness.ROOMY)


def seen(server):
    return json.loads(harness.get(server.port, "/seen").body)


def test_hooks_run_in_order_around_the_handler(server):
    seen(server)
    answer = harness.get(server.port, "/")
    assert answer.text == "index", answer
    assert answer.headers["x-after"] == "yes", answer
    # the hooks of /seen itself stand at the end
    assert seen(server) == ["after 200", "first", "second", "handler", "after 200", "first", "second"]


def test_a_hook_that_raises_or_answers_keeps_the_handler_out(server):
    seen(server)
    assert harness.get(server.port, "/denied").code == 403
    answer = harness.get(server.port, "/instead")
    assert (answer.code, answer.text) == (200, "instead"), answer
    assert "never" not in seen(server)


def test_an_error_handler_by_code_answers_instead(server):
    with harness.Client(server.port) as c:
        for _ in range(2):
            answer = c.request(harness.message("/none"))
            assert (answer.code, answer.text) == (404, "<p>nothing at /none</p>"), answer
        assert c.request(harness.message("/http/404")).text == "<p>nothing at /http/404</p>"
        assert c.request(harness.message("/http/410")).code == 410


def test_an_error_handler_by_exception_takes_its_subclasses_too(server):
    answer = harness.get(server.port, "/own")
    assert (answer.code, answer.body) == (409, b'{"own": "mine"}'), answer
    answer = harness.get(server.port, "/derived")
    assert (answer.code, answer.body) == (409, b'{"own": "too"}'), answer


def test_an_error_handler_for_500_hides_a_bug(server):
    answer = harness.get(server.port, "/bug")
    assert (answer.code, answer.text) == (500, "own 500"), answer
    server.wait_output("ZeroDivisionError")  # and still it is logged


@pytest.mark.parametrize(("host", "code"), [
    ("device.local", 200), ("DEVICE.local", 200), ("device.local:8081", 200), ("192.168.1.7", 200),
    ("192.168.1.7:80", 200), ("[::1]", 200), ("[::1]:8081", 200),
    ("evil.example", 421), ("evil.example:80", 421), ("device.local.evil.example", 421), ("xdevice.local", 421),
    ("192.168.1.70", 421), ("device", 421),
])
def test_only_allowed_hosts_are_served(server, host, code):
    """RFC 9110 7.4 and 15.5.20."""
    answer = harness.get(server.port, "/", [("Host", host)])
    assert answer.code == code, answer
    assert code == 200 or "index" not in answer.text, answer


def test_the_host_of_an_absolute_form_counts(server):
    """RFC 9112 3.2.2: Host is ignored then."""
    for target, host, code in (("http://evil.example/", "device.local", 421),
                               ("http://device.local/", "x.example", 200)):
        assert harness.get(server.port, target, [("Host", host)]).code == code, target


def test_a_1_0_request_without_a_host_is_no_way_round(server):
    """A browser always sends Host, so either answer is safe from rebinding."""
    assert harness.fetch(server.port, b"GET / HTTP/1.0\r\n\r\n").code in (200, 400, 421)


LOG = """
import json
import tinyweb


def word(x):
    return x.decode() if isinstance(x, bytes) else str(x)


def log(peer, method, path, code, size, ms):
    print("LOG", json.dumps([word(peer), word(method), word(path), code, size, 0 <= ms < 5000]))


app = tinyweb.webserver(access_log=log)


@app.get("/")
async def index(req, resp):
    return "12345"


@app.get("/stream")
async def stream(req, resp):
    await resp.start_html()
    for i in range(10):
        await resp.send("x" * 100)


@app.route("/up", methods=["POST"])
async def up(req, resp):
    return str(len(await req.body()))


app.run(HOST, PORT)
"""
# (method, target, body, code, bytes of the answer's body)
LOGGED = [("GET", "/", b"", 200, 5), ("GET", "/stream", b"", 200, 1000), ("GET", "/none", b"", 404, 0),
          ("HEAD", "/", b"", 200, 0), ("GET", "/up", b"", 405, 0), ("POST", "/up", b"abc", 200, 1)]


def test_access_log_is_called_after_each_answer(serve):
    server = serve(LOG)
    with harness.Client(server.port) as c:
        for method, target, body, code, _ in LOGGED:
            assert c.request(harness.message(target, method=method, body=body)).code == code
        assert c.request(b"GET / HTTP/1.1\r\n\r\n").code == 400

    def lines():
        said = server.output().splitlines()
        return [json.loads(line[4:]) for line in said if line.startswith("LOG ")]

    harness.wait_for(lambda: len(lines()) > len(LOGGED), 5, server.output)
    for got, (method, target, _, code, size) in zip(lines(), LOGGED, strict=False):
        assert "127.0.0.1" in got[0], got
        assert got[1:4] == [method, target, code], got
        # whether the head counts is the server's own matter; the body always does
        assert got[4] >= size, got
        assert got[5] is True, got
    assert lines()[-1][3] == 400, lines()[-1]


NO_MEMORY = """
import tinyweb

app = tinyweb.webserver()


@app.after_request
def after(req, resp):
    raise MemoryError("as on a full heap")


app.run(HOST, PORT)
"""


def test_memory_that_runs_out_while_an_error_is_answered_is_told(serve):
    server = serve(NO_MEMORY, traceback=True)
    got = harness.raw(server.port, harness.message("/nowhere"), timeout=2)
    assert got.startswith(b"HTTP/1.1 503 "), got


FOR_A_WHILE = """
import sys
import tinyweb

app = tinyweb.webserver(debug=DEBUG)


class Marks:
    def mark(self, req, resp):
        resp.add_header("X-Mark", "yes")


marks = Marks()


def portal(req, resp):
    if req.head.path != b"/end":
        return "portal of " + req.path.decode()


def begin(req=None, resp=None):
    app.before_request(portal)
    app.after_request(marks.mark)
    return "begun"


app.get("/begin")(begin)


@app.get("/end")
async def end(req, resp):
    await resp.send("ending, ")
    app.remove_hook(portal)
    app.remove_hook(marks.mark)
    await resp.send("ended")


@app.get("/modules")
def modules(req, resp):
    return " ".join(sorted(name for name in sys.modules if name.startswith("tinyweb")))


@app.get("/room/<int:size>")
async def room(req, resp, size):
    from tinyweb.http import make_room

    await resp.send("room, ")
    make_room(size)
    await resp.send(modules(req, resp))


@app.get("/wrong")
def wrong(req, resp):
    for f in (portal, None):
        try:
            app.remove_hook(f)
        except ValueError as e:
            print("REFUSED", e)


app.run(HOST, PORT)
"""


def test_a_hook_of_before_the_start_is_removed_in_debug_mode_too(serve):
    text = FOR_A_WHILE.replace("DEBUG", "True").replace("app.run(", "begin()\napp.run(")
    server = serve(text, heap=harness.ROOMY)
    got = harness.get(server.port, "/nowhere")
    assert got.text == "portal of /nowhere" and got.headers["x-mark"] == "yes", got
    assert harness.get(server.port, "/end").text == "ending, ended"
    got = harness.get(server.port, "/wrong")
    assert got.code == 204 and "x-mark" not in got.headers, got
    assert server.output().count("REFUSED No hook of this server's: ") == 2, server.output()


def test_a_hook_is_for_a_while(serve, interpreter):
    server = serve(FOR_A_WHILE.replace("DEBUG", "False"))
    plain = harness.get(server.port, "/modules")
    for _ in range(2):
        assert harness.get(server.port, "/begin").text == "begun"
        got = harness.get(server.port, "/nowhere", method="POST", body=b"a=1")
        assert got.text == "portal of /nowhere" and got.headers["x-mark"] == "yes", got
        assert harness.get(server.port, "/end").text == "ending, ended"
        got = harness.get(server.port, "/modules")
        assert "x-mark" not in got.headers and harness.get(server.port, "/nowhere").code == 404
        if interpreter == "micropython":  # a PC has all of them loaded
            left = set(got.text.split()) - set(plain.text.split())
            assert left <= {"tinyweb.dispatch", "tinyweb.framing", "tinyweb.streaming"}, got.text
    for size in 1, 1 << 30:
        got = harness.get(server.port, f"/room/{size}")
        assert got.text[:6] == "room, ", got
        if interpreter == "micropython":
            assert ("tinyweb.path_params" in got.text) == (size == 1), got.text
    assert harness.get(server.port, "/wrong").code == 204
    assert server.output().count("REFUSED No hook of this server's: ") == 2, server.output()
