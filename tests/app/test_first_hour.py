# The errors that people meet in their first hour: each is a sentence that says what to do, beside the traceback.

import socket

import harness
import pytest

WRONG = """
import tinyweb
import tinyweb_events

app = tinyweb.webserver(debug=DEBUG)


@app.get("/few/<name>/<int:n>")
async def few(req, resp):
    return "never"


@app.get("/many")
def many(req, resp, name, n):
    return "never"


class Thing:
    def get(self, data):
        return {"never": 1}


app.add_resource(Thing, "/thing/<name>")


@app.get("/number")
async def number(req, resp):
    return 5


@app.get("/own")
async def own(req, resp):
    return few(req)


@app.post("/form")
async def form(req, resp):
    values = req.read_parse_form_data()
    return values["name"]


@app.post("/text")
async def text(req, resp):
    return "got " + req.body()


@app.get("/stream")
async def stream(req, resp):
    it = tinyweb_events.stream(req, resp)
    await it.send("x")


@app.get("/fine")
async def fine(req, resp):
    await resp.start_html()
    await resp.send("fine")


app.run(HOST, PORT)
"""


def said(server, target, method="GET", body=b""):
    """Ask for `target`, which is answered with 500; give the line of the log about it."""
    fields = [("Content-Type", "application/x-www-form-urlencoded")] if body else []
    answer = harness.get(server.port, target, fields, method, body)
    assert answer.code == 500, answer
    output = server.wait_output(f"{method} {target}")
    assert harness.get(server.port, "/fine").text == "fine"
    return [line for line in output.splitlines() if line.startswith(f"{method} {target}")][0]


@pytest.mark.parametrize("debug", [False, True])
def test_a_handler_with_the_wrong_parameters_is_told_which_it_gets(serve, debug):
    server = serve(WRONG.replace("DEBUG", str(debug)), traceback=True, heap=harness.ROOMY)
    for target, call in (("/few/a/7", "(req, resp, 'a', 7)"), ("/many", "(req, resp)"), ("/thing/x", "(data, 'x')")):
        got = said(server, target)
        assert got == f"GET {target}: its handler is called with {call}, and has to take that", got
    # who calls a function of his own wrongly reads his own line, and nothing about handlers
    assert said(server, "/own") == "GET /own"


def test_what_cannot_be_sent_is_told(serve):
    server = serve(WRONG.replace("DEBUG", "False"), traceback=True, heap=harness.ROOMY)
    got = said(server, "/number")
    assert got == ("GET /number: what is sent is str or bytes; a handler may also return a dict, a list, "
                   "(body, code) or None"), got


def test_a_missing_await_is_guessed_from_the_error(serve):
    server = serve(WRONG.replace("DEBUG", "False"), traceback=True, heap=harness.ROOMY)
    assert said(server, "/form", "POST", b"name=x") == 'POST /form: is there an "await" missing?'
    assert said(server, "/text", "POST", b"name=x") == 'POST /text: is there an "await" missing?'
    assert said(server, "/stream") == 'GET /stream: is there an "await" missing?'


WEBSOCKETS = """
import tinyweb
from tinyweb_websocket import websocket

app = tinyweb.webserver(debug=DEBUG)


@app.get("/few")
@websocket
async def few(ws):
    pass


@app.get("/many/<name>")
@websocket
async def many(req, ws):
    pass


@app.get("/plain")
@websocket
def plain(req, ws):
    return "x"


@app.get("/plain-none")
@websocket
def plain_none(req, ws):
    pass


@app.get("/undecorated")
async def undecorated(req, ws):
    async for message in ws:
        pass


@app.get("/undecorated-too")
async def undecorated_too(req, ws):
    await ws.receive()


@app.get("/own")
@websocket
async def own(req, ws):
    await ws.send(5)


@app.get("/fine")
async def fine(req, resp):
    return "fine"


app.run(HOST, PORT)
"""
UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


