# Code that runs after the response has left: a reboot, deep sleep, another WiFi.
import harness
import pytest

PROGRAM = """
import asyncio
import os
import sys
import time
import tinyweb

app = tinyweb.webserver(stop_timeout=1)


def mark(what="called"):
    print("MARK", what)


async def later(what):
    await asyncio.sleep(0)
    print("MARK", what)


def fails():
    raise ValueError("of then")


@app.route("/returned")
async def returned(req, resp):
    resp.then(mark, "returned")
    return "Rebooting"


@app.route("/sent")
async def sent(req, resp):
    resp.then(mark, "sent")
    await resp.start_html()
    await resp.send("Rebooting")


@app.route("/long")
async def long(req, resp):
    resp.then(mark, "long")
    return "x" * 6000


@app.route("/chunks")
async def chunks(req, resp):
    await resp.send("Reboot")
    await resp.flush()
    resp.then(mark, "chunks")
    await resp.send("ing")


@app.route("/redirect")
async def redirect(req, resp):
    resp.then(mark, "redirect")
    return resp.redirect("/")


@app.route("/async")
async def async_(req, resp):
    resp.then(later, "async")
    return "Rebooting"


async def outlives(resp):
    await asyncio.sleep(0.05)
    resp.then(mark, "late")


@app.route("/late")
async def late(req, resp):
    asyncio.create_task(outlives(resp))
    return "late"


@app.route("/several")
async def several(req, resp):
    resp.then(mark, "one")
    resp.then(fails)
    resp.then(mark, "two")
    return "Rebooting"


@app.route("/error")
async def error(req, resp):
    resp.then(mark, "error")
    raise ValueError("on purpose")


@app.route("/file")
async def file(req, resp):
    resp.then(mark, "file")
    await resp.send_file("page.html")


@app.resource("/rest")
def rest(data):
    return {}


@app.route("/wrong")
async def wrong(req, resp):
    resp.then(mark())


@app.route("/end")
async def end(req, resp):
    await resp.start_html()
    await resp.send("Rebooting")
    await resp.end()
    time.sleep(SLEEP)
    print("MARK end")


@app.route("/reset")
async def reset(req, resp):
    resp.then(sys.exit if sys.implementation.name == "micropython" else os._exit, 0)
    return "Rebooting"


@app.route("/")
async def index(req, resp):
    return "index"


app.run(HOST, PORT)
"""


@pytest.fixture(scope="module")
def server(serve_module, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    (folder / "page.html").write_bytes(b"Rebooting")
    return serve_module(PROGRAM.replace("SLEEP", "1"), heap=harness.ROOMY, traceback=True, cwd=str(folder))


def marked(server, name, since):
    harness.wait_for(lambda: f"MARK {name}\n" in server.output()[since:].replace("\r", ""), 8, server.output)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["returned", "sent", "long", "chunks", "redirect", "async", "error", "file"])
def test_it_is_called_when_the_response_has_left(server, path, method):
    since = len(server.output())
    with harness.Client(server.port) as c:
        # a body that nobody reads is no reason to forget it
        c.send(harness.message("/" + path, method=method, body=b"x" * 10 if method == "POST" else b""))
        answer = c.answer(method)
        if path not in ("redirect", "error", "long"):
            assert answer.text == "Rebooting", answer
        assert len(answer.body) == 6000 or path != "long", answer
        if path != "chunks":
            assert answer.headers["connection"] == "close", answer
        assert c.closed(), path  # though this client does not close
    marked(server, path, since)
    assert server.output()[since:].count("MARK") == 1
    assert harness.get(server.port, "/").text == "index"


def test_several_are_called_in_order_and_an_error_is_told(server):
    since = len(server.output())
    assert harness.get(server.port, "/several").text == "Rebooting"
    marked(server, "two", since)
    text = server.output()[since:]
    assert text.index("MARK one") < text.index("of then") < text.index("MARK two"), text


@pytest.mark.parametrize("kept", [True, False])
def test_a_task_that_asks_when_the_response_has_left_is_heard(server, kept):
    since = len(server.output())
    with harness.Client(server.port) as c:
        assert c.request(harness.message("/late")).text == "late"
        if not kept:
            c.close()
        marked(server, "late", since)
        assert not kept or c.request(harness.message("/")).text == "index"


def test_it_is_called_for_a_client_that_has_gone_too(server):
    since = len(server.output())
    with harness.Client(server.port) as c:
        c.send(harness.message("/long"))
        assert c.socket.recv(1)  # it has been served
        c.reset()
    marked(server, "long", since)


def test_what_is_no_function_is_told(server):
    assert harness.get(server.port, "/wrong").code == 500
    server.wait_output("then() takes a function")


def test_the_whole_response_has_left_behind_end(server):
    """The client has all of it while the handler still blocks."""
    with harness.Client(server.port) as c:
        since = len(server.output())
        c.send(harness.message("/end"))
        answer = c.answer(timeout=5)
        assert answer.text == "Rebooting", answer
        assert "MARK end" not in server.output()[since:]
        marked(server, "end", since)
        assert c.request(harness.message("/")).text == "index"


def test_a_reset_loses_nothing(serve):
    server = serve(PROGRAM.replace("SLEEP", "1"), heap=harness.ROOMY, ends=True)
    assert harness.get(server.port, "/reset").text == "Rebooting"
    assert server.wait_end(8) == 0
