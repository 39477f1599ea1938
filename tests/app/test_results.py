# What a handler gives as its response, and what becomes of it: statuses, fields, results of the wrong kind, generators,
# and all that comes after a response that is complete.
import json
import socket
import time

import harness
import pytest

GOOD = """
import tinyweb
from tinyweb.server import HTTPException

app = tinyweb.webserver()
CASES = {
    "str status": lambda: ({"a": 1}, "404"),
    "fields": lambda: ("x{}", {"Content-Type": "text/css"}),
    "dict and fields": lambda: ({"a": 1}, {"X-A": "b"}),
    "pairs": lambda: ("x", 201, [("X-A", "b"), ("X-C", "d")]),
    "pairs alone": lambda: ("x", [("X-A", "b")]),
    "empty fields": lambda: ("x", {}),
    "no fields": lambda: ("x", 202, None),
    "bytes fields": lambda: ("x", 200, {b"X-A": b"b"}),
    "number": lambda: ("x", 200, {"X-A": 5}),
    "none": lambda: (None, 202),
    "list": lambda: ([1, 2], 203),
    "bytes": lambda: (b"x", 299),
    "599": lambda: ("x", 599),
    "redefined": lambda: ("{}", 200, {"content-type": "application/x"}),
    "repeated": lambda: ("x", 200, {"Set-Cookie": ("a=1", "b=2")}),
}


@app.get("/plain/<name>")
def plain(req, resp, name):
    return CASES[name]()


@app.get("/async/<name>")
async def later(req, resp, name):
    return CASES[name]()


@app.get("/code/<name>")
async def code(req, resp, name):
    resp.code = name
    return "x"


@app.get("/sent/<name>")
async def sent(req, resp, name):
    resp.code = name
    await resp.start_html()
    await resp.send("x")


@app.get("/error/<name>")
async def error(req, resp, name):
    await resp.error(name)


@app.get("/raise/<name>")
async def raises(req, resp, name):
    raise HTTPException(name)


@app.get("/list/<how>")
async def pairs(req, resp, how):
    resp.headers = [("X-A", "b"), ("Content-Language", "en")]
    if how == "sends":
        await resp.send("x")
    elif how == "adds":
        resp.add_header("x-a", "c")
    elif how == "raises":
        raise HTTPException(403)
    elif how == "redirects":
        await resp.redirect("/")
    elif how == "returns":
        return "x", 201, {"X-C": "d"}
    elif how in ("cors", "origins"):
        resp.add_access_control_headers()
    elif how == "cookie":
        resp.set_cookie("a", "b")
    return "x" if how in ("text", "adds", "cors", "origins", "cookie") else None


app.add_route("/list/origins", lambda req, resp: pairs(req, resp, "origins"), allowed_access_control_origins=("http://a",))


@app.get("/none")
async def nothing(req, resp):
    resp.headers = None
    resp.add_header("X-A", "b")


@app.get("/no-content/<name>")
async def no_content(req, resp, name):
    resp.code = 204
    resp.add_header(name, "0")
    await resp._send_headers()


app.run(HOST, PORT)
"""
# name -> (status, body, some fields)
TAKEN = {
    "str status": (404, b'{"a": 1}', {"content-type": "application/json"}),
    "fields": (200, b"x{}", {"content-type": "text/css"}),
    "dict and fields": (200, b'{"a": 1}', {"content-type": "application/json", "x-a": "b"}),
    "pairs": (201, b"x", {"x-a": "b", "x-c": "d"}),
    "pairs alone": (200, b"x", {"x-a": "b"}),
    "empty fields": (200, b"x", {}),
    "no fields": (202, b"x", {}),
    "bytes fields": (200, b"x", {"x-a": "b"}),
    "number": (200, b"x", {"x-a": "5"}),
    "none": (202, b"", {}),
    "list": (203, b"[1, 2]", {"content-type": "application/json"}),
    "bytes": (299, b"x", {}),
    "599": (599, b"x", {}),
    "redefined": (200, b"{}", {"content-type": "application/x"}),
    "repeated": (200, b"x", {"set-cookie": "a=1, b=2"}),
}


@pytest.fixture(scope="module")
def good(serve_module):
    return serve_module(GOOD, heap=harness.ROOMY)


@pytest.mark.parametrize("way", ["plain", "async"])
@pytest.mark.parametrize("name", TAKEN)
def test_what_is_unambiguous_is_taken(good, name, way):
    code, body, fields = TAKEN[name]
    with harness.Client(good.port) as c:
        for _ in range(2):
            answer = c.request(harness.message(f"/{way}/{name.replace(' ', '%20')}"))
            assert (answer.code, answer.body) == (code, body), answer
            for key, value in fields.items():
                assert answer.headers[key] == value, answer
            assert len(answer.all("content-type")) <= 1, answer


@pytest.mark.parametrize("way", ["code", "sent", "error", "raise"])
@pytest.mark.parametrize("code", ["200", "404", "418", "599"])
def test_a_status_of_digits_is_a_status(good, way, code):
    answer = harness.get(good.port, f"/{way}/{code}")
    assert answer.code == int(code), answer
    if code == "418" and way in ("error", "raise"):
        # it has no reason phrase (RFC 9110 15.5.19), and still says something
        assert answer.text == "Status 418\n", answer