@pytest.mark.parametrize("debug", [False, True])
def test_a_slip_of_a_websocket_is_told(serve, debug, interpreter):
    server = serve(WEBSOCKETS.replace("DEBUG", str(debug)), traceback=True, heap=harness.ROOMY)
    called = 'its handler is an "async def", called with ({}), and has to take that'.format
    above = 'no WebSocket: "@websocket" stands below the route'
    for target, sentence in (("/few", called("req, ws")), ("/many/a", called("req, ws, 'a'")),
                             ("/plain", called("req, ws")), ("/plain-none", called("req, ws")),
                             ("/undecorated", above), ("/undecorated-too", above)):
        assert harness.get(server.port, target, UPGRADE).code == 500, target
        if debug and interpreter == "micropython" and target == "/plain":
            continue  # a str is waited for as by `yield`, and debug sees it first
        server.wait_output(f"GET {target}: {sentence}\n")
        assert harness.get(server.port, "/fine").text == "fine"
    # an error of its own is no such slip
    with harness.Client(server.port) as c:
        c.send(harness.message("/own", UPGRADE))
        assert "called with" not in server.wait_output("GET /own").split("GET /own")[1]


SLIPS = """
import tinyweb

app = tinyweb.webserver(debug=DEBUG)


def returned(req, resp):
    return resp


async def returned_later(req, resp):
    return resp


def order(req, resp):
    return "x", {}, 404


async def order_of_lists(req, resp):
    return "x", [("A", "b")], 404


async def header(req, resp):
    await resp.add_header("A", "b")


def cookie(req, resp):
    resp.set_cookie("a", 5)


def fails(req, resp):
    raise KeyError


async def missing(req, resp):
    raise tinyweb.HTTPException(404)


def fine(req, resp):
    return "fine"


for f in (returned, returned_later, order, order_of_lists, header, cookie, fails, missing, fine):
    app.get("/" + f.__name__.replace("_", "-"))(f)


@app.errorhandler(KeyError)
def on_key(req, error):
    return "never"


@app.errorhandler(404)
async def on_404(req, error):
    return "never"


if HOOK:
    @app.HOOK
    def hook(req):
        return "never"


app.run(HOST, PORT)
"""
RETURNED = "it returned resp: return the body, or nothing after await resp.send()"
TUPLE = "A handler returns (body, code), (body, code, fields) or (body, fields), not ('x', "
CALLED = "a hook is called with (req, resp), an error handler with (req, resp, error), error= with (message)"
SLIPPED = (
    ("/returned", 500, "GET /returned: " + RETURNED),
    ("/returned-later", 500, "GET /returned-later: " + RETURNED),
    ("/order", 500, TUPLE),
    ("/order-of-lists", 500, TUPLE),
    ("/header", 500, 'None was awaited or looped over; add_header(), set_cookie() and then() go without "await"'),
    ("/cookie", 500, "GET /cookie: the name and the value of a cookie are str"),
    ("/fails", 500, "The response to an error failed: " + CALLED),
    ("/missing", 404, "The response to an error failed: " + CALLED),
)


@pytest.mark.parametrize("debug", [False, True])
def test_a_slip_is_told_in_the_log(serve, debug):
    source = SLIPS.replace("DEBUG", str(debug)).replace("if HOOK:\n    @app.HOOK", "if 0:\n    @app.after_request")
    server = serve(source, traceback=True, heap=harness.ROOMY)
    for target, code, sentence in SLIPPED:
        before = len(server.output())
        assert harness.get(server.port, target).code == code, target
        harness.wait_for(lambda: sentence in server.output()[before:], 3,  # noqa: B023
                         lambda: f"{sentence!r} is not in {server.output()[before:]}")  # noqa: B023
        assert harness.get(server.port, "/fine").text == "fine"


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("hook", ["before_request", "after_request"])
def test_a_hook_with_the_wrong_parameters_is_told_which_it_gets(serve, debug, hook):
    source = SLIPS.replace("DEBUG", str(debug)).replace("if HOOK", "if 1").replace("HOOK", hook)
    server = serve(source, traceback=True, heap=harness.ROOMY)
    assert harness.get(server.port, "/fine").code == 500
    assert "a hook is called with (req, resp)" in server.output(), server.output()


