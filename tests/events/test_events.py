# tinyweb-events: what is sent on the board is what clients of others tell, in order, and nothing of it can be forged.
import json
import shutil
import subprocess

import harness
import httpx
import httpx_sse
import hypothesis
import pytest
import sseclient
from hypothesis import strategies as st

hypothesis.settings.register_profile("events", deadline=None, derandomize=True, max_examples=40,
                                     phases=[hypothesis.Phase.generate])

PROGRAM = """
import asyncio
import gc
import tinyweb
import tinyweb_events

app = tinyweb.webserver(max_concurrency=3, max_connections=20, max_links=9)
events = tinyweb_events.Events(app, "/events", history=3, ping=1, behind=1024)
named = tinyweb_events.Events(app, "/named", retry=1.5, ping=0, hello=lambda: {"now": 1},
                              guard=lambda f: lambda req, resp: f(req, resp) if req.query else ("no", 401))


async def later():
    await asyncio.sleep(0)
    return {"now": 2}


tinyweb_events.Events(app, "/later", ping=0, hello=later)


@app.post("/send")
async def send(req, resp):
    data = await req.json()
    return {"pages": (named if data.pop("named", 0) else events).send(**data)}


@app.get("/state")
async def state(req, resp):
    gc.collect()
    return {"pages": len(events), "heap": gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0}


@app.get("/one")
async def one(req, resp):
    resp.add_header("X-One", "1")
    stream = await tinyweb_events.stream(req, resp)
    for i in range(3):
        await stream.send({"i": i}, id=i)


@app.get("/flood/<int:first>")
async def flood(req, resp, first):
    for i in range(first, first + 40):
        events.send("%05d" % i)
    return str(len(events))


@app.get("/wrong")
async def wrong(req, resp):
    out = []
    for call in (
        lambda: events.send("a", event="b\\nevent: evil"),
        lambda: events.send("a", event="b\\r"),
        lambda: events.send("a", id="1\\0"),
        lambda: events.send("a", id="1\\n"),
        lambda: tinyweb_events.Events(app, "/events"),
        lambda: tinyweb_events.Events(app, "/more", history=-1),
        lambda: events.send(object),
    ):
        try:
            out.append(call())
        except (TypeError, ValueError) as e:
            out.append(type(e).__name__)
    return {"out": out}


app.run(HOST, PORT)
"""


@pytest.fixture(scope="module")
def server(serve_module, interpreter):
    return serve_module(PROGRAM, heap="200k", compiled=interpreter == "micropython", sndbuf=harness.SNDBUF)


def send(server, **event):
    text = json.dumps(event, ensure_ascii=False)  # MicroPython's JSON knows no surrogates
    return json.loads(harness.get(server.port, "/send", method="POST", body=text.encode()).text)["pages"]


def pages(server, want, timeout=5):
    harness.wait_for(lambda: json.loads(harness.get(server.port, "/state").text)["pages"] == want, timeout)


def listen(server, target="/events", fields=(), until=b":\n\n", version="1.1"):
    client = harness.Client(server.port)
    client.send(harness.message(target, fields, version=version))
    while until not in client.buffer:
        assert client._receive(), client.buffer
    return client


def body(client):
    """Give what has come of a chunked body."""
    rest = client.buffer.partition(b"\r\n\r\n")[2]
    out = b""
    while b"\r\n" in rest:
        size, _, rest = rest.partition(b"\r\n")
        out += rest[:int(size, 16)]
        rest = rest[int(size, 16) + 2:]
    return out


def test_the_head_and_the_first_bytes(server):
    with listen(server) as client:
        head = client.buffer.partition(b"\r\n\r\n")[0].decode().split("\r\n")
        assert head[0] == "HTTP/1.1 200 OK", head
        assert {"Content-Type: text/event-stream", "Cache-Control: no-store", "X-Accel-Buffering: no"} < set(head), head
        assert body(client) == b"retry: 3000\n:\n\n", client.buffer
    got = harness.get(server.port, "/events", method="HEAD")
    assert got.headers["content-type"] == "text/event-stream" and got.code == 200, got
    assert harness.get(server.port, "/events", method="POST").code == 405
    with listen(server, version="1.0") as client:
        assert client.buffer.endswith(b"\r\n\r\nretry: 3000\n:\n\n"), client.buffer
    pages(server, 0)


