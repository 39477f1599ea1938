# What a program does at the edge of what it may, and the bytes that must not come of it: another client's, an earlier
# answer's, or one more answer than there are requests.
import pathlib
import re
import time

import harness
import pytest

PROGRAM = """
import asyncio
import tinyweb
from tinyweb.lazy import lazy

app = tinyweb.webserver(max_concurrency=2, idle_timeout=3, io_timeout=2)

kept = []
MARK = b"~" * 900


def fill(resp):
    # as if other clients had been there: their bytes stand in all buffers, but where this one has gathered its own
    for buf in (app._spare_buffer, app._second_buffer):
        if buf is None or buf is resp.req._conn.buf:
            continue  # in use, or borrowed
        n = resp._filled if buf is resp._buffer else 0
        buf[n:] = b"S" * (len(buf) - n)


def spare():
    return (app._spare_buffer is not None) + (app._second_buffer is not None)


@app.get("/state")
def state(req, resp):
    return "%d %d %d %s" % (app._free_slots, spare(), len(app._connections), " ".join(kept))


@app.before_request
async def guard(req, resp):
    if req.query_string == b"closed":
        await resp.send_file(FILE)


@app.get("/guarded")
def guarded(req, resp):
    kept.append("guarded")
    return "secret"


@app.get("/large")
def large(req, resp):
    return "L" * 2000, 200, {"Content-Length": 3, "X-Name": req.query["name"]}


async def read_late(req):
    while req._conn in app._connections:
        await asyncio.sleep(0.01)
    for read in req.body, req.read, lambda: req.readinto(bytearray(9)):
        try:
            await read()
        except OSError:
            kept.append("OSError")


@app.post("/reads-late")
def reads_late(req, resp):
    asyncio.create_task(read_late(req))
    return "answer"


async def read_beside(req):
    await asyncio.sleep(0.05)
    try:
        await req.read(9)
    except OSError:
        kept.append("OSError")


@app.post("/reads-beside")
def reads_beside(req, resp):
    asyncio.create_task(read_beside(req))
    return "answer"


@app.get("/no-body/<int:code>/<source>")
async def no_body(req, resp, code, source):
    resp.code = code
    if source == "file":
        await resp.send_file(FILE)
    else:
        await resp.send_prepared(b"M" * 9000, 0, 9000, 9000, [None])


@app.get("/negative")
async def negative(req, resp):
    fill(resp)
    await asyncio.sleep(0)
    resp.add_header("Content-Length", -100)
    await resp.send("x")


@app.get("/cookie")
def cookie(req, resp):
    kept.append("cookie")
    answer = resp.send_file(FILE)
    resp.set_cookie("who", "c%d" % kept.count("cookie"))
    return answer


@app.get("/long")
async def long(req, resp):
    # as where memory is short: there is no buffer but the core's
    lazy.prepared._buffer = None
    resp.add_header("X-Long", "l" * 1500)
    await resp.send_file(FILE)


@app.get("/gone")
async def gone(req, resp):
    def fails(*args):
        raise OSError(2)

    lazy.prepared.open = fails  # it went between the look and the opening
    try:
        await resp.send_file(FILE, max_age=7777)
    finally:
        del lazy.prepared.open


@app.get("/file")
async def file(req, resp):
    lazy.prepared._buffer = bytearray(4096)
    await resp.send("hello")
    fill(resp)
    await resp.send_file(FILE)


@app.post("/lines")
async def lines(req, resp):
    # A body in chunks, read by a handler that loses patience now and then.
    out = b""
    while True:
        try:
            piece = await asyncio.wait_for(req.read(100), 0.05)
        except asyncio.TimeoutError:
            continue
        if not piece:
            return out
        out += piece


@app.get("/impatient")
async def impatient(req, resp):
    try:
        while True:
            await asyncio.wait_for(resp.send(MARK), 0.1)
    except asyncio.TimeoutError:
        pass
    for i in range(40):
        await resp.send("late" * 20)


@app.get("/task")
async def task(req, resp):
    async def go_on():
        await asyncio.sleep(0.3)
        try:
            while True:
                resp.send("A" * 20)
                await asyncio.sleep(0)
                if len(kept) > 9:
                    return
        except Exception as e:
            kept.append(type(e).__name__)

    await resp.send("B" * 50)
    asyncio.create_task(go_on())
    while True:
        await asyncio.sleep(0.01)
        await resp.send("B" * 600)


@app.get("/dies")
async def dies(req, resp):
    async def go_on():
        try:
            for _ in range(60):
                await asyncio.sleep(0.02)
                await resp.send("A" * 20)
        except Exception as e:
            kept.append(type(e).__name__)

    await resp.send("B" * 50)
    asyncio.create_task(go_on())
    raise MemoryError  # the buffer was borrowed till now


@app.get("/gather")
async def gather(req, resp):
    await resp.send("C" * 200)
    resp._hooks_run = True
    await asyncio.sleep(0.8)
    await resp.send("C" * 200)


@app.get("/after")
def after(req, resp):
    async def go_on():
        await asyncio.sleep(0)
        for f in resp.flush, resp.error, resp.send, resp.send_file, resp.pieces, resp.release:
            try:
                x = f(*{resp.error: (500,), resp.send: ("x",), resp.send_file: (FILE,), resp.pieces: ("x",)}.get(f, ()))
                if hasattr(x, "send"):
                    await x
                kept.append(str(x))
            except OSError:
                kept.append("OSError")

    asyncio.create_task(go_on())
    return "answer"


@app.post("/starved")
async def starved(req, resp):
    # Memory runs out at the first wait, and the handler does not mind.
    waiting = lazy.waiting
    handler_waits = waiting.handler_waits

    def fails(conn):
        waiting.handler_waits = handler_waits
        raise MemoryError

    waiting.handler_waits = fails
    try:
        await asyncio.sleep(0.3)
    except MemoryError:
        pass
    return await req.read()


app._open_ = app._open


def opened(*args):
    listen = app._open_(*args)
    app._second_buffer = bytearray(1024)  # as if two requests had been served at once
    return listen


app._open = opened
app.run(HOST, PORT)
"""