@pytest.mark.parametrize(("how", "code", "body", "more"), [
    ("text", 200, "x", {}), ("sends", 200, "x", {}), ("adds", 200, "x", {"x-a": "c"}),
    ("raises", 403, "Forbidden\n", {}), ("redirects", 302, "", {"location": "/"}), ("returns", 201, "x", {"x-c": "d"}),
    ("cors", 200, "x", {"access-control-allow-origin": "*"}), ("cookie", 200, "x", {"x-a": "b"}),
    ("origins", 200, "x", {"vary": "Origin"})])
def test_a_list_of_pairs_may_stand_in_place_of_the_fields(good, how, code, body, more):
    with harness.Client(good.port) as c:
        for _ in range(2):
            answer = c.request(harness.message(f"/list/{how}"))
            assert (answer.code, answer.text) == (code, body), answer
            language = {} if how in ("raises", "redirects") else {"content-language": "en"}
            for name, value in {"x-a": "b", **language, **more}.items():
                assert answer.all(name) == [value], (name, answer)
        assert c.request(harness.message("/none")).headers["x-a"] == "b"


@pytest.mark.parametrize("name", ["Content-Length", "content-length"])
def test_204_has_no_length(good, name):
    """RFC 9110 8.6: though programs for 1.x say that it is 0."""
    with harness.Client(good.port) as c:
        for _ in range(2):
            answer = c.request(harness.message(f"/no-content/{name}"))
            assert (answer.code, answer.fields) == (204, []), answer


BAD = """
import tinyweb
from tinyweb.server import HTTPException

app = tinyweb.webserver()
VALUES = {
    "big": 1000, "small": 100, "zero": 0, "negative": -1, "none": None, "word": "OK", "phrase": "404 Not Found",
    "float": 404.5, "list": [404], "true": True, "empty": "", "600": 600, "minus": "-5", "long": "99999999999",
}
RESULTS = {
    "one": lambda: ("x",),
    "four": lambda: ("x", 200, {}, 1),
    "turned": lambda: ("x", {}, 200),
    "number": lambda: 5,
    "float": lambda: 5.5,
    "true": lambda: True,
    "set": lambda: {1, 2},
    "object": lambda: object(),
    "class": lambda: HTTPException,
    "function": lambda: len,
    "nested": lambda: (("x", 200), 404),
    "name": lambda: ("x", 200, {1: "a"}),
    "no name": lambda: ("x", 200, {"": "a"}),
    "none name": lambda: ("x", 200, {None: "a"}),
    "bad name": lambda: ("x", 200, {"a b": "a"}),
    "injected": lambda: ("x", 200, {"A": "a\\r\\nB: c"}),
    "bytes injected": lambda: ("x", 200, {"A": b"a\\r\\nB: c"}),
    "no pairs": lambda: ("x", 200, ["a"]),
    "fields str": lambda: ("x", 200, "a"),
    "generator": lambda: (c for c in "abc"),
    "generator in tuple": lambda: ((c for c in "abc"), 200),
}


@app.get("/result/<name>")
def result(req, resp, name):
    return RESULTS[name]()


@app.get("/later/<name>")
async def later(req, resp, name):
    return RESULTS[name]()


@app.get("/tuple/<name>")
def tuple_(req, resp, name):
    return "x", VALUES[name]


@app.get("/three/<name>")
def three(req, resp, name):
    return "x", VALUES[name], {"A": "b"}


@app.get("/code/<name>")
async def code(req, resp, name):
    resp.code = VALUES[name]
    return "x"


@app.get("/sent/<name>")
async def sent(req, resp, name):
    resp.code = VALUES[name]
    await resp.start_html()
    await resp.send("x")


@app.get("/long/<name>")
async def long(req, resp, name):
    resp.code = VALUES[name]
    return "x" * 3000


@app.get("/flushed/<name>")
async def flushed(req, resp, name):
    resp.code = VALUES[name]
    await resp.send("x" * 3000)
    await resp.flush()


@app.get("/error/<name>")
async def error(req, resp, name):
    await resp.error(VALUES[name])


@app.get("/raise/<name>")
async def raises(req, resp, name):
    raise HTTPException(VALUES[name])


@app.get("/headers/<name>")
async def headers(req, resp, name):
    resp.headers[{"int": 1, "none": None, "tuple": (), "injected": "A\\r\\nB"}[name]] = "x"
    return "x"


@app.get("/raised/<name>")
async def raised(req, resp, name):
    fields = {"crlf": {"A": "b\\r\\nC: d"}, "int": {1: "a"}, "str": "a", "nul": {"A": "\\0"}}
    raise HTTPException(404, None, fields[name])


@app.get("/")
def index(req, resp):
    return "still here"


app.run(HOST, PORT)
"""
VALUES = ("big", "small", "zero", "negative", "none", "word", "phrase", "float", "list", "true", "empty", "600",
          "minus", "long")
