# An answer that goes on for long gives its slot back: then as many may go on as there are connections.

import harness
import pytest

PROGRAM = """
import asyncio
import tinyweb

app = tinyweb.webserver(max_concurrency=2, max_connections=8, stop_timeout=1)
go_on = asyncio.Event()


@app.route("/events", methods=["GET", "POST"])
async def events(req, resp):
    resp.add_header("Content-Type", "text/event-stream")
    await resp.send("first\\n")
    await resp.release()
    await resp.send("second\\n")
    await go_on.wait()
    for i in range(100):
        await resp.send("%03d, and then some more\\n" % i)
    if b"nothing" not in req.query_string:
        return
    await resp.release()


@app.get("/silent")
async def silent(req, resp):
    await resp.release()


@app.get("/returned/<kind>")
async def returned(req, resp, kind):
    await resp.release()
    return {"str": "body", "bytes": b"body", "empty": "", "none": None, "long": "x" * 5000, "dict": {}}[kind]


@app.get("/go")
async def go(req, resp):
    go_on.set()
    return "gone on"


@app.get("/hello")
async def hello(req, resp):
    return "hello"


app.run(HOST, PORT)
"""
BODY = b"first\nsecond\n" + b"".join(b"%03d, and then some more\n" % i for i in range(100))


def begin(server, data):
    client = harness.Client(server.port)
    client.send(data)
    while b"second\n" not in client.buffer:
        assert client._receive(), client.buffer
    return client


@pytest.mark.parametrize("target", ["/events", "/events?nothing"])
def test_more_answers_go_on_than_there_are_slots(serve, target):
    server = serve(PROGRAM, heap=harness.FROZEN, sndbuf=harness.SNDBUF)  # six connections at once
    clients = [begin(server, harness.message(target)) for _ in range(5)]
    for _ in range(2):
        assert harness.within(0.5, lambda: harness.get(server.port, "/hello")).text == "hello"
    assert harness.get(server.port, "/go").code == 200
    for client in clients:
        with client:
            answer = client.answer()
            assert answer.headers["content-type"] == "text/event-stream", answer
            assert answer.body == BODY, answer
            # the connection goes on, with a slot as ever
            assert client.request(harness.message("/hello")).text == "hello"


def test_to_a_client_of_1_0_the_end_is_the_close(serve):
    server = serve(PROGRAM, sndbuf=harness.SNDBUF)
    with begin(server, harness.message("/events", version="1.0")) as client:
        harness.get(server.port, "/go")
        answer = client.answer()
        assert (answer.framing, answer.body) == ("close", BODY), answer


def test_requests_that_came_behind_are_answered_behind(serve):
    server = serve(PROGRAM, sndbuf=harness.SNDBUF)
    with begin(server, harness.message("/events") + harness.message("/hello") * 3) as client:
        harness.get(server.port, "/go")
        assert client.answer().body == BODY
        assert [client.answer().text for _ in range(3)] == ["hello"] * 3


@pytest.mark.parametrize("fields, body", [
    ([("Transfer-Encoding", "chunked")], harness.chunked(b"one", b"two")), ([("Content-Length", "6")], b"onetwo")])
def test_a_body_that_nobody_read_is_read_over(serve, fields, body):
    server = serve(PROGRAM, sndbuf=harness.SNDBUF)
    with begin(server, harness.message("/events", fields, "POST")) as client:
        client.send(body)
        harness.get(server.port, "/go")
        assert client.answer().body == BODY
        assert client.request(harness.message("/hello")).text == "hello"


def test_an_answer_without_a_body_is_whole_too(serve):
    server = serve(PROGRAM, sndbuf=harness.SNDBUF)
    with harness.Client(server.port) as client:
        for target, method in (("/silent", "GET"), ("/silent", "HEAD"), ("/hello", "GET")):
            answer = client.request(harness.message(target, method=method))
            assert (answer.code, answer.text) == (200, "hello" if target == "/hello" else ""), answer


def test_who_leaves_is_forgotten(serve):
    server = serve(PROGRAM, sndbuf=harness.SNDBUF)
    for _ in range(3):
        for client in [begin(server, harness.message("/events")) for _ in range(5)]:
            client.close()
        assert harness.get(server.port, "/go").code == 200
        assert harness.get(server.port, "/hello").text == "hello"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_what_is_returned_behind_release_is_the_body(serve, version):
    server = serve(PROGRAM, heap=harness.FROZEN, traceback=True)
    bodies = {"str": b"body", "bytes": b"body", "empty": b"", "none": b"", "long": b"x" * 5000, "dict": b"{}"}
    for kind, body in bodies.items():
        answer = harness.get(server.port, "/returned/" + kind, version=version)
        assert (answer.code, answer.body) == (200, body), kind
    assert harness.get(server.port, "/hello").text == "hello"
