# What happens seldom: names that nobody has, answers begun twice, error handlers and logs that fail, clients that
# dribble or do not read, a listener that fails, Ctrl-C beside an open connection.
import signal
import socket
import threading
import time

import harness
import pytest

PROGRAM = """
import asyncio
import time

import tinyweb

app = tinyweb.webserver()
kept = None


@app.get("/names")
def names(req, resp):
    return [hasattr(req, "nothing"), hasattr(resp, "nothing"), req.header("X-Own").decode()]


@app.get("/run")
def run(req, resp):
    try:
        app.run(HOST, PORT)
    except RuntimeError as e:
        return str(e)


@app.get("/teapot")
def teapot(req, resp):
    raise tinyweb.HTTPException(418, "short and stout")


@app.errorhandler(418)
def fails(req, resp, error):
    raise ValueError("it fails too")


@app.get("/late")
async def late(req, resp):
    await resp.send("begun ")
    await resp.flush()
    try:
        await resp.redirect("/")
    except ValueError as e:
        await resp.send(str(e))


@app.get("/promise")
async def promise(req, resp):
    resp.add_header("Content-Length", "5")
    await resp.send("abc")
    await resp.flush()
    await resp.send("defgh")


@app.get("/keep")
def keep(req, resp):
    global kept
    kept = resp
    return "kept"


@app.get("/over")
async def over(req, resp):
    try:
        await kept.send("to whom?")
    except OSError:
        return "over"


@app.get("/pause")
async def pause(req, resp):
    await resp.send("a" * 600)
    await asyncio.sleep(0.05)
    await resp.send("b")


@app.get("/endless")
async def endless(req, resp):
    while True:
        await resp.send("e" * 1000)


@app.get("/kilobyte")
def kilobyte(req, resp):
    return "k" * 1000


@app.get("/negative")
def negative(req, resp):
    resp.add_header("Content-Length", "-1")
    return "x"


@app.get("/sum")
async def sum_up(req, resp):
    total = 0
    for _ in range(30):
        try:
            while True:
                data = await asyncio.wait_for(req.read(3), 0.03)
                if not data:
                    return str(total)
                total += len(data)
        except asyncio.TimeoutError:
            pass


@app.get("/exhausted/<int:begun>")
async def exhausted(req, resp, begun):
    if begun:
        await resp.send("begun")
    await asyncio.sleep(0.2)
    bytearray(1 << 60)


calls = 0


@app.get("/sends-later")
async def sends_later(req, resp):
    global calls
    calls += 1
    if calls == 2:
        asyncio.create_task(sends(resp))
    bytearray(1 << 60)


async def sends(resp):
    await asyncio.sleep(0.01)
    await resp.send("later")
    await resp.flush()


@app.post("/reads-late")
async def reads_late(req, resp):
    asyncio.create_task(reads(req))
    return "x"


async def reads(req):
    await asyncio.sleep(1)
    try:
        await req.read(10)
    except OSError:
        print("the request is over")


@app.get("/awaits-a-number")
async def awaits_a_number(req, resp):
    await 5


@app.get("/no-such-attribute")
def no_such_attribute(req, resp):
    return app.nothing.such


@app.post("/exhausted-behind-a-reset")
async def exhausted_behind_a_reset(req, resp):
    # nobody sees the reset before this
    print("waits")
    writer = getattr(req._conn.sock, "_w", None)
    if writer:
        while not writer.transport.is_closing():
            await asyncio.sleep(0)
    else:
        time.sleep(1)
    print("goes on")
    bytearray(1 << 60)


@app.get("/fails/<int:begun>")
async def fails_late(req, resp, begun):
    if begun:
        await resp.send("begun")
        await asyncio.sleep(0.2)
        await resp.send(" and gone on")
    await asyncio.sleep(0.2)
    print("it was reached")
    raise ValueError("late")


for _ in range(2):
    try:
        app.run(HOST, PORT)
    except KeyboardInterrupt:
        print("interrupted")
"""


def test_what_is_asked_for_wrongly_is_said(serve):
    r = serve(PROGRAM, traceback=True, heap=harness.ROOMY)  # every room is loaded here
    got = harness.get(r.port, "/names", [("X-Own", "mine")]).text
    assert got.replace(" ", "") == '[false,false,"mine"]', got
    assert harness.get(r.port, "/run").text.startswith("This server runs already")
    answer = harness.get(r.port, "/teapot")
    assert (answer.code, answer.text) == (418, "short and stout"), answer
    harness.wait_for(lambda: "it fails too" in r.output(), 5, r.output)
    answer = harness.get(r.port, "/late")
    assert (answer.code, answer.text) == (200, "begun The head has left already"), answer
    answer = harness.get(r.port, "/promise")
    assert (answer.framing, answer.body) == ("length", b"abcde"), answer
    answer = harness.get(r.port, "/negative")
    assert answer.code == 500, answer
    with harness.Client(r.port) as c:
        assert c.request(harness.message("/keep")).text == "kept"
        assert c.request(harness.message("/over")).text == "over"