RESULTS = ("one", "four", "turned", "number", "float", "true", "set", "object", "class", "function", "nested", "name",
           "no%20name", "none%20name", "bad%20name", "injected", "bytes%20injected", "no%20pairs", "fields%20str",
           "generator", "generator%20in%20tuple")


@pytest.fixture(scope="module")
def bad(serve_module):
    return serve_module(BAD, heap=harness.ROOMY, traceback=True)


def refused(server, path):
    """Tell that a path is a 500 on a connection that goes on."""
    with harness.Client(server.port) as c:
        for _ in range(2):
            answer = c.request(harness.message(path))
            assert answer.code == 500, answer
            assert "b" not in answer.headers and "c" not in answer.headers, answer
        assert c.request(harness.message("/")).text == "still here"


@pytest.mark.parametrize("way", ["tuple", "three", "code", "sent", "long", "flushed", "error", "raise"])
@pytest.mark.parametrize("value", VALUES)
def test_a_status_that_is_none_is_500_with_a_sentence(bad, way, value):
    if (way, value) in (("tuple", "list"), ("three", "list")):
        pytest.skip("a list there is one of fields, another case")
    said = len(bad.output())
    refused(bad, f"/{way}/{value}")
    assert "A status is an int from 200 to 599" in bad.output()[said:]


@pytest.mark.parametrize("way", ["result", "later"])
@pytest.mark.parametrize("name", RESULTS)
def test_a_result_of_the_wrong_kind_is_500(bad, way, name):
    said = len(bad.output())
    refused(bad, f"/{way}/{name}")
    assert "GET /" + way in bad.output()[said:]


@pytest.mark.parametrize("name", ["int", "none", "tuple", "injected"])
def test_a_field_whose_name_is_none_is_500(bad, name):
    refused(bad, f"/headers/{name}")


@pytest.mark.parametrize("name", ["crlf", "int", "str", "nul"])
def test_an_error_with_fields_that_cannot_be_sent_is_500(bad, name):
    refused(bad, f"/raised/{name}")


YIELDS = """
import asyncio
import tinyweb

app = tinyweb.webserver(max_concurrency=2)


@app.get("/async")
async def async_(req, resp):
    yield "x"


@app.get("/plain")
def plain(req, resp):
    yield "x"


@app.get("/number")
def number(req, resp):
    yield 5


@app.get("/bare")
def bare(req, resp):
    yield


@app.get("/bare-late")
async def bare_late(req, resp):
    await asyncio.sleep(0.01)
    yield


@app.get("/late")
async def late(req, resp):
    await asyncio.sleep(0.01)
    yield b"x"


@app.get("/expression")
def expression(req, resp):
    return (c for c in "abc")


@app.get("/awaited")
async def awaited(req, resp):
    return (c for c in "abc")


@app.get("/stubborn")
def stubborn(req, resp):
    while True:
        try:
            yield "x"
        except TypeError:
            pass


@app.get("/")
def index(req, resp):
    return "still here"


app.run(HOST, PORT)
"""


def test_a_handler_that_yields_is_500_and_gives_its_slot_back(serve, interpreter):
    server = serve(YIELDS, traceback=True, heap=harness.FROZEN)
    for path in ("/async", "/plain", "/number", "/late", "/expression", "/awaited", "/bare", "/bare-late"):
        for _ in range(3):
            answer = harness.get(server.port, path)
            assert answer.code == 500, (path, answer)
        assert harness.get(server.port, "/").text == "still here"
    assert "A handler does not yield" in server.output()
    for _ in range(5):
        # who catches the error and goes on is ended
        with harness.Client(server.port) as c:
            c.send(harness.message("/stubborn"))
            assert interpreter == "cpython" or c.ended()
    assert harness.get(server.port, "/").text == "still here"


SUB_TASKS = """
import asyncio
import tinyweb

app = tinyweb.webserver(max_concurrency=2)
STEP


async def g(resp):
    await resp.send("begun")
    await step()


@app.get("/await")
async def awaited(req, resp):
    await g(resp)


@app.get("/task")
async def task(req, resp):
    await asyncio.create_task(step())


@app.get("/wait_for")
async def wait_for(req, resp):
    await asyncio.wait_for(g(resp), 1)


@app.get("/nested")
async def nested(req, resp):
    await asyncio.wait_for(asyncio.create_task(step()), 0.2)


@app.get("/beside")
async def beside(req, resp):
    asyncio.create_task(g(resp))
    await asyncio.sleep(0.1)
    return "x"


@app.get("/")
def index(req, resp):
    return str(app._free_slots)


app.run(HOST, PORT)
"""


@pytest.mark.parametrize("stays", [True, False])
def test_a_task_of_a_handler_that_yields_keeps_no_slot(serve, interpreter, stays):
    # CPython refuses to await such a thing, or gives nothing for it
    step = "async def step():\n    yield" if interpreter == "micropython" else "async def step():\n    raise TypeError"
    server = serve(SUB_TASKS.replace("STEP", step), traceback=True, heap=harness.FROZEN)
    for path in ("/await", "/task", "/wait_for", "/nested", "/beside"):
        with harness.Client(server.port) as c:
            c.send(harness.message(path))
            time.sleep(0.1)
            if not stays:
                c.socket.close()
            harness.wait_for(lambda: harness.get(server.port, "/").text == "2", 3, lambda: path)  # noqa: B023
            if stays and path in ("/task", "/nested"):
                assert c.answer().code == 500, path


