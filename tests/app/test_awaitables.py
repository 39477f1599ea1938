# What may be awaited may also be given to asyncio: whatever a response's or a request's method returns.
import asyncio

import harness
import pytest
from tinyweb.compat_cpython import NO_WAIT

PROGRAM = """
import asyncio
import tinyweb

app = tinyweb.webserver(debug=DEBUG)


async def task(it):
    return await asyncio.create_task(it)


async def gather(it):
    return (await asyncio.gather(it))[0]


async def nap():
    await asyncio.sleep(0)


async def gather_two(it):
    return (await asyncio.gather(nap(), it))[1]


async def wait_for(it):
    return await asyncio.wait_for(it, 5)


async def wait_for_none(it):
    return await asyncio.wait_for(it, None)


async def nested(it):
    return await asyncio.wait_for(gather(it), 5)


async def plain(it):
    return await it


WAYS = (plain, task, gather, gather_two, wait_for, wait_for_none, nested)


@app.post("/<int:way>/<what>", max_body_size=5000)
async def do(req, resp, way, what):
    await DO[what](req, resp, WAYS[way])


async def small(req, resp, way):
    assert await way(resp.send("small")) is None
    assert await way(resp.send(b"er")) is None


async def html(req, resp, way):
    assert await way(resp.start_html()) is None
    await way(resp.send("<p>"))
    await way(resp.start_html())


async def large(req, resp, way):
    assert await way(resp.send("x" * 5000)) is None
    await way(resp.send("y"))


async def many(req, resp, way):
    for i in range(300):
        await way(resp.send("%03d" % i))


async def flush(req, resp, way):
    await way(resp.send("a"))
    assert await way(resp.flush()) is None
    await way(resp.send("b"))
    await way(resp.flush())


async def release(req, resp, way):
    await way(resp.send("a"))
    assert await way(resp.release()) is None
    await way(resp.send("b"))


async def error(req, resp, way):
    assert await way(resp.error(418, "tea")) is None


async def redirect(req, resp, way):
    assert await way(resp.redirect("/elsewhere")) is None


async def file(req, resp, way):
    assert await way(resp.send_file(__file__)) is None


async def body(req, resp, way):
    await resp.send(await way(req.body()))


async def read(req, resp, way):
    got = b""
    while len(got) < 4000:
        got += await way(req.read(1000))
    await way(resp.send(got))


async def form(req, resp, way):
    await resp.send(str(len(await way(req.read_parse_form_data()))))


async def at_once(req, resp, way):
    # the same is given to several at once, and awaited again
    await asyncio.gather(resp.send("a"), resp.send("b"), resp.send("c"))
    it = resp.send("d")
    await way(it)
    tasks = [asyncio.create_task(resp.send("e")) for _ in range(3)]
    for each in tasks:
        await each


async def cancelled(req, resp, way):
    # a task of it may be cancelled before it has begun
    asyncio.create_task(resp.send("a")).cancel()
    await asyncio.sleep(0.01)
    await way(resp.send("b"))


@app.get("/returned")
def returned(req, resp):
    return resp.send("returned")


DO = dict(small=small, html=html, large=large, many=many, flush=flush, release=release, error=error, redirect=redirect,
          file=file, body=body, read=read, form=form, at_once=at_once, cancelled=cancelled)
app.run(HOST, PORT)
"""
BODY = b"k=" + b"v" * 3998
WANT = {"small": (200, b"smaller"), "html": (200, b"<p>"), "large": (200, b"x" * 5000 + b"y"),
        "many": (200, b"".join(b"%03d" % i for i in range(300))), "flush": (200, b"ab"), "release": (200, b"ab"),
        "error": (418, b"tea"), "redirect": (302, b""), "file": (200, None), "body": (200, BODY), "read": (200, BODY),
        "form": (200, b"1"), "at_once": (200, b"abcdeee"), "cancelled": (200, b"ab")}
WAYS = ("await", "create_task", "gather", "gather two", "wait_for", "wait_for without a time", "both")


@pytest.fixture(scope="module", params=[False, True], ids=["", "debug"])
def port(serve_module, request):
    return serve_module(PROGRAM.replace("DEBUG", str(request.param)), heap="1m").port


@pytest.mark.parametrize("way", range(len(WAYS)), ids=WAYS)
@pytest.mark.parametrize("what", WANT)
def test_what_is_awaitable_is_for_asyncio_too(port, what, way):
    fields = [("Content-Type", "application/x-www-form-urlencoded")]
    with harness.Client(port) as c:
        for _ in range(2):
            answer = c.request(harness.message(f"/{way}/{what}", fields, "POST", BODY))
            code, body = WANT[what]
            assert answer.code == code, answer
            assert answer.body == body or body is None and b"tinyweb" in answer.body, answer


def test_what_a_method_returns_may_be_returned(port):
    assert harness.get(port, "/returned").text == "returned"


def test_what_needs_no_wait_is_a_coroutine_to_an_event_loop_that_has_ended():
    loop = asyncio.new_event_loop()
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        asyncio.ensure_future(NO_WAIT, loop=loop)  # which closes what it cannot run