@pytest.fixture(scope="module", params=["micropython", "cpython"])
def interpreter(request):
    return request.param


@pytest.fixture(scope="module")
def server(serve_module, tmp_path_factory):
    path = pathlib.Path(tmp_path_factory.mktemp("files")) / "page.html"
    path.write_bytes(b"F" * 300000)
    return serve_module(f"FILE = {str(path)!r}\n" + PROGRAM, heap="256k", traceback=True)


def state(server):
    return harness.get(server.port, "/state").text.split()


def settled(server):
    """All slots and buffers are back; the request that asks has borrowed its buffer."""
    harness.wait_for(lambda: state(server)[:3] == ["2", "2", "1"], 8, lambda: state(server))


def test_a_file_that_a_hook_sends_is_the_answer(server):
    assert harness.get(server.port, "/guarded?closed").body == b"F" * 300000
    assert "guarded" not in state(server), "the handler ran"


def test_an_answer_that_failed_leaves_nothing_behind_the_error(server):
    answer = harness.get(server.port, "/large?name=a%0D%0Ab")
    assert (answer.code, answer.text) == (500, "Internal Server Error\n")
    with harness.Client(server.port) as c:
        c.request(harness.message("/large?name=a%0D%0Ab"))
        assert b"L" not in c.buffer, c.buffer[:99]


def test_a_negative_length_shows_nothing_of_a_buffer(server):
    assert b"SS" not in harness.raw(server.port, harness.message("/negative"), timeout=1)


def test_what_was_gathered_before_a_file_shows_nothing_of_a_buffer(server):
    with harness.Client(server.port) as c:
        answer = c.request(harness.message("/file"))
        assert answer.body.strip(b"F") in (b"", b"hello"), answer.body.strip(b"F")[:99]
    settled(server)


def test_a_file_is_remembered_without_one_clients_cookie(server):
    for i in 1, 2, 3:
        assert harness.get(server.port, "/cookie").headers["set-cookie"].startswith(f"who=c{i};")


def test_a_file_goes_behind_a_head_longer_than_the_buffer(server):
    assert harness.get(server.port, "/long").body == b"F" * 300000


def test_an_error_in_a_files_place_is_kept_by_no_cache(server):
    answer = harness.get(server.port, "/gone")
    assert (answer.code, answer.headers.get("cache-control"), answer.all("etag")) == (500, None, [])