def test_an_error_handler_or_hook_that_yields_keeps_no_slot(serve):
    server = serve("""
import tinyweb

app = tinyweb.webserver(max_concurrency=2)


@app.errorhandler(404)
def missing(req, resp, error):
    yield "x"


@app.before_request
def before(req, resp):
    if req.path == b"/before":
        return (c for c in "abc")


@app.after_request
def after(req, resp):
    if req.path == b"/after":
        return (c for c in "abc")


@app.get("/after")
@app.get("/")
def index(req, resp):
    return "still here"


app.run(HOST, PORT)
""".replace('@app.get("/after")\n', ""), traceback=True, heap=harness.FROZEN)
    for path, code in (("/none", 404), ("/before", 500)):
        for _ in range(4):
            assert harness.get(server.port, path).code == code, path
    assert harness.get(server.port, "/").text == "still here"


OLD_YIELD = """
import tinyweb

app = tinyweb.webserver()


@app.route("/")
def index(req, resp):
    yield from resp.start_html()
    for i in range(300):
        yield from resp.send("line %d " % i)


app.run(HOST, PORT)
"""


def test_yield_from_of_1_x_is_an_await(serve, interpreter):
    if interpreter == "cpython":
        pytest.skip("CPython lets no plain generator wait for a coroutine")
    server = serve(OLD_YIELD)
    for _ in range(5):
        answer = harness.get(server.port, "/")
        assert answer.text == "".join("line %d " % i for i in range(300)), answer


AFTER = """
import asyncio
import tinyweb
from tinyweb.server import HTTPException

app = tinyweb.webserver(max_concurrency=3)
EVIL = "HTTP/1.1 200 OK\\r\\nContent-Length: 5\\r\\n\\r\\nEVIL!"


async def whole(how, resp):
    if how == "redirect":
        await resp.redirect("/ok")
    elif how == "error":
        await resp.error(400, "no")
    elif how == "gathered":
        await resp.send("dropped")
        await resp.error(400, "no")
    elif how == "long":
        await resp.error(400, "x" * 3000)
    elif how == "file":
        await resp.send_file("page.html")
    elif how == "end":
        await resp.start_html()
        await resp.send("body")
        await resp.end()
    elif how == "chunks":
        await resp.start_html()
        await resp.send("x" * 3000)
        await resp.flush()
        await resp.end()
    elif how == "length":
        resp.headers["Content-Length"] = 4
        await resp.start_html()
        await resp.send("body")
        await resp.flush()
    elif how == "empty":
        resp.code = 204
        await resp.start_html()
        await resp.flush()


async def more(what, resp):
    if what == "send":
        await resp.send(EVIL)
    elif what == "long":
        await resp.send(EVIL * 100)
    elif what == "flush":
        await resp.send(EVIL)
        await resp.flush()
    elif what == "html":
        await resp.start_html()
        await resp.send(EVIL)
    elif what == "error":
        await resp.error(500, EVIL)
    elif what == "redirect":
        await resp.redirect("/")
    elif what == "file":
        await resp.send_file("page.html")
    elif what == "release":
        await resp.release()
        await resp.send(EVIL)
        await resp.flush()
    elif what == "pieces":
        put = resp.pieces(EVIL)
        wait = put(EVIL)
        if wait:
            await wait
    elif what == "waits":
        try:
            await resp.send(EVIL)
        except RuntimeError:
            pass
        await asyncio.sleep(0.01)
    elif what == "raise":
        raise ValueError(EVIL)
    elif what == "http":
        raise HTTPException(404, EVIL)
    elif what == "return":
        return EVIL
    elif what == "end":
        await resp.end()
    elif what == "later":
        async def send():
            try:
                await resp.send(EVIL)
                await resp.flush()
            except (RuntimeError, OSError):
                pass
        asyncio.get_event_loop().create_task(send())
        await asyncio.sleep(0.01)


@app.get("/e/<how>/<what>")
async def e(req, resp, how, what):
    await whole(how, resp)
    return await more(what, resp)


@app.get("/ok")
async def ok(req, resp):
    return "fine"


app.run(HOST, PORT)
"""
WHOLE = {"redirect": 302, "error": 400, "gathered": 400, "long": 400, "file": 200, "end": 200, "chunks": 200,
         "length": 200, "empty": 204}
MORE = ("send", "long", "flush", "html", "error", "redirect", "file", "release", "pieces", "waits", "raise", "http",
        "return", "end", "later")
BODY = {"redirect": b"", "error": b"no", "gathered": b"no", "long": b"x" * 3000, "file": b"<p>page</p>", "end": b"body",
        "chunks": b"x" * 3000, "length": b"body", "empty": b""}


