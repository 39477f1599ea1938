# Clients that leave while their handler waits for something else: nothing is sent on such a connection, and nothing
# read, so nothing would tell. It is noticed within two seconds, and what they held comes back. Who stays loses nothing
# by it.
import concurrent.futures
import itertools
import time

import harness
import pytest

PROGRAM = """
import asyncio
import tinyweb

app = tinyweb.webserver(max_head=1024, {more})
never = asyncio.Event()
tell = asyncio.Event()


@app.get("/hello")
def hello(req, resp):
    return "hello"


async def waits(name, coroutine):
    print("begun", name)
    try:
        await coroutine
    finally:
        print("left", name)


@app.route("/released")
async def released(req, resp):
    await resp.send("first")
    await resp.release()
    await waits("released", never.wait())


@app.get("/released-with-nothing")
async def released_with_nothing(req, resp):
    await resp.release()
    await waits("released-with-nothing", never.wait())


@app.get("/stream")
async def stream(req, resp):
    await resp.send("first")
    await waits("stream", never.wait())


@app.get("/html")
async def html(req, resp):
    await resp.start_html()
    await waits("html", never.wait())


@app.route("/silent")
async def silent(req, resp):
    await waits("silent", never.wait())


async def sleeps_and_sleeps():
    while True:
        await asyncio.sleep(0.05)


@app.get("/sleeps")
async def sleeps(req, resp):
    await waits("sleeps", sleeps_and_sleeps())


@app.get("/task")
async def task(req, resp):
    await waits("task", asyncio.create_task(sleeps_and_sleeps()))


@app.post("/read")
async def read(req, resp):
    await req.body()
    await waits("read", never.wait())


@app.get("/holds-on")
async def holds_on(req, resp):
    try:
        await never.wait()
    except BaseException:
        print("not yet")
    await waits("holds-on", never.wait())


@app.get("/told")
async def told(req, resp):
    await resp.send("first")
    await tell.wait()
    await resp.send("second")
    await waits("told", never.wait())


@app.get("/tell")
def tells(req, resp):
    tell.set()
    return "told"


@app.get("/never-ends")
async def never_ends(req, resp):
    # each cancel is passed over
    for _ in range(400):
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            pass
        if req._conn not in app._connections:
            print("closed beside its handler")
            return


@app.get("/late/<int:ms>")
async def late(req, resp, ms):
    await asyncio.sleep(ms / 1000)
    return "late"


@app.post("/late-body/<int:ms>", max_body_size=20000)
async def late_body(req, resp, ms):
    await asyncio.sleep(ms / 1000)
    return await req.body()


@app.post("/late-stream/<int:ms>", max_body_size=20000)
async def late_stream(req, resp, ms):
    await resp.send("begun ")
    await asyncio.sleep(ms / 1000)
    await resp.send(await req.body())


app.run(HOST, PORT)
"""
HELLO = harness.message("/hello")
# {what: the bytes of the request}
WAITING = {
    "released": harness.message("/released"),
    "released, nothing sent": harness.message("/released-with-nothing"),
    "released, of 1.0": harness.message("/released", version="1.0"),
    "released, with a request behind": harness.message("/released") + HELLO,
    "released, a body unread": harness.message("/released", method="POST", body=b"x" * 100),
    "a stream in a slot": harness.message("/stream"),
    "a head and nothing else": harness.message("/html"),
    "no answer yet": harness.message("/silent"),
    "no answer yet, of 1.0": harness.message("/silent", version="1.0"),
    "no answer yet, requests behind": harness.message("/silent") + HELLO * 5,
    "no answer yet, a body unread": harness.message("/silent", method="POST", body=b"x" * 100),
    "no answer yet, half a body": harness.message("/silent", [("Content-Length", "100")], "POST") + b"half",
    "a body that was read": harness.message("/read", method="POST", body=b"x" * 100),
    "wakes again and again": harness.message("/sleeps"),
    "waits for a task": harness.message("/task"),
}
# The aim is two seconds; a busy machine may take longer.
SOON = 4


@pytest.fixture(scope="module")
def server(serve_module):
    # room for all that a test has wait at once
    return serve_module(PROGRAM.replace("{more}", "max_concurrency=40"), heap="1m", sndbuf=harness.SNDBUF)


def begin(server, data, more=b""):
    """Send a request, wait until its handler waits, and send what comes behind. Gives the client."""
    count = server.output().count("begun ")
    client = harness.Client(server.port)
    client.send(data)
    harness.wait_for(lambda: server.output().count("begun ") > count, 5, server.output)
    client.send(more)
    return client


def left(server, count, within=SOON):
    """Wait until as many handlers have ended. Gives the seconds that took."""
    start = time.monotonic()
    harness.wait_for(lambda: server.output().count("left ") >= count, within, server.output)
    return time.monotonic() - start