def test_an_impatient_reader_loses_no_byte_of_a_chunk_line(server):
    body = harness.chunked(b"x" * 16, b"y" * 17)
    with harness.Client(server.port) as c:
        c.send(harness.message("/lines", {"Transfer-Encoding": "chunked"}, "POST"))
        c.send(body, pieces=1, pause=0.08)
        answer = c.answer("POST")
        # asyncio.wait_for() drops what a read returns in the moment in which its time is over: a byte of data may be
        # missing, but none of a line, as then the next chunk would not be found.
        assert answer.code == 200 and re.fullmatch(b"x{14,16}y{15,17}", answer.body), answer
        assert c.request(harness.message("/guarded")).text == "secret"


def test_an_impatient_writer_ends_the_answer_where_it_was_cut(server):
    with harness.Client(server.port) as c:
        c.send(harness.message("/impatient"))
        time.sleep(0.6)
        got = b""
        c.socket.settimeout(3)
        try:
            while piece := c.socket.recv(65536):
                got += piece
        except OSError:
            pass
        body = got.split(b"\r\n\r\n", 1)[1]
        assert b"late" not in body, body[-200:]
    settled(server)


def nobody_else_writes(server):
    """Two clients at once get what their handlers gather, and nothing else."""
    with harness.Client(server.port) as c, harness.Client(server.port) as d:
        for each in c, d:
            each.send(harness.message("/gather"))
        for each in c, d:
            answer = each.answer()
            assert answer.body == b"C" * 400, answer
    settled(server)


def test_a_task_that_outlives_its_request_writes_in_nobodys_buffer(server):
    with harness.Client(server.port) as gone:
        gone.send(harness.message("/task"))
        gone.socket.recv(10)
    nobody_else_writes(server)


def test_a_task_of_a_request_that_ends_without_memory_writes_in_nobodys_buffer(server):
    try:
        # once more, with whatever the tasks of the first attempt send
        assert harness.get(server.port, "/dies").code == 503
    except (harness.NoAnswer, harness.Truncated):
        pass
    nobody_else_writes(server)


def test_nothing_is_sent_once_the_answer_is_over(server):
    with harness.Client(server.port) as c:
        assert c.request(harness.message("/after")).text == "answer"
        harness.wait_for(lambda: state(server).count("OSError") >= 6, 3, lambda: state(server))
        assert c.request(harness.message("/guarded")).text == "secret"


@pytest.mark.parametrize("framing", ["Transfer-Encoding: chunked", "Content-Length: 9"])
def test_a_task_that_reads_when_its_request_is_over_takes_no_slot(server, framing):
    count = state(server).count("OSError")
    with harness.Client(server.port) as c:
        c.send(b"POST /reads-late HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n" % framing.encode())
        assert c.answer("POST").text == "answer"
    harness.wait_for(lambda: state(server).count("OSError") == count + 3, 10, lambda: state(server))
    settled(server)


@pytest.mark.parametrize("more", ["", "Expect: 100-continue\r\n"])
@pytest.mark.parametrize("stays", [True, False])
def test_a_task_that_reads_while_the_connection_ends_does_not_keep_it(server, stays, more):
    count = state(server).count("OSError")
    with harness.Client(server.port) as c:
        # too much to be read over, so that the connection ends
        c.send(b"POST /reads-beside HTTP/1.1\r\nHost: x\r\n%sContent-Length: 5000\r\n\r\n" % more.encode())
        assert c.answer("POST").text == "answer"
        time.sleep(0.1)
        if stays:
            harness.wait_for(lambda: state(server).count("OSError") == count + 1, 10, lambda: state(server))
    settled(server)


@pytest.mark.parametrize("source", ["file", "memory"])
@pytest.mark.parametrize("code", [204, 304])
def test_nothing_is_sent_behind_a_status_without_a_body(server, code, source):
    with harness.Client(server.port) as c:
        for _ in range(2):
            assert c.request(harness.message(f"/no-body/{code}/{source}")).code == code
            assert c.request(harness.message("/guarded")).text == "secret"


def test_a_wait_without_memory_leaves_nothing_where_others_read(server):
    with harness.Client(server.port) as c:
        c.send(harness.message("/starved", {"Content-Length": "6"}, "POST", b"mine!!"))
        harness.get(server.port, "/guarded?" + "S" * 300)
        try:
            answer = c.answer("POST")
        except (harness.NoAnswer, harness.Truncated):
            pass
        else:
            assert answer.code != 200 or answer.body == b"mine!!", answer.body
    settled(server)