@pytest.fixture(scope="module")
def complete(serve_module, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "page.html").write_bytes(b"<p>page</p>")
    return serve_module(AFTER, heap="256k", traceback=True, cwd=str(folder))


@pytest.mark.parametrize("what", MORE)
@pytest.mark.parametrize("how", WHOLE)
def test_nothing_follows_a_response_that_is_complete(complete, how, what):
    """RFC 9112 6.3: bytes behind it would be the client's next response."""
    path = f"/e/{how}/{what}"
    with harness.Client(complete.port) as c:
        for _ in range(2):
            answer = c.request(harness.message(path))
            assert (answer.code, answer.body) == (WHOLE[how], BODY[how]), answer
            assert c.request(harness.message("/ok")).text == "fine"
        # pipelined
        c.send(harness.message(path) + harness.message("/ok") + harness.message(path) + harness.message("/ok"))
        for _ in range(2):
            assert c.answer().body == BODY[how]
            assert c.answer().text == "fine"
        answer = c.request(harness.message(path, method="HEAD"), "HEAD")
        assert answer.code == WHOLE[how], answer
        assert c.request(harness.message("/ok")).text == "fine"


def test_a_sentence_tells_the_programmer(complete):
    for path, text in (("/e/error/send", "nothing more of it can be sent"), ("/e/file/raise", "ValueError")):
        said = len(complete.output())
        harness.get(complete.port, path)

        def told(said=said, path=path, text=text):
            new = complete.output()[said:]
            return path + ": after its response was complete" in new and text in new

        harness.wait_for(told, 5, complete.output)


def test_hooks_and_error_handlers_add_nothing_either(serve):
    server = serve("""
import tinyweb

app = tinyweb.webserver()


@app.before_request
async def before(req, resp):
    if req.path == b"/before":
        await resp.error(403, "no")
        await resp.send("EVIL")


@app.after_request
async def after(req, resp):
    if req.path == b"/after":
        await resp.error(403, "no")
        await resp.send("EVIL")


@app.errorhandler(404)
async def missing(req, resp, error):
    await resp.error(404, "no")
    await resp.send("EVIL")


@app.errorhandler(ValueError)
async def wrong(req, resp, error):
    await resp.redirect("/ok")
    raise ValueError("again")


@app.get("/after")
async def index(req, resp):
    return "index"


@app.get("/value")
async def value(req, resp):
    raise ValueError


@app.get("/ok")
async def ok(req, resp):
    return "fine"


app.run(HOST, PORT)
""", traceback=True, heap=harness.FROZEN)
    with harness.Client(server.port) as c:
        for path, code in (("/before", 403), ("/none", 404), ("/value", 302), ("/after", 403)):
            answer = c.request(harness.message(path))
            assert answer.code == code and b"EVIL" not in answer.body, answer
            assert c.request(harness.message("/ok")).text == "fine"


GATHERED = """
import asyncio
import tinyweb
from tinyweb.server import HTTPException

app = tinyweb.webserver()


@app.errorhandler(418)
async def teapot(req, resp, error):
    return "teapot", 418


@app.after_request
def after(req, resp):
    pass


@app.get("/<kind>")
async def gathered(req, resp, kind):
    await resp.start_html()
    await resp.send("half")
    if kind == "bug":
        raise ValueError
    if kind == "error":
        await resp.error(409, "whole")
    elif kind == "redirect":
        return resp.redirect("/x", "whole")
    elif kind == "file":
        await resp.send_file("page.html")
    else:
        raise HTTPException(int(kind), "whole")


app.run(HOST, PORT)
"""


@pytest.mark.parametrize(("kind", "code", "body"), [
    ("bug", 500, b"Internal Server Error\n"), ("404", 404, b"whole"), ("418", 418, b"teapot"), ("error", 409, b"whole"),
    ("redirect", 302, b"whole"), ("file", 200, b"<p>page</p>"),
])
@pytest.mark.parametrize("hooks", [False, True])
def test_what_was_only_gathered_is_dropped_for_another_response(serve, tmp_path, hooks, kind, code, body):
    (tmp_path / "page.html").write_bytes(b"<p>page</p>")
    text = GATHERED if hooks else GATHERED.replace("@app.after_request\n", "")
    server = serve(text, heap=harness.FROZEN, traceback=True, cwd=str(tmp_path))
    with harness.Client(server.port) as c:
        for _ in range(2):
            answer = c.request(harness.message("/" + kind))
            assert (answer.code, answer.body) == (code, body), answer


def test_a_response_that_only_began_is_cut_by_an_error(serve):
    server = serve("""
import tinyweb

app = tinyweb.webserver()


@app.get("/chunks")
async def chunks(req, resp):
    await resp.send("x" * 3000)
    await resp.flush()
    raise ValueError


@app.get("/short")
async def short(req, resp):
    resp.headers["Content-Length"] = "10"
    await resp.send("x")
    await resp.flush()
    raise ValueError


app.run(HOST, PORT)
""", traceback=True)
    for path in ("/chunks", "/short"):
        with pytest.raises((harness.Truncated, harness.NoAnswer, ConnectionResetError)):
            harness.get(server.port, path)