@pytest.mark.parametrize("how", ["close", "reset"])
def test_who_leaves_is_noticed_though_nothing_is_sent(server, how):
    """Whatever its handler waits for, all at once."""
    before = server.output().count("left ")
    clients = [begin(server, data) for data in WAITING.values()]
    time.sleep(0.05)
    assert server.output().count("left ") == before, server.output()
    for client in clients:
        getattr(client, how)()
    left(server, before + len(clients))
    assert harness.fetch(server.port, HELLO).text == "hello"


def test_who_has_said_more_before_it_leaves_is_noticed_too(server):
    before = server.output().count("left ")
    clients = [begin(server, WAITING[what], more)
               for what in ("released", "a stream in a slot", "no answer yet")
               for more in (b"\r\n", HELLO, HELLO * 20, HELLO[:9], b"noise" * 20)]
    for client in clients:
        client.close()
    left(server, before + len(clients))


def test_more_than_a_head_behind_a_released_response_ends_it(server):
    """No response to it could follow, and a client that has gone behind it would not be seen."""
    before = server.output().count("left ")
    with begin(server, WAITING["released"], HELLO * 40):
        left(server, before + 1)


def test_a_handler_that_passes_over_each_cancel_keeps_no_connection(server):
    with harness.Client(server.port) as client:
        client.send(harness.message("/never-ends"))
        time.sleep(0.2)
    server.wait_output("closed beside its handler", 20)


@pytest.mark.parametrize("what", ["released", "a stream in a slot", "no answer yet"])
def test_as_many_as_there_are_places_leave_and_all_is_free_again(serve, what):
    """Each slot or connection is held by somebody who then goes."""
    server = serve(PROGRAM.replace("{more}", "max_concurrency=3"), heap=harness.ROOMY, sndbuf=harness.SNDBUF)
    n = 8 if what == "released" else 3
    for turn in range(2):
        for client in [begin(server, WAITING[what]) for _ in range(n)]:
            client.close()
        left(server, n * (turn + 1))
        assert harness.fetch(server.port, HELLO, timeout=SOON).text == "hello"


def test_a_handler_that_holds_on_is_told_again(server):
    count = server.output().count("left ")
    with harness.Client(server.port) as client:
        client.send(harness.message("/holds-on"))
        time.sleep(0.2)
    left(server, count + 1, 2 * SOON)
    assert server.output().count("not yet") == 1


def test_who_leaves_is_noticed_where_a_write_fails_first(server):
    """The handler waits for something else again when the write fails, and that wait has no end of its own."""
    count = server.output().count("left ")
    with harness.Client(server.port) as other, harness.Client(server.port) as client:
        assert other.request(HELLO).text == "hello"
        client.send(harness.message("/told"))
        client.socket.recv(100)
        time.sleep(2.2)  # longer than a handler may go on that was cancelled
        client.reset()
        assert other.request(harness.message("/tell")).text == "told"
        left(server, count + 1)


def test_a_released_stream_whose_client_only_half_closes_has_ended(server):
    count = server.output().count("left ")
    with begin(server, WAITING["released"]) as client:
        client.half_close()
        left(server, count + 1)


@pytest.mark.parametrize("ms", [0, 100, 600])
def test_who_half_closes_and_waits_a_moment_is_answered(server, ms):
    with harness.Client(server.port) as c:
        c.send(harness.message(f"/late/{ms}"))
        c.half_close()
        assert c.answer().text == "late"


def test_who_waits_in_silence_is_not_cut(server):
    with harness.Client(server.port) as c:
        for _ in range(2):
            assert c.request(harness.message("/late/2500")).text == "late"
        assert c.request(HELLO).text == "hello"


@pytest.mark.parametrize("pieces", [None, 11, 300])
def test_requests_that_come_while_a_handler_waits_are_answered_in_order(server, pieces):
    """The look for who has gone reads them: none of their bytes may be lost."""
    with harness.Client(server.port) as c:
        c.send(harness.message("/late/1300"))
        time.sleep(0.1)
        targets = [f"/late/{i}" for i in range(5)] + ["/hello"] * 5 + ["/late/700", "/hello"]
        data = b"".join(harness.message(t, [("X-N", "x" * 60)]) for t in targets)
        c.send(data, pieces, 0.6 if pieces == 300 else 0.001)
        for t in ["/late/1300", *targets]:
            answer = c.answer()
            assert (answer.code, answer.text) == (200, "late" if "late" in t else "hello"), (t, answer)