SILENT = """
import tinyweb

app = tinyweb.webserver(debug=DEBUG)


@app.get("/nothing")
def nothing(req, resp):
    pass


@app.get("/send")
def send(req, resp):
    resp.start_html()
    resp.send("<p>" + "x" * 2000)


@app.get("/redirect")
async def redirect(req, resp):
    resp.redirect("/good")


@app.get("/refuse")
async def refuse(req, resp):
    resp.error(403)


@app.get("/good")
async def good(req, resp):
    await resp.start_html()
    for i in range(30):
        await resp.send("0123456789" * 10)
    await resp.flush()


@app.get("/plain")
def plain(req, resp):
    return resp.redirect("/good")


@app.get("/empty")
def empty(req, resp):
    resp.code = 204


@app.post("/done")
async def done(req, resp):
    await req.read_parse_form_data()


@app.get("/returned")
async def returned(req, resp):
    return {"a": 1}, 201


@app.get("/stop")
def stop(req, resp):
    app.shutdown()
    return "stopping"


for _ in range(2):
    app.run(HOST, PORT)
"""
MISSING = 'tinyweb: GET /{}: resp.{}() needs an "await" before it, in an "async def"'


SILENCES = (
    ("nothing", ['tinyweb: GET /nothing: its handler returned nothing and sent nothing: "return" the answer, '
                 "or await resp.send()"]),
    ("send", [MISSING.format("send", "start_html"), MISSING.format("send", "send")]),
    ("redirect", [MISSING.format("redirect", "redirect")]),
    ("refuse", [MISSING.format("refuse", "error")]),
)


def spoken(server):
    """Give the lines that a program has printed, but for those about long handlers: the machine may be busy."""
    return [line for line in server.output().splitlines() if " ran for " not in line]


def told(server, count):
    """Wait until a program has printed so many sentences, and give them."""
    def lines():
        found = [line for line in server.output().splitlines() if line.startswith("tinyweb:")]
        return found if len(found) >= count else None

    return harness.wait_for(lines, 5, server.output)


def test_debug_notices_what_fails_in_silence(serve):
    # CPython has a warning of its own for a coroutine that nobody awaited, which the fixture looks for
    server = serve(SILENT.replace("DEBUG", "True"), traceback=True, heap=harness.ROOMY, ends=True)
    want = []
    for _ in range(2):
        harness.wait_for(lambda: harness.accepts(server.port))
        for target, sentences in SILENCES:
            want += sentences
            assert harness.get(server.port, "/" + target).code in (200, 204, 302, 403), target
            got = told(server, len(want))
            assert got == want, got
        assert harness.get(server.port, "/stop").text == "stopping"
    assert server.wait_end() == 0, server.output()


@pytest.mark.parametrize("debug", [False, True])
def test_handlers_that_are_right_are_not_spoken_of(serve, debug):
    server = serve(SILENT.replace("DEBUG", str(debug)), heap=harness.ROOMY)
    for _ in range(2):
        assert harness.get(server.port, "/good").body == b"0123456789" * 300
        answer = harness.get(server.port, "/plain")
        assert (answer.code, answer.headers["location"]) == (302, "/good"), answer
        assert harness.get(server.port, "/empty").code == 204
        assert harness.get(server.port, "/done", method="POST").code == 204
        assert harness.get(server.port, "/returned").code == 201
        assert harness.get(server.port, "/none").code == 404
        assert b"400" in harness.raw(server.port, b"bad\r\n\r\n", timeout=1)
    assert spoken(server) == [], server.output()


def test_a_redirect_without_await_does_not_leave_the_client_waiting(serve):
    server = serve(SILENT.replace("DEBUG", "False"), traceback=True, heap=harness.ROOMY)
    assert harness.get(server.port, "/redirect", timeout=2).code == 302