def test_hello_retry_and_a_guard(server):
    assert harness.get(server.port, "/named").code == 401
    with listen(server, "/named?in", until=b"}\n\n") as client:
        assert body(client) == b'retry: 1500\n:\n\ndata: {"now": 1}\n\n', client.buffer
        assert send(server, named=1, data=[1, None, "\u00e9"], event="x") == 1
        while b"]\n\n" not in client.buffer:
            client._receive()
        assert client.buffer.endswith("event: x\ndata: [1, null, \"\u00e9\"]\n\n\r\n".encode()) or \
            client.buffer.endswith(b'event: x\ndata: [1, null, "\\u00e9"]\n\n\r\n'), client.buffer
    with listen(server, "/later", until=b"\n\n\r\n") as client:
        assert body(client) == b'retry: 3000\n:\n\ndata: {"now": 2}\n\n', client.buffer
    assert harness.get(server.port, "/later", method="HEAD").code == 200


def test_what_would_forge_an_event_is_refused(server):
    got = json.loads(harness.get(server.port, "/wrong").text)["out"]
    assert got[:6] == ["ValueError"] * 6 and got[6] in ("TypeError", 0), got


def test_a_page_that_comes_back_gets_what_it_missed(server):
    for i in range(5):
        send(server, data="e%d" % i, id=i)
    for last, want in ((None, ""), ("3", "4"), ("4", ""), ("0", "234"), ("never", "234")):
        fields = {} if last is None else {"Last-Event-ID": last}
        with listen(server, fields=fields, until=b"id: 4\n" if "4" in want else b":\n\n") as client:
            missed = "".join(f"id: {c}\ndata: e{c}\n\n" for c in want)
            assert body(client).decode() == "retry: 3000\n:\n\n" + missed, client.buffer


def test_silence_is_broken_by_a_comment(server):
    with listen(server) as client:
        client.buffer = b""
        client.socket.settimeout(5)
        client._receive()
        assert client.buffer == b"3\r\n:\n\n\r\n", client.buffer


def test_one_client_has_a_stream_of_its_own(server):
    got = harness.get(server.port, "/one")
    assert got.text == "retry: 3000\n:\n\n" + "".join('id: %d\ndata: {"i": %d}\n\n' % (i, i) for i in range(3)), got
    assert got.headers["x-one"] == "1", got


def test_a_page_that_never_reads_is_ended_and_the_others_lose_nothing(server):
    slow = listen(server)
    clients = [listen(server) for _ in range(7)]
    for first in range(0, 10000, 40):
        left = harness.get(server.port, "/flood/%d" % first).text
        for client in clients:
            while b"%05d\n\n" % (first + 39) not in client.buffer[-40:]:
                assert client._receive(), first
    assert left == "7"
    want = b"".join(b"data: %05d\n\n" % i for i in range(10000))
    for client in clients:
        # comments may stand between
        assert body(client).replace(b":\n\n", b"").endswith(want), body(client)[:100]
        client.close()
    slow.close()
    pages(server, 0)


LINES = st.text(st.characters(exclude_categories=["Cs"],
                              exclude_characters="\0\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=8)
# clients differ in what they make of no data at all
DATA = st.lists(LINES, min_size=1, max_size=3).map("\n".join).filter(lambda data: data.strip("\n"))
EVENTS = st.lists(st.fixed_dictionaries({"data": DATA}, optional={"event": LINES.filter(bool), "id": LINES}),
                  min_size=1, max_size=4)


@pytest.mark.parametrize("kind", ["httpx-sse", "sseclient"])
def test_clients_of_others_tell_what_was_sent(server, kind):
    with httpx.Client(timeout=5, trust_env=False) as client:
        with client.stream("GET", f"http://127.0.0.1:{server.port}/events") as response:
            if kind == "sseclient":
                told = sseclient.SSEClient(response.iter_bytes()).events()
            else:
                told = httpx_sse.EventSource(response).iter_sse()
                assert next(told).retry == 3000

            @hypothesis.settings(hypothesis.settings.get_profile("events"))
            @hypothesis.given(EVENTS)
            def check(sequence):
                for event in sequence:
                    send(server, **event)
                for event in sequence:
                    # Behind an id, httpx-sse takes the comment that breaks a silence for an event without data.
                    got = next((got for got in told if got.data), None)
                    assert got, server.output()
                    assert (got.event, got.data) == (event.get("event", "message"), event["data"]), (got, event)
                    assert "id" not in event or got.id == event["id"], (got, event)

            check()
    pages(server, 0)


def test_curl_shows_each_event_at_once(server):
    curl = shutil.which("curl")
    with subprocess.Popen([curl, "-sN", f"http://127.0.0.1:{server.port}/events"], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"retry: 3000\n"
        send(server, data="a\r\nb\rc", event="x")
        lines = [process.stdout.readline() for _ in range(2 + 4)]
        assert lines[2:] == [b"event: x\n", b"data: a\n", b"data: b\n", b"data: c\n"], lines
        process.terminate()
    pages(server, 0)