FIELDS = """
import tinyweb
from tinyweb.server import HTTPException

app = tinyweb.webserver()


def prepare(resp):
    resp.add_header("WWW-Authenticate", "Basic")
    resp.headers["Retry-After"] = "5"
    resp.set_cookie("a", "b")
    resp.set_cookie("c", "d")
    resp.add_header("X-Frame-Options", "DENY")
    resp.headers["Content-Type"] = "image/png"
    resp.headers["content-encoding"] = "gzip"
    resp.headers["Content-Length"] = "1000"
    resp.headers["ETag"] = '"x"'
    resp.headers["Last-Modified"] = "today"
    resp.headers["Content-Disposition"] = "attachment"
    resp.headers["Content-Range"] = "bytes 0-1/2"


@app.get("/raise/<int:code>")
async def raises(req, resp, code):
    prepare(resp)
    raise HTTPException(code, "sentence", {"X-Mine": "yes"})


@app.get("/error/<int:code>")
async def error(req, resp, code):
    prepare(resp)
    await resp.error(code, "sentence")


@app.get("/bug")
async def bug(req, resp):
    prepare(resp)
    raise ValueError


@app.get("/twice")
async def twice(req, resp):
    resp.add_header("X-A", "1")
    resp.add_header("x-a", "2")
    resp.headers["Vary"] = "x"
    resp.headers["vary"] = "x"
    resp.headers["CONTENT-TYPE"] = "text/css"
    resp.headers["content-type"] = "text/css"
    resp.headers["Content-Length"] = "4"
    resp.headers["content-length"] = "4"
    await resp.start_html()
    await resp.send("body")


@app.get("/html-file")
async def html_file(req, resp):
    await resp.start_html()
    await resp.send_file("picture.png")


@app.get("/typed-file/<name>")
async def typed_file(req, resp, name):
    resp.headers[name] = "x/y"
    resp.headers["content-LENGTH"] = "3"
    await resp.send_file("picture.png")


@app.get("/argument/<name>")
async def argument(req, resp, name):
    resp.headers[name] = "x/y"
    await resp.send_file("picture.png", "a/b")


app.run(HOST, PORT)
"""


def test_fields_stay_on_an_error_but_for_those_of_the_dropped_body(serve, tmp_path):
    (tmp_path / "picture.png").write_bytes(b"picture")
    server = serve(FIELDS, heap=harness.ROOMY, traceback=True, cwd=str(tmp_path))
    for path, code in (("/raise/401", 401), ("/raise/503", 503), ("/error/403", 403), ("/bug", 500)):
        with harness.Client(server.port) as c:
            for _ in range(2):
                answer = c.request(harness.message(path))
                assert answer.code == code, answer
                assert code == 500 or answer.text == "sentence", answer
                want = {"www-authenticate": "Basic", "retry-after": "5", "x-frame-options": "DENY"}
                assert want.items() <= answer.headers.items(), answer
                assert len(answer.all("set-cookie")) == 2, answer
                assert answer.headers["content-type"].startswith("text/plain"), answer
                assert not {"content-encoding", "etag", "last-modified", "content-disposition",
                            "content-range"} & set(answer.headers), answer
    answer = harness.get(server.port, "/twice")
    names = [name for name, _ in answer.fields]
    assert len(names) == len(set(names)), answer
    assert (answer.headers["x-a"], answer.headers["vary"], answer.body) == ("2", "x", b"body"), answer
    types = {"/html-file": "image/png"}
    for name in ("Content-Type", "content-type", "CONTENT-TYPE"):
        # what the program says goes before what the suffix says, and the argument before both
        types |= {"/typed-file/" + name: "x/y", "/argument/" + name: "a/b"}
    for path, want in types.items():
        for _ in range(2):
            answer = harness.get(server.port, path)
            assert answer.body == b"picture" and answer.all("content-type") == [want], answer


