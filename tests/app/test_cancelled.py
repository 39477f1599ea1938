# A CancelledError that is a handler's own fails its request alone; one that comes from the server ends the connection.
import time

import harness
import pytest

PROGRAM = """
import asyncio
import tinyweb

app = tinyweb.webserver(request_timeout=1, io_timeout=1, stop_timeout=1, debug=DEBUG)
ended = []


async def nap():
    await asyncio.sleep(30)


async def cancelled():
    t = asyncio.create_task(nap())
    await asyncio.sleep(0)
    t.cancel()
    await t


@app.get("/at-once")
async def at_once(req, resp):
    raise asyncio.CancelledError


@app.get("/plain")
def plain(req, resp):
    raise asyncio.CancelledError


@app.get("/task")
async def task(req, resp):
    await cancelled()


@app.get("/gather")
async def gather(req, resp):
    await asyncio.gather(cancelled(), nap())


@app.get("/begun")
async def begun(req, resp):
    await resp.send("begun")
    await cancelled()


@app.get("/complete")
async def complete(req, resp):
    await resp.error(403, "complete")
    await cancelled()


@app.get("/hook")
def hook(req, resp):
    return "never"


@app.get("/after")
def after(req, resp):
    return "x"


@app.get("/error-handler")
def error_handler(req, resp):
    raise KeyError


@app.errorhandler(KeyError)
async def on_error(req, resp, e):
    await cancelled()


if HOOKS:
    @app.before_request
    async def before(req, resp):
        if req.path == b"/hook":
            await cancelled()

    @app.after_request
    async def behind(req, resp):
        if req.path == b"/after" and resp.code == 200:
            await cancelled()


@app.get("/fine")
async def fine(req, resp):
    await asyncio.sleep(0)
    return "fine"


@app.get("/waits")
async def waits(req, resp):
    try:
        await asyncio.sleep(30)
    finally:
        ended.append("waits")


@app.get("/waits-for-task")
async def waits_for_task(req, resp):
    try:
        await asyncio.create_task(nap())
    finally:
        ended.append("waits-for-task")


@app.post("/body")
async def body(req, resp):
    try:
        await req.body()
    finally:
        ended.append("body")


@app.get("/ended")
def get_ended(req, resp):
    return " ".join(ended)


@app.get("/stop")
def stop(req, resp):
    app.shutdown()
    return "stopping"


app.run(HOST, PORT)
print("over")
"""
OWN = {"at-once": 500, "plain": 500, "task": 500, "gather": 500, "complete": 403, "error-handler": 500}


def program(debug=False, hooks=False):
    return PROGRAM.replace("DEBUG", str(debug)).replace("HOOKS", str(hooks))


@pytest.mark.parametrize("hooks", [False, True])
@pytest.mark.parametrize("debug", [False, True])
def test_a_cancelled_task_that_a_handler_awaits_fails_its_request_alone(serve, debug, hooks):
    server = serve(program(debug, hooks), traceback=True, heap=harness.ROOMY)
    want = dict(OWN, hook=500, after=500) if hooks else OWN
    with harness.Client(server.port) as c:
        for target, code in want.items():
            before = len(server.output())
            assert c.request(harness.message("/" + target)).code == code, target
            harness.wait_for(lambda: "CancelledError" in server.output()[before:], 3, server.output)  # noqa: B023
            assert c.request(harness.message("/fine")).text == "fine", target  # on the same connection


def test_a_begun_response_is_cut(serve):
    server = serve(program(), traceback=True, heap=harness.ROOMY)
    with harness.Client(server.port) as c, pytest.raises((harness.Truncated, ConnectionResetError)):
        c.request(harness.message("/begun"))
    assert "CancelledError" in server.wait_output("GET /begun")
    assert harness.get(server.port, "/fine").text == "fine"


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("hooks", [False, True])
def test_what_the_server_cancels_ends_without_a_word_in_the_log(serve, debug, hooks):
    server = serve(program(debug, hooks), heap=harness.ROOMY)
    for target in "waits", "waits-for-task":
        with harness.Client(server.port) as c:
            c.send(harness.message("/" + target))
            time.sleep(0.2)
    with harness.Client(server.port) as c:
        c.send(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        assert c.answer("POST").code == 408
    harness.wait_for(lambda: len(harness.get(server.port, "/ended").text.split()) == 3, 6)
    assert "Cancelled" not in server.output(), server.output()


@pytest.mark.parametrize("target", ["waits", "waits-for-task"])
def test_a_server_that_stops_ends_what_waits(serve, target):
    server = serve(program(), heap=harness.ROOMY, ends=True)
    with harness.Client(server.port) as c:
        c.send(harness.message("/" + target))
        time.sleep(0.2)
        assert harness.get(server.port, "/stop").text == "stopping"
        assert server.wait_end(4) == 0
        with pytest.raises((harness.NoAnswer, ConnectionResetError)):
            c.answer()
    assert "over" in server.output() and "Cancelled" not in server.output(), server.output()


def test_the_end_of_a_loop_ends_what_waits(serve):
    # asyncio.run() of CPython cancels all that runs; MicroPython's leaves it
    end = "\n\nasync def main():\n    await app.start(HOST, PORT)\n    await asyncio.sleep(1)\n\n"
    end += "asyncio.run(main())\nprint"
    server = serve(program().replace("\napp.run(HOST, PORT)\nprint", end), heap=harness.ROOMY, ends=True)
    with harness.Client(server.port) as c:
        c.send(harness.message("/waits"))
        assert server.wait_end(4) == 0
    assert "over" in server.output() and "Cancelled" not in server.output(), server.output()
