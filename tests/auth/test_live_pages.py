# Logins before what stays open: a page of events, a WebSocket. Who is refused gets an ordinary response.
import base64

import harness
import pytest

PROGRAM = """
import tinyweb
import tinyweb_auth as auth
import tinyweb_events
from tinyweb_websocket import websocket

app = tinyweb.webserver()
basic = auth.Basic(lambda user, password: password == "right")
BEFORE
events = tinyweb_events.Events(app, "/live/events", hello=lambda: "now")


@app.get("/live/echo")
@websocket
async def echo(req, ws):
    await ws.send(req.user)
    async for message in ws:
        await ws.send(message)


@app.get("/open")
@websocket
async def unguarded(req, ws):
    await ws.send("open")


AFTER
app.run(HOST, PORT)
"""
PROTECT = 'basic.protect(app, "/live/")'
HANDSHAKE = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
             ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]


def credentials(password):
    return [("Authorization", "Basic " + base64.b64encode(b"ada:" + password).decode())]


@pytest.fixture(scope="module", params=["before", "after"])
def server(request, serve_module):
    text = PROGRAM.replace(request.param.upper(), PROTECT).replace("BEFORE", "").replace("AFTER", "")
    return serve_module(text, heap="400k", compiled=True)


def begin(server, target, fields, want):
    """Send a request; give the beginning of what comes, which must hold `want`."""
    with harness.Client(server.port) as c:
        c.send(harness.message(target, fields))
        data = b""
        while want not in data:
            got = c.socket.recv(4096)
            assert got, data
            data += got
        return data


@pytest.mark.parametrize("fields", [[], credentials(b"wrong")], ids=["nobody", "wrong"])
@pytest.mark.parametrize("target", ["/live/events", "/live/echo"])
def test_who_has_no_login_gets_401_and_nothing_is_open(server, target, fields):
    got = harness.get(server.port, target, [*HANDSHAKE, *fields])
    assert got.code == 401 and got.headers["www-authenticate"].startswith("Basic"), got
    assert "upgrade" not in got.headers and "text/event-stream" not in got.headers["content-type"], got.headers


def test_who_has_one_listens_and_talks(server):
    data = begin(server, "/live/events", credentials(b"right"), b"data: now\n\n")
    assert data.startswith(b"HTTP/1.1 200 ") and b"text/event-stream" in data, data
    data = begin(server, "/live/echo", [*HANDSHAKE, *credentials(b"right")], b"\x81\x03ada")
    assert data.startswith(b"HTTP/1.1 101 "), data


def test_what_lies_beside_the_prefix_is_open(server):
    assert begin(server, "/open", HANDSHAKE, b"\x81\x04open").startswith(b"HTTP/1.1 101 ")