RETURNS = """
import tinyweb

app = tinyweb.webserver(debug=DEBUG)


@app.get("/async")
async def async_(req, resp):
    return resp.redirect("/x")


@app.get("/plain")
def plain(req, resp):
    return resp.redirect("/x")


@app.get("/error")
async def error(req, resp):
    return resp.error(418, "tea")


@app.get("/send")
async def send(req, resp):
    return resp.send("<p>sent")


@app.get("/html")
async def html(req, resp):
    return resp.start_html()


@app.get("/start-return")
async def start_return(req, resp):
    await resp.start_html()
    return "plain text"


@app.get("/start-json")
def start_json(req, resp):
    resp.start_html()
    return "teapot", 418


@app.get("/send-return")
async def send_return(req, resp):
    await resp.send("sent")
    return "dropped"


async def inner():
    return "inner", 201


@app.get("/nested")
def nested(req, resp):
    return inner()


@app.get("/double")
async def double(req, resp):
    return inner()


@app.get("/to/<int:code>")
async def to(req, resp, code):
    await resp.redirect("/x", code=code)


@app.get("/short/<int:code>")
async def short(req, resp, code):
    await resp.redirect("/x", code)


@app.get("/message")
async def message(req, resp):
    await resp.redirect("/x", "moved")


@app.get("/bad")
async def bad(req, resp):
    await resp.redirect("/x", code=200)


@app.get("/css")
async def css(req, resp):
    await resp.start("text/css")
    await resp.send("p {}")


@app.get("/own")
async def own(req, resp):
    resp.headers["Content-Type"] = "text/event-stream"
    await resp.start()
    await resp.send("data: 1")


@app.get("/old")
async def old(req, resp):
    resp.add_header("Content-Type", "application/json")
    await resp._send_headers()
    await resp.send("{}")


app.run(HOST, PORT)
"""
RETURNED = {
    "/async": (302, b"", {"location": "/x"}), "/plain": (302, b"", {"location": "/x"}), "/error": (418, b"tea", {}),
    "/send": (200, b"<p>sent", {"content-type": "text/html; charset=utf-8"}),
    "/html": (200, b"", {"content-type": "text/html; charset=utf-8"}),
    "/start-return": (200, b"plain text", {"content-type": "text/html; charset=utf-8"}),
    "/start-json": (418, b"teapot", {"content-type": "text/html; charset=utf-8"}),
    "/send-return": (200, b"sent", {}),
    "/nested": (201, b"inner", {}), "/double": (201, b"inner", {}),
    "/message": (302, b"moved", {"location": "/x"}), "/bad": (500, None, {}),
    "/css": (200, b"p {}", {"content-type": "text/css"}),
    "/own": (200, b"data: 1", {"content-type": "text/event-stream"}),
    "/old": (200, b"{}", {"content-type": "application/json"}),
} | {f"/{way}/{code}": (code, b"", {"location": "/x"}) for way in ("to", "short") for code in (301, 302, 303, 307, 308)}


@pytest.fixture(scope="module", params=[False, True], ids=["", "debug"])
def returns(request, serve_module):
    return serve_module(RETURNS.replace("DEBUG", str(request.param)), heap=harness.ROOMY, traceback=True)


@pytest.mark.parametrize("path", RETURNED)
def test_what_is_returned_is_sent(returns, path):
    code, body, fields = RETURNED[path]
    with harness.Client(returns.port) as c:
        for _ in range(2):
            answer = c.request(harness.message(path))
            assert answer.code == code and body in (None, answer.body), answer
            assert fields.items() <= answer.headers.items(), answer
            assert len(answer.all("content-type")) <= 1, answer


def test_debug_tells_of_a_result_that_is_dropped(serve):
    server = serve(RETURNS.replace("DEBUG", "True"), heap=harness.ROOMY)
    assert harness.get(server.port, "/send-return").body == b"sent"
    server.wait_output("GET /send-return: what its handler returned is dropped")


def test_the_types_of_json_bodies(good):
    assert json.loads(harness.get(good.port, "/async/list").body) == [1, 2]


ARRAYS = """
from array import array
import asyncio
import tinyweb

app = tinyweb.webserver()


@app.errorhandler(418)
def teapot(req, resp, error):
    return array("I", [0x41414141] * 8)


@app.get("/returned/<kind>/<int:n>")
def returned(req, resp, kind, n):
    return array(kind, [65] * n)


@app.get("/view/<kind>/<int:n>")
async def view(req, resp, kind, n):
    return memoryview(array(kind, [65] * n))


@app.get("/error/<kind>/<int:n>")
async def error(req, resp, kind, n):
    await resp.error(400, array(kind, [65] * n))


@app.get("/sent/<kind>/<int:n>")
async def sent(req, resp, kind, n):
    await resp.send(array(kind, [65] * n))


@app.get("/raise")
def raises(req, resp):
    raise tinyweb.HTTPException(418)


@app.resource("/stream/<kind>/<int:n>")
def stream(data, kind, n):
    yield array(kind, [65] * n)


@app.get("/ok")
def ok(req, resp):
    return "fine"


app.run(HOST, PORT)
"""


@pytest.mark.parametrize("n", [1, 8, 100, 1500])
@pytest.mark.parametrize("kind", ["b", "H", "I", "d"])
@pytest.mark.parametrize("way", ["returned", "view", "error", "sent", "stream"])
def test_what_is_counted_is_bytes(arrays, way, kind, n):
    """An array of larger items is sent whole or not at all: never more bytes than its head says."""
    with harness.Client(arrays.port) as c:
        c.send(harness.message(f"/{way}/{kind}/{n}") + harness.message("/ok"))
        try:
            answer = c.answer()
        except (harness.Truncated, harness.NoAnswer, ConnectionResetError):
            assert way == "stream"  # the head has left
        else:
            size = {"b": 1, "H": 2, "I": 4, "d": 8}[kind] * n
            assert answer.code == 500 or len(answer.body) == size, answer
            if answer.headers.get("connection") != "close":
                assert c.answer().text == "fine"
    assert harness.get(arrays.port, "/raise").body == b"A" * 32
    assert harness.get(arrays.port, "/ok").text == "fine"


@pytest.fixture(scope="module")
def arrays(serve_module):
    return serve_module(ARRAYS, heap="256k", traceback=True)