def test_a_client_that_reads_none_of_its_answers_gets_them_all_later(serve):
    r = serve(PROGRAM, sndbuf=harness.SNDBUF)
    count = 4000
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.settimeout(20)
        s.connect((harness.HOST, r.port))
        last = harness.message("/kilobyte", [("Connection", "close")])
        sender = threading.Thread(target=s.sendall, args=(harness.message("/kilobyte") * (count - 1) + last,))
        sender.start()
        time.sleep(0.5)
        got = bytearray()
        while data := s.recv(65536):
            got += data
        sender.join()
    assert got.count(b"HTTP/1.1 200 OK\r\n") == got.count(b"k" * 1000) == count


def test_a_long_head_keeps_its_own_buffer_while_its_handler_waits(serve):
    r = serve(PROGRAM, sndbuf=harness.SNDBUF)
    head = harness.message("/pause", [("X", "x" * 1500)])
    with harness.Client(r.port) as c:
        for _ in range(2):
            answer = c.request(head, pieces=400)
            assert (answer.framing, answer.text) == ("chunked", "a" * 600 + "b"), answer
        assert c.request(harness.message("/pause")).text == "a" * 600 + "b"


def test_a_client_that_resets_an_answer_on_its_way_ends_that_alone(serve):
    r = serve(PROGRAM, sndbuf=harness.SNDBUF)
    with harness.Client(r.port) as c:
        c.send(harness.message("/endless"))
        time.sleep(0.5)  # now it waits for room
        c.reset()
    assert harness.get(r.port, "/kilobyte").code == 200


def test_a_chunked_body_is_read_on_wherever_a_timeout_of_the_handlers_own_ended_it(serve):
    r = serve(PROGRAM, sndbuf=harness.SNDBUF)
    with harness.Client(r.port) as c:
        c.send(harness.message("/sum", [("Transfer-Encoding", "chunked")]))
        for piece in b"5", b"\r\n", b"12", b"345", b"\r", b"\n0\r\n", b"X-Trailer: ", b"1\r\n", b"\r\n":
            time.sleep(0.07)
            c.send(piece)
        assert c.answer().text == "5"


def leave(port, target):
    """Ask for `target`, and reset the connection while its handler waits."""
    with harness.Client(port) as c:
        c.send(harness.message(target))
        time.sleep(0.1)
        c.reset()
    time.sleep(0.5)


def test_memory_that_runs_out_in_a_handler_ends_its_request_alone(serve):
    r = serve(PROGRAM, heap=harness.ROOMY)
    answer = harness.get(r.port, "/exhausted/0")
    assert (answer.code, answer.headers["connection"]) == (503, "close"), answer
    with pytest.raises(harness.Truncated):
        harness.get(r.port, "/exhausted/1")
    leave(r.port, "/exhausted/0")
    assert r.output().count("tinyweb: out of memory") > 3, r.output()  # each GET is tried again
    assert harness.get(r.port, "/kilobyte").code == 200


def test_what_a_task_has_sent_while_memory_was_to_come_back_is_not_sent_twice(serve):
    r = serve(PROGRAM, heap=harness.ROOMY)
    with pytest.raises((harness.Truncated, ConnectionResetError)):
        harness.get(r.port, "/sends-later")
    assert harness.get(r.port, "/kilobyte").code == 200


def test_a_task_that_reads_chunks_behind_its_request_is_told(serve):
    r = serve(PROGRAM, heap=harness.ROOMY)
    with harness.Client(r.port) as c:
        fields = [("Transfer-Encoding", "chunked"), ("Connection", "close")]
        assert c.request(harness.message("/reads-late", fields, "POST")).text == "x"
    r.wait_output("the request is over")


@pytest.mark.parametrize(("target", "error"), [
    ("/awaits-a-number", "TypeError"), ("/no-such-attribute", "AttributeError"),
])  # fmt: skip
def test_what_is_none_of_ours_gets_no_advice(serve, target, error):
    r = serve(PROGRAM, heap=harness.ROOMY, traceback=True)
    assert harness.get(r.port, target).code == 500
    assert error in r.output() and f"GET {target}:" not in r.output(), r.output()


def test_memory_that_runs_out_for_a_client_that_has_reset_ends_nothing_else(serve):
    r = serve(PROGRAM, heap=harness.ROOMY)
    with harness.Client(r.port) as c:
        c.send(harness.message("/exhausted-behind-a-reset", method="POST"))
        r.wait_output("waits")
        c.reset()
    r.wait_output("goes on")
    assert harness.get(r.port, "/kilobyte").code == 200