WATCHED = """
import asyncio
import time

import tinyweb

app = tinyweb.webserver(debug=DEBUG)


@app.get("/nothing")
async def nothing(req, resp):
    pass


@app.get("/nothing-later/<name>")
async def nothing_later(req, resp, name):
    await asyncio.sleep(0.01)


@app.get("/field-only")
async def field_only(req, resp):
    resp.add_header("X-A", "b")


@app.get("/code")
async def code(req, resp):
    await resp.send("x" * 3000)
    resp.code = 404


@app.get("/code-while-waiting")
async def code_while_waiting(req, resp):
    await resp.send("x")
    await asyncio.sleep(0.05)
    resp.code = 404


@app.get("/code-behind-error")
async def code_behind_error(req, resp):
    await resp.error(400, "x")
    resp.code = 401


@app.get("/field")
async def field(req, resp):
    resp.add_header("X-A", "1")
    await resp.start_html()
    await resp.send("x")
    await resp.flush()
    resp.add_header("X-B", "2")
    resp.headers["X-A"] = "3"


@app.get("/cookie")
async def cookie(req, resp):
    await resp.redirect("/there")
    resp.set_cookie("a", "b")


@app.get("/blocks")
def blocks(req, resp):
    time.sleep(0.7)
    return "x"


@app.get("/blocks-behind")
async def blocks_behind(req, resp):
    await asyncio.sleep(0.01)
    time.sleep(0.7)
    await resp.send("x")


@app.get("/blocks-in-the-middle")
async def blocks_in_the_middle(req, resp):
    await resp.send("x")
    await asyncio.sleep(0.01)
    time.sleep(0.7)
    await asyncio.sleep(0.01)


@app.post("/form", max_body_size=20)
async def form(req, resp):
    await req.read_parse_form_data()
    return "x"


# right
@app.get("/waits")
async def waits(req, resp):
    await asyncio.sleep(0.7)
    return "x"


@app.get("/early")
async def early(req, resp):
    resp.code = 201
    resp.add_header("X-A", "1")
    await resp.send("x")
    await asyncio.sleep(0.01)
    await resp.send("y")


@app.get("/gathered")
async def gathered(req, resp):
    await resp.send("x")
    resp.code = 201
    resp.add_header("X-A", "1")


@app.get("/slow-but-shared")
async def slow_but_shared(req, resp):
    for _ in range(4):
        time.sleep(0.15)
        await asyncio.sleep(0)
    return "x"


@app.get("/empty")
async def empty(req, resp):
    resp.code = 204


@app.post("/done")
async def done(req, resp):
    pass


@app.get("/tuple")
async def tuple_(req, resp):
    return None, 204


class Thing:
    async def get(self, data):
        await asyncio.sleep(0)
        return {"a": 1}

    def put(self, data):
        yield "a"
        yield "b"


app.add_resource(Thing, "/thing")
app.run(HOST, PORT)
"""
LATE = "tinyweb: GET {}: %s was set when the head had left: set it before what is sent"
NOTHING = ('tinyweb: GET {}: its handler returned nothing and sent nothing: "return" the answer, or await resp.send()')
BLOCKED = "tinyweb: GET {}: its handler ran for "
TOLD = (
    ("/nothing", 204, [NOTHING]),
    ("/nothing-later/x", 204, [NOTHING]),
    ("/field-only", 204, [NOTHING]),
    ("/code", 200, [LATE % "resp.code"]),
    ("/code-while-waiting", 200, [LATE % "resp.code"]),
    ("/code-behind-error", 400, [LATE % "resp.code"]),
    ("/field", 200, [LATE % "the field X-A", LATE % "the field X-B"]),
    ("/cookie", 302, [LATE % "the field Set-Cookie"]),
    ("/blocks", 200, [BLOCKED]),
    ("/blocks-behind", 200, [BLOCKED]),
    ("/blocks-in-the-middle", 200, [BLOCKED]),
)
FORMS = (
    ("multipart/form-data; boundary=x", b"--x--", 415, "multipart/form-data is read by the package tinyweb-multipart"),
    ("multipart/mixed; boundary=x", b"--x--", 415, "tinyweb-multipart"),
    ("application/x-www-form-urlencoded", b"a=" + b"1" * 19, 413, "The body is longer than max_body_size, 20 bytes"),
    ("application/json", b"[" + b"1" * 19 + b"]", 413, "max_body_size, 20 bytes"),
)