TASKS = """
import asyncio
import tinyweb

app = tinyweb.webserver()


def apart(it):
    async def quiet():
        try:
            await it
        except (OSError, RuntimeError, TypeError, ValueError):
            pass
    return asyncio.create_task(quiet())


@app.get("/file")
async def file(req, resp):
    apart(resp.send_file("big.txt"))
    await asyncio.sleep(0.05)
    return "late"


@app.get("/send")
async def send(req, resp):
    apart(resp.send("x" * 20000))
    await asyncio.sleep(0.05)


@app.get("/turns/<int:n>")
async def turns(req, resp, n):
    apart(resp.send("x" * 40000))
    for _ in range(n):
        await asyncio.sleep(0)


@app.get("/pieces")
async def pieces(req, resp):
    put = resp.pieces("a")
    put("a")
    put(None)
    try:
        put("EVIL")
        put(None)
    except RuntimeError:
        pass


@app.get("/late-pieces")
async def late_pieces(req, resp):
    put = resp.pieces("a")

    async def later():
        await asyncio.sleep(0.05)
        put("EVIL")
    apart(later())
    put("a")


@app.get("/ok")
def ok(req, resp):
    return "fine"


app.run(HOST, PORT)
"""


@pytest.mark.parametrize(("path", "size", "letter"), [("/file", 300000, b"f"), ("/send", 20000, b"x")])
def test_a_task_that_still_sends_ends_the_connection(serve, tmp_path, path, size, letter):
    (tmp_path / "big.txt").write_bytes(b"f" * 300000)
    server = serve(TASKS, heap=harness.ROOMY, traceback=True, sndbuf=harness.SNDBUF, cwd=str(tmp_path))
    with harness.Client(server.port) as c:
        c.socket.setsockopt(1, 8, 2304)  # SO_RCVBUF
        c.send(harness.message(path))
        harness.time.sleep(0.4)
        c.send(harness.message("/ok"))
        try:
            answer = c.answer()
        except (harness.Truncated, harness.NoAnswer, ConnectionResetError):
            pass  # it was cut, as it should be
        else:
            # the task was done with it in time
            assert len(answer.body) == size and set(answer.body) == set(letter), answer
            assert c.answer().text == "fine"
    assert harness.get(server.port, "/ok").text == "fine"


def test_a_handler_may_end_in_any_turn_of_a_task_that_still_sends(serve):
    """Whatever the client takes at once: a response that is whole in its framing has all bytes."""
    server = serve(TASKS, heap=harness.ROOMY, traceback=True)
    whole = 0
    for n in range(16):
        with harness.Client(server.port) as c:
            c.send(harness.message(f"/turns/{n}"))
            try:
                answer = c.answer()
            except (harness.Truncated, harness.NoAnswer, ConnectionResetError):
                continue
            assert len(answer.body) in (0, 40000), (n, len(answer.body))
            whole += 1
    assert whole, server.output()


TOGETHER = """
import asyncio
import tinyweb

app = tinyweb.webserver()


@app.get("/parts")
async def parts(req, resp):
    async def part(letter):
        for _ in range(40):
            await resp.send(letter * 300)

    await asyncio.gather(part("a"), part("b"))


@app.get("/whole")
async def whole(req, resp):
    await asyncio.gather(resp.send("a" * 12000), resp.send("b" * 12000))


@app.get("/flushed")
async def flushed(req, resp):
    async def part(letter):
        for _ in range(60):
            await resp.send(letter * 200)
            await resp.flush()

    await asyncio.gather(part("a"), part("b"))


@app.get("/ticks")
async def ticks(req, resp):
    async def tick():
        for _ in range(120):
            await asyncio.sleep(0.001)
            await resp.flush()
            await resp.send("b" * 100)

    task = asyncio.create_task(tick())
    for _ in range(24):
        await resp.send("a" * 500)
    await task


app.run(HOST, PORT)
"""


@pytest.mark.parametrize("path", ["/parts", "/whole", "/flushed", "/ticks"])
def test_tasks_that_send_together_do_not_overwrite_each_other(serve, path):
    """While a client is slow, what one of them has sent waits in the buffer of all."""
    server = serve(TOGETHER, heap=harness.ROOMY, sndbuf=harness.SNDBUF)
    for _ in range(3):
        with harness.Client(server.port) as c:
            c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            c.send(harness.message(path))
            time.sleep(0.05)  # its socket is full
            answer = c.answer()
            assert (answer.body.count(b"a"), answer.body.count(b"b"), len(answer.body)) == (12000, 12000, 24000), path
            assert c.request(harness.message("/none")).code == 404


@pytest.mark.parametrize("path", ["/pieces", "/late-pieces"])
def test_pieces_end_with_the_response(serve, path):
    server = serve(TASKS, heap=harness.ROOMY, traceback=True)
    with harness.Client(server.port) as c:
        for _ in range(3):
            assert c.request(harness.message(path)).body == b"a"
            assert c.request(harness.message("/ok")).text == "fine"
            harness.time.sleep(0.1)
