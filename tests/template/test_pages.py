# Pages from templates and generators, as a server sends them.
import harness
import pytest

PROGRAM = """
import asyncio
import tinyweb
import tinyweb_template
from tinyweb_template import Page, escape

app = tinyweb.webserver()
TEMPLATES = {
    "table.html": "{% args title, rows %}\\n<h1>{{ title }}</h1>\\n"
                  "{% for row in rows %}\\n<p>{{ row }}</p>\\n{% end %}\\n",
    "error.html": "{% args code %}\\n<h1>Error {{ code }}</h1>",
    "late.html": "{% args n %}\\n{% for i in range(n) %}\\n<p>{{ 100 // (n - 1 - i) }}</p>\\n{% end %}\\n",
}
for name in TEMPLATES:
    with open(name, "w") as f:
        f.write(TEMPLATES[name])
table = tinyweb_template.load("table.html")
error = tinyweb_template.load("error.html")
late = tinyweb_template.load("late.html")


@app.get("/<int:n>")
async def page(req, resp, n):
    return table("<Rows> & more", range(n))


@app.get("/plain")
def plain(req, resp):
    return table("plain", "ab")


@app.get("/fields")
async def fields(req, resp):
    return table("", ""), 201, [("X-A", "1"), ("Set-Cookie", "a=1"), ("Content-Type", "text/plain")]


@app.get("/only-fields")
async def only_fields(req, resp):
    return table("", ""), {"X-A": "2"}


@app.get("/late/<int:n>")
async def failing(req, resp, n):
    return late(n)


@app.get("/generator")
async def generator(req, resp):
    return Page("%d <%s>\\n" % (n, escape("<")) for n in range(3))


async def slowly():
    yield "<b>"
    for n in range(3):
        await asyncio.sleep(0.01)
        yield str(n)
    yield "</b>"


@app.get("/slowly")
async def asynchronous(req, resp):
    return Page(slowly())


async def endless(wait):
    try:
        while True:
            yield "x" * 500
            if wait:
                await asyncio.sleep(0.01)
    finally:
        print("ENDED", wait)


def endless_and_plain():
    try:
        while True:
            yield "x" * 500
    finally:
        print("ENDED plain")


@app.get("/endless/<int:wait>")
def without_end(req, resp, wait):
    return Page(endless(wait) if wait < 2 else endless_and_plain())


def numbers():
    yield "1"
    yield "2"


@app.get("/refused")
def refused(req, resp):
    return numbers()


@app.get("/refused/too")
async def refused_too(req, resp):
    return slowly()


@app.get("/refused/tuple")
async def refused_tuple(req, resp):
    return numbers(), 201


@app.errorhandler(404)
async def not_found(req, resp, e):
    return error(404)


@app.errorhandler(403)
async def forbidden(req, resp, e):
    return error(403), 402


@app.get("/forbidden")
async def forbidden_page(req, resp):
    raise tinyweb.HTTPException(403)


@app.before_request
async def closed(req, resp):
    if req.path == b"/closed":
        return error("closed"), 503


@app.after_request
async def stamp(req, resp):
    await asyncio.sleep(0)
    resp.add_header("X-Code", str(resp.code))


app.run(HOST, PORT)
"""
REFUSED = "A handler does not yield: it returns its body, or awaits resp.send(); generators are for"


@pytest.fixture(scope="module")
def board(serve_module):
    return serve_module(PROGRAM, heap="160k", traceback=True)


def text(n, title="&lt;Rows&gt; &amp; more"):
    return f"<h1>{title}</h1>\n" + "".join(f"<p>{i}</p>\n" for i in range(n))


def test_a_page_is_the_template_with_its_values(board):
    got = harness.get(board.port, "/3")
    assert (got.code, got.text) == (200, text(3)), got
    assert got.headers["content-type"] == "text/html; charset=utf-8", got.fields
    # A short one leaves with its length, in one piece with its head.
    assert got.headers["content-length"] == str(len(text(3))) and got.headers["x-code"] == "200", got.fields
    assert harness.get(board.port, "/plain").text == "<h1>plain</h1>\n<p>a</p>\n<p>b</p>\n"


def test_a_long_page_is_never_whole_in_the_heap(board):
    # 20,000 rows are more than the heap has
    got = harness.get(board.port, "/20000")
    assert got.text == text(20000) and got.headers["transfer-encoding"] == "chunked", got.fields
    got = harness.get(board.port, "/2000", method="HEAD")
    assert (got.code, got.body) == (200, b""), got


def test_status_and_fields_come_with_it(board):
    got = harness.get(board.port, "/fields")
    assert (got.code, got.text, got.headers["x-a"], got.headers["x-code"]) == (201, "<h1></h1>\n", "1", "201"), got
    assert [value for name, value in got.fields if name == "set-cookie"] == ["a=1"], got.fields
    assert got.headers["content-type"] == "text/plain", got.fields
    got = harness.get(board.port, "/only-fields")
    assert (got.code, got.headers["x-a"]) == (200, "2"), got


def test_hooks_and_error_handlers_may_return_one(board):
    for path, code, word in (("/none/at/all", 404, 404), ("/forbidden", 402, 403), ("/closed", 503, "closed")):
        got = harness.get(board.port, path)
        assert (got.code, got.text) == (code, f"<h1>Error {word}</h1>"), got


def test_what_fails_before_the_head_has_left_is_500_and_later_ends_the_connection(board):
    assert harness.get(board.port, "/late/3").code == 500
    board.wait_output("ZeroDivisionError")
    with pytest.raises((OSError, EOFError, AssertionError, harness.h11.RemoteProtocolError)):
        harness.get(board.port, "/late/300")
    assert harness.get(board.port, "/3").text == text(3)


def test_generators_are_pages_where_the_program_says_so(board):
    assert harness.get(board.port, "/generator").text == "0 <&lt;>\n1 <&lt;>\n2 <&lt;>\n"
    assert harness.get(board.port, "/slowly").text == "<b>012</b>"


@pytest.mark.parametrize(("wait", "said"), [(0, "ENDED 0"), (1, "ENDED 1"), (2, "ENDED plain")])
def test_a_generator_whose_client_leaves_is_closed(board, wait, said):
    with harness.Client(board.port) as c:
        c.send(harness.message(f"/endless/{wait}"))
        assert c._receive()
    board.wait_output(said)
    assert harness.get(board.port, "/3").text == text(3)


@pytest.mark.parametrize("path", ["/refused", "/refused/too", "/refused/tuple"])
def test_another_generator_is_refused_with_a_sentence(board, path):
    before = len(board.output())
    assert harness.get(board.port, path).code == 500
    harness.wait_for(lambda: REFUSED in board.output()[before:] and board.output(), 20, board.output)