@pytest.mark.parametrize(("target", "code", "sentences"), TOLD, ids=[target for target, *_ in TOLD])
def test_debug_tells_what_a_handler_does_in_vain(serve, target, code, sentences):
    server = serve(WATCHED.replace("DEBUG", "True"), heap=harness.ROOMY)
    for count in 1, 2:  # the second has the head that is remembered
        assert harness.get(server.port, target).code == code
        got = told(server, count * len(sentences))
        want = sorted(sentence.format(target) for sentence in sentences) * count
        assert len(got) == len(want), got
        for line, start in zip(sorted(got), sorted(want), strict=True):
            assert line.startswith(start), got
            if start.startswith(BLOCKED.format(target)):
                assert int(line.split(" ran for ")[1].split()[0]) >= 690 and "asyncio.sleep()" in line, line


@pytest.mark.parametrize("debug", [False, True])
def test_what_waits_and_sets_in_time_is_not_spoken_of(serve, debug):
    server = serve(WATCHED.replace("DEBUG", str(debug)), heap=harness.ROOMY)
    right = {"/early": 201, "/gathered": 201, "/empty": 204, "/tuple": 204, "/thing": 200, "/none": 404}
    for target, code in right.items():
        for _ in range(2):
            assert harness.get(server.port, target).code == code, target
    for target in "/waits", "/slow-but-shared":
        # on a machine that has no time for it a handler may really take so long
        for _ in range(4):
            before = server.output()
            assert harness.get(server.port, target, timeout=10).text == "x"
            if server.output() == before:
                break
        else:
            raise AssertionError(server.output())
    assert harness.get(server.port, "/done", method="POST").code == 204
    assert harness.get(server.port, "/thing", method="PUT").body == b"ab"
    if not debug:
        for target, code, _ in TOLD[:4]:
            assert harness.get(server.port, target).code == code, target
    assert spoken(server) == [], server.output()


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("how", ["length", "chunked"])
def test_a_form_that_is_not_read_says_why(serve, debug, how):
    server = serve(WATCHED.replace("DEBUG", str(debug)), heap=harness.ROOMY)
    for count, (kind, body, code, sentence) in enumerate(FORMS, 1):
        fields = [("Content-Type", kind)]
        if how == "chunked":
            fields.append(("Transfer-Encoding", "chunked"))
            body = harness.chunked(body)
        answer = harness.get(server.port, "/form", fields, "POST", body)
        assert answer.code == code and sentence in answer.text, answer
        if debug:
            lines = told(server, count)
            assert lines[-1].startswith("tinyweb: POST /form: ") and sentence in lines[-1], lines
    answer = harness.get(server.port, "/form", [("Content-Type", "application/x-www-form-urlencoded")], "POST", b"a=1")
    assert answer.text == "x", answer
    assert debug or server.output() == "", server.output()


def run(interpreter, source, path=None, heap=harness.HEAP):
    """Run a program that ends by itself. Gives (status, output)."""
    running = harness.launch(source, interpreter, path=path, heap=heap)
    try:
        return running.wait_end(), running.output()
    finally:
        running.stop()