def upload(server, target, how, size):
    """Send a body in four parts while its handler waits, and a request behind it."""
    body = bytes(97 + i % 26 for i in range(size))
    fields = [("Content-Length", str(size))] if how == "length" else [("Transfer-Encoding", "chunked")]
    sent = body if how == "length" else harness.chunked(*[body[i:i + 100] for i in range(0, size, 100)])
    with harness.Client(server.port, timeout=10) as c:
        c.send(harness.message(target, fields, "POST"))
        time.sleep(0.2)
        data = sent + HELLO
        c.send(data, -(-len(data) // 4), 0.5)
        answer = c.answer("POST")
        assert answer.body == (b"begun " if "stream" in target else b"") + body, (target, how, size, answer)
        assert c.answer().text == "hello", (target, how, size)


def test_a_body_that_comes_while_its_handler_waits_is_whole(server):
    sizes = 1, 100, 1000, 1024, 4000
    kinds = itertools.product(["/late-body/1300", "/late-stream/1300"], ["length", "chunked"], sizes)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        for done in [pool.submit(upload, server, *kind) for kind in kinds]:
            done.result()


HOUSE = "max_concurrency=3, max_connections=4"
FULL = "All connections are busy"


@pytest.mark.parametrize("what", ["released", "a stream in a slot"])
def test_a_full_house_is_answered_503_and_said_once(serve, what):
    server = serve(PROGRAM.replace("{more}", HOUSE + ", slot_timeout=30"), heap=harness.ROOMY)
    with harness.Client(server.port):  # silent: it makes room
        first = begin(server, WAITING[what])
    others = [begin(server, WAITING[what]) for _ in range(2)]
    # where slots are held, the fourth waits for one
    others.append(begin(server, WAITING[what]) if what == "released" else harness.Client(server.port))
    others[-1].send(HELLO)
    time.sleep(0.3)
    times = []
    for data in [HELLO] * 3 + [harness.message("/read", method="POST", body=b"x" * 900)]:
        start = time.monotonic()
        with harness.Client(server.port) as c:
            answer = c.request(data)
            assert answer.code == 503, answer
            assert int(answer.headers["retry-after"]) > 0, answer
            assert answer.headers["connection"] == "close", answer
            assert c.ended(5)
        times.append(time.monotonic() - start)
    # A slot might have come free in a second, for which the first waits at most. A busy machine delays some of them.
    assert min(times[1:]) < 1, times
    assert server.output().count(FULL) == 1, server.output()
    # who has a place keeps it
    count = server.output().count("left ")
    assert count == 0, server.output()
    first.close()
    left(server, 1)
    if what != "released":
        assert others[-1].answer().text == "hello"
    assert harness.fetch(server.port, HELLO, timeout=SOON).text == "hello"
    for c in others:
        c.close()


def test_a_full_house_of_honest_clients_makes_nobody_wait_in_vain(serve):
    """More clients at once than connections, each for a moment: all are served, none is sent away."""
    import threading
    server = serve(PROGRAM.replace("{more}", HOUSE), heap=harness.ROOMY)
    got = []

    def ask():
        got.append(harness.get(server.port, "/late/100", timeout=10).code)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(20)
    assert got == [200] * 12, got
    assert FULL not in server.output()


STOP = """
import asyncio
import tinyweb
import time

app = tinyweb.webserver(stop_timeout=8)
never = asyncio.Event()


@app.get("/released")
async def released(req, resp):
    await resp.send("first")
    await resp.release()
    print("begun")
    try:
        await never.wait()
    finally:
        print("left")


@app.get("/hello")
def hello(req, resp):
    return "hello"


async def late(ms):
    await asyncio.sleep(ms / 1000)


@app.get("/stop")
async def stop(req, resp):
    asked.set()
    await asyncio.sleep(0.1)
    return "stopped"


asked = asyncio.Event()


async def main():
    await app.start(HOST, PORT)
    await asked.wait()
    begun = time.time()
    await app.stop()
    print("took", time.time() - begun)


asyncio.run(main())
"""


@pytest.mark.parametrize("behind", [b"", harness.message("/hello")], ids=["", "with a request behind"])
@pytest.mark.parametrize("n", [1, 4])
def test_stop_does_not_wait_for_streams_without_an_end(serve, n, behind):
    server = serve(STOP, ends=True, heap=harness.ROOMY)
    clients = []
    for i in range(n):
        clients.append(harness.Client(server.port))
        clients[-1].send(harness.message("/released") + behind)
        harness.wait_for(lambda i=i: server.output().count("begun") > i)
    idle = harness.Client(server.port)
    assert idle.request(harness.message("/hello")).text == "hello"
    # a handler that runs is let come to its end
    assert harness.get(server.port, "/stop").text == "stopped"
    assert server.wait_end(5) == 0, server.output()
    assert server.output().count("left") == n, server.output()
    # 0.1 of them are the handler's; 8 would be the time for running answers
    assert float(server.output().split("took ")[1]) < 1.5, server.output()
    for c in [*clients, idle]:
        assert c.ended()
        c.close()