def test_a_client_that_resets_behind_an_error_ends_that_alone(serve):
    """Its body is being read over then."""
    r = serve(PROGRAM, heap=harness.ROOMY, sndbuf=harness.SNDBUF)
    for _ in range(3):
        with harness.Client(r.port) as c:
            assert c.request(harness.message("/none", [("Content-Length", "99999")], "POST"), "POST").code == 404
            c.reset()
        assert harness.get(r.port, "/kilobyte").code == 200


BROKEN = """
import tinyweb
import tinyweb.framing

app = tinyweb.webserver()


def broken(*_):
    raise ValueError("no head can be made")


@app.get("/")
def index(req, resp):
    return "index"


@app.get("/fails")
def fails(req, resp):
    resp.headers["X"] = "1"
    raise KeyError


@app.errorhandler(KeyError)
def handler(req, resp, error):
    return "handled", 404


tinyweb.framing.make_head = broken
app.run(HOST, PORT)
"""


def test_a_server_that_can_make_no_head_ends_the_connection(serve):
    # a stand-in for a module that cannot be loaded; a plain 200 needs none
    r = serve(BROKEN, traceback=True, heap=harness.ROOMY)
    for _ in range(2):
        with pytest.raises((harness.NoAnswer, ConnectionResetError)):
            harness.get(r.port, "/fails")
        assert harness.get(r.port).text == "index"
    assert r.output().count("The response to an error failed") == 6, r.output()


def test_an_error_whose_client_has_left_is_logged_once(serve):
    r = serve(PROGRAM, traceback=True, heap=harness.ROOMY)
    leave(r.port, "/fails/0")
    assert r.output().count("it was reached") == r.output().count("ValueError: late") == 1, r.output()
    assert "The error handler failed" not in r.output(), r.output()
    assert harness.get(r.port, "/kilobyte").code == 200


def test_a_handler_learns_that_its_client_has_left(serve):
    r = serve(PROGRAM, sndbuf=harness.SNDBUF)
    leave(r.port, "/fails/1")
    assert "it was reached" not in r.output(), r.output()
    assert harness.get(r.port, "/kilobyte").code == 200


def test_a_body_that_dribbles_behind_its_answer_is_read_for_half_a_second(serve):
    r = serve(PROGRAM, heap=harness.ROOMY, sndbuf=harness.SNDBUF)
    with harness.Client(r.port) as c:
        assert c.request(harness.message("/none", [("Content-Length", "99999")], "POST"), "POST").code == 404
        begun = time.monotonic()
        while time.monotonic() < begun + 5 and not c.ended(0.1):
            c.send(b"x")
        took = time.monotonic() - begun
    assert 0.3 < took < 2, took


def test_ctrl_c_beside_an_open_connection_closes_it_and_run_works_again(serve):
    r = serve(PROGRAM, ends=True)
    for turn in range(2):
        with harness.Client(r.port) as c:
            assert c.request(harness.message("/kilobyte")).code == 200
            time.sleep(0.2)  # now the server waits for it
            r.process.send_signal(signal.SIGINT)
            assert c.ended()
        r.wait_output("interrupted\n" * (turn + 1))
        if not turn:
            harness.wait_for(lambda: harness.accepts(r.port), 5, r.output)
    assert r.wait_end() == 0, r.output()
    assert not any(word in r.output() for word in harness.TROUBLE), r.output()


def test_an_access_log_that_fails_takes_nothing_away(serve):
    r = serve("""
import tinyweb

app = tinyweb.webserver()


def log(*args):
    raise ValueError("the log is full")


app.access_log = log


@app.get("/")
def index(req, resp):
    return "hello"


app.run(HOST, PORT)
""", traceback=True)
    for _ in range(2):
        with harness.Client(r.port) as c:
            for _ in range(2):
                assert c.request(harness.message()).text == "hello"
    harness.wait_for(lambda: r.output().count("ValueError: the log is full") == 4, 5, r.output)


def test_a_listener_that_fails_is_opened_anew(serve):
    # accept() fails by injection: no socket of this system's does so when it is told
    r = serve("""
import tinyweb
from tinyweb.server import Listener

accept = Listener.accept
fails = [OSError(5) for _ in range(4)]
app = tinyweb.webserver()


async def failing(self):
    if fails:
        raise fails.pop()
    print("it accepts")
    return await accept(self)


Listener.accept = failing


@app.get("/")
def index(req, resp):
    return "%d failures are left" % len(fails)


app.run(HOST, PORT)
""", traceback=True)
    assert "The listener failed" in r.wait_output("it accepts"), r.output()
    assert harness.get(r.port).text == "0 failures are left"