def test_a_taken_port_is_told(interpreter):
    with socket.socket() as taken:
        taken.bind((harness.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = f"Port {port} is taken: end the program that has it (or reset the board), or choose another"
        for start in (f"tinyweb.webserver().run(HOST, {port})",
                      f"asyncio.run(tinyweb.webserver().start(HOST, {port}))"):
            code, output = run(interpreter, "import asyncio, tinyweb\n" + start)
            assert code == 1 and output.rstrip().endswith(sentence), output
        code, output = run(interpreter, f"""
import errno, tinyweb
try:
    tinyweb.webserver().run(HOST, {port})
except OSError as e:
    print(e.errno == errno.EADDRINUSE)
""")
        assert output == "True\n", output


def test_a_port_of_the_system_is_told(interpreter):
    # root may open it: the error is made by hand
    code, output = run(interpreter, """
import errno, tinyweb.diagnostics
print(tinyweb.diagnostics.not_open(OSError(errno.EACCES, ""), 80))
same = OSError(errno.EIO, "")
print(tinyweb.diagnostics.not_open(same, 80) is same)
""")
    assert "Port 80 is the system's: choose one above 1023\nTrue\n" in output, output


def test_a_route_that_stands_already_is_told(interpreter):
    code, output = run(interpreter, """
import tinyweb
app = tinyweb.webserver()
app.get("/a/<b>")(print)
app.add_route("/a/<c>", print, methods=["POST"])
app.get("/a/<c>")(print)
""")
    assert code == 1, output
    assert output.rstrip().endswith("GET '/a/<c>' has a route already: give it another URL or method"), output


def test_a_missing_package_is_told(interpreter):
    path = [harness.board_folder() + "/tinyweb"] if interpreter == "micropython" else None
    if interpreter == "micropython":
        lib = harness.scratch() / "core-alone"
        lib.mkdir(exist_ok=True)
        (lib / "tinyweb").is_symlink() or (lib / "tinyweb").symlink_to(path[0])
        path = [str(lib)]
    else:
        path = [str(harness.PACKAGES / "tinyweb-core")]
    for use, name in (("app.add_resource(object, '/a')", "rest"), ("app.static('/', 'www')", "static")):
        code, output = run(interpreter, "import tinyweb\napp = tinyweb.webserver()\n" + use, path=path)
        want = f'; this needs the package tinyweb-{name}: mip.install("tinyweb-{name}")'
        assert code == 1 and output.rstrip().endswith(want), output


def test_a_package_that_does_not_fit_is_not_told_to_be_missing(interpreter, tmp_path):
    words = "tinyweb-rest 3.0 needs tinyweb-core with API 9, not 3: install both again"
    (tmp_path / "tinyweb_rest.py").write_text(f"raise ImportError({words!r})\n")
    core = harness.board_folder() if interpreter == "micropython" else str(harness.PACKAGES / "tinyweb-core")
    source = "import tinyweb\napp = tinyweb.webserver()\napp.add_resource(object, '/a')"
    code, output = run(interpreter, source, path=[str(tmp_path), core])
    assert code == 1 and output.rstrip().endswith(words), output


@pytest.mark.parametrize("core", ["package", "module"])
def test_a_core_inside_a_programs_folder_is_one_core(serve, interpreter, tmp_path, core):
    lib = tmp_path / "lib"
    lib.mkdir()
    (lib / "__init__.py").touch()
    if interpreter == "micropython":
        where = [harness.board_folder()] * 2
    else:
        where = [harness.PACKAGES / "tinyweb-core", harness.PACKAGES / "tinyweb-rest"]
    suffix = ".mpy" if interpreter == "micropython" else ".py"
    (lib / "tinyweb").symlink_to(f"{where[0]}/tinyweb")
    (lib / ("tinyweb_rest" + suffix)).symlink_to(f"{where[1]}/tinyweb_rest{suffix}")
    begin = "from lib import tinyweb" if core == "module" else "import lib.tinyweb as tinyweb"
    server = serve(begin + NESTED, path=[str(tmp_path)], heap=harness.ROOMY)
    assert harness.get(server.port, "/api/1").text.replace(" ", "") == '{"id":"1"}'
    assert harness.get(server.port, "/api/none").code == 404


NESTED = """
import sys
app = tinyweb.webserver()


class Api:
    def get(self, data, key):
        if key == "none":
            raise tinyweb.HTTPException(404)
        return {"id": key}


app.add_resource(Api, "/api/<key>")
app.run(HOST, PORT)
"""
HELLO = """
import tinyweb
app = tinyweb.webserver()
@app.route("/")
def index(req, resp):
    return "Hello"
app.run(HOST, PORT)
"""
LITTLE = "tinyweb: too little heap: import it first in main.py, install .mpy files, or freeze it\n"


@pytest.mark.parametrize("heap", ["30k", "36k", "41k", "44k"])  # it ends in the import, in webserver()
def test_too_little_heap_is_told_before_the_memory_error(heap):
    code, output = run("micropython", HELLO, heap=heap)
    assert code == 1 and output.startswith(LITTLE) and "MemoryError" in output, output
    assert output.count(LITTLE) == 1, output


def test_enough_heap_is_not_spoken_of(serve):
    server = serve(HELLO)
    assert harness.get(server.port).text == "Hello"
    assert server.output() == "", server.output()


def test_the_package_keeps_no_helper_of_its_start(interpreter):
    code, output = run(interpreter, "import tinyweb\nprint(sorted(n for n in dir(tinyweb) if n[0] == '_' != n[1]))")
    assert output == "[]\n", output
