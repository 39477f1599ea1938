# tinyweb-websocket against Autobahn's own cases, clients of others, and bytes that no client sends.
import contextlib
import json
import socket
import struct
import subprocess
import threading
import time

import harness
import hypothesis
import pytest
import websockets.sync.client
import wsproto
import wsproto.events
from hypothesis import strategies as st

hypothesis.settings.register_profile("frames", deadline=None, derandomize=True, max_examples=60)

PROGRAM = """
import asyncio
import gc
import tinyweb
from tinyweb_websocket import Room, websocket

app = tinyweb.webserver(max_concurrency=3, max_connections=20, max_links=9, io_timeout=1)
room = Room()
ended = []


@app.get("/echo")
@websocket(max_size=70000, ping=0, origins=("http://friend.example",), protocols=("b", "a"))
async def echo(req, ws):
    async for message in ws:
        await ws.send(message)


@app.get("/small/<name>")
@websocket(max_size=10, ping=0.5)
async def small(req, ws, name):
    if name == "nobody":
        raise tinyweb.HTTPException(404)
    if name == "fails":
        await ws.accept()
        raise ValueError("of the handler's")
    if name == "closes":
        await ws.send("bye")
        return
    if name == "codes":
        for code, reason in ((999, ""), (1005, ""), (1000, "x" * 124)):
            try:
                await ws.close(code, reason)
            except ValueError:
                await ws.send("no")
        await ws.close(4000, "why")
        try:
            await ws.send("x")
        except OSError:
            ended.append("OSError")
        return
    if name == "missing":
        await ws.accept()
        open("/no/such/file")
    if name == "answers":
        return "no WebSocket"
    if name == "turns":
        while not ws.closed:
            try:
                message = await asyncio.wait_for(ws.receive(), 0.1)
                await ws.send(str(message))
                break
            except asyncio.TimeoutError:
                await ws.send("turn")
        return
    if name == "dict":
        await ws.send({"a": 1})
    if name == "refuses":
        return await ws.close(4003)
    if name == "all":
        got = [ws.push("before")]
        await ws.accept()
        await ws.accept()
        room.add(ws)
        room.add(ws)
        got.append(len(room))
        room.remove(ws)
        room.remove(ws)
        got += len(room), ws.push("a")
        await ws.close()
        await ws.close(4002)
        ended.append(got + [ws.push("behind"), ws.closed])
        return
    if name == "early":
        room.add(ws)
    if name == "kicked":
        await ws.accept()
        asyncio.create_task(kick(ws))
    resp = await ws.receive()
    ended.append([resp, ws.closed])


async def kick(ws):
    await ws.close(4001, "out")
    ended.append(["kicked", ws.closed])


@app.get("/friend")
@websocket(ping=0, origins="http://friend.example")
async def friend(req, ws):
    await ws.accept()


@app.get("/room")
@websocket(ping=0)
async def chat(req, ws):
    await ws.accept()
    room.add(ws)
    async for message in ws:
        room.push(message)


@app.get("/sink")
@websocket(ping=0)
async def sink(req, ws):
    async for message in ws:
        pass


@app.post("/say")
async def say(req, resp):
    for i in range(5):
        room.push("%05d" % i + "x" * 95)
        await asyncio.sleep(0.001)
    return str(len(room))


@app.get("/state")
async def state(req, resp):
    gc.collect()
    return {"ended": ended, "room": len(room), "heap": gc.mem_alloc() if hasattr(gc, "mem_alloc") else 0}


app.run(HOST, PORT)
"""
KEY = {"Upgrade": "websocket", "Connection": "keep-alive, Upgrade", "Sec-WebSocket-Version": "13",
       "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}


@pytest.fixture(scope="module")
def server(serve_module, interpreter):
    return serve_module(PROGRAM, heap="1m", traceback=True, compiled=interpreter == "micropython",
                        sndbuf=harness.SNDBUF)


def state(server):
    return json.loads(harness.get(server.port, "/state").text)


def frame(payload=b"", first=0x82, mask=b"\1\2\3\4"):
    n = len(payload)
    size = bytes((128 | n,)) if n < 126 else b"\xfe" + struct.pack(">H", n)
    return bytes((first,)) + size + mask + bytes(x ^ mask[i & 3] for i, x in enumerate(payload))


def connect(server, target="/echo", **fields):
    client = harness.Client(server.port)
    client.send(harness.message(target, {**KEY, **fields}))
    while b"\r\n\r\n" not in client.buffer:
        assert client._receive(), client.buffer
    head, _, client.buffer = client.buffer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 "), head
    return client


def receive(client, n):
    while len(client.buffer) < n:
        assert client._receive(), client.buffer
    got, client.buffer = client.buffer[:n], client.buffer[n:]
    return got


def judge(server, port):
    """Run Autobahn's cases, but for those of size and speed, and of compression, which is not offered."""
    tool = harness.command("kosoku")
    done = subprocess.run([tool, "-x", "9.*", "-x", "12.*", "-x", "13.*", f"ws://127.0.0.1:{port}/echo"],
                          capture_output=True, text=True, timeout=300, cwd=server.folder)
    assert "247 cases passed" in done.stdout and done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_autobahn(serve):
    server = serve(PROGRAM, heap="4m")
    judge(server, server.port)


@contextlib.contextmanager
def every_byte_alone(server):
    """Give a port that leads to a server's, and sends each byte to it in a segment of its own."""

    def forward(source, target, step):
        # Each direction ends by itself, and what comes behind its end is read: nothing is reset that is on its way.
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                for i in range(0, len(data), step):
                    with contextlib.suppress(OSError):
                        target.sendall(data[i:i + step])
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def connect(client):
        with client, socket.create_connection((harness.HOST, server.port)) as peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=forward, args=(peer, client, 65536), daemon=True)
            back.start()
            forward(client, peer, 1)
            back.join()

    def accept():
        with contextlib.suppress(OSError):  # until it is shut down
            while True:
                threading.Thread(target=connect, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server((harness.HOST, harness.free_port())) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def test_autobahn_with_every_byte_in_a_segment_of_its_own(serve, interpreter):
    if interpreter == "cpython":
        pytest.skip("it is the same code, and takes 16 seconds")
    server = serve(PROGRAM, heap="4m")
    with every_byte_alone(server) as port:
        judge(server, port)


@pytest.mark.parametrize("origin", ["http://localhost", "http://LOCALHOST:80", "http://friend.example", ""])
def test_the_handshake_of_the_rfc(server, origin):
    with harness.Client(server.port) as client:
        fields = {**KEY, "Sec-WebSocket-Protocol": "x, a", **({"Origin": origin} if origin else {})}
        client.send(harness.message("/echo", fields))
        while b"\r\n\r\n" not in client.buffer:
            client._receive()
        assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in client.buffer, client.buffer
        assert b"\r\nSec-WebSocket-Protocol: a\r\n" in client.buffer, client.buffer


@pytest.mark.parametrize(("change", "code"), [
    ({"Upgrade": ""}, 426), ({"Upgrade": "h2c"}, 426), ({"Sec-WebSocket-Version": "8"}, 426), ({"Connection": ""}, 400),
    ({"Connection": "close"}, 400), ({"Sec-WebSocket-Version": ""}, 400), ({"Sec-WebSocket-Key": ""}, 400),
    ({"Sec-WebSocket-Key": "x"}, 400), ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZ==="}, 400),
    ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Origin": "\xff"}, 403),
    ({"Sec-WebSocket-Key": "\xff" * 24}, 400),
])  # fmt: skip
def test_a_handshake_that_is_none(server, change, code):
    got = harness.get(server.port, "/echo", {k: v for k, v in {**KEY, **change}.items() if v})
    assert got.code == code, got
    if code == 426:
        assert (got.headers["upgrade"], got.headers["sec-websocket-version"]) == ("websocket", "13"), got
        assert "upgrade" in got.headers["connection"], got  # RFC 9110 7.8


@pytest.mark.parametrize(("more", "code"), [
    ({"Connection": "keep-alive"}, 101), ({"connection": "x, y"}, 101), ({"Upgrade": "h2c"}, 101),
    ({"Sec-WebSocket-Protocol": "x"}, 101), ({"Sec-WebSocket-Key": KEY["Sec-WebSocket-Key"]}, 400),
    ({"Sec-WebSocket-Version": "13"}, 426), ({"Origin": "http://localhost"}, 403),
    ({"Origin": "http://evil.example"}, 403), ({"Origin": "http://friend.example"}, 403),
])  # fmt: skip
def test_a_field_in_two_lines_is_one_list(server, more, code):
    # RFC 9110 5.3, RFC 6455 4.1: a key, a version and an origin stand once.
    usual = harness.message("/echo", {**KEY, "Origin": "http://localhost", "Sec-WebSocket-Protocol": "a"})
    request_line, fields = usual.split(b"\r\n", 1)
    ((name, value),) = more.items()
    line = f"{name}: {value}\r\n".encode()
    for data in request_line + b"\r\n" + line + fields, usual[:-2] + line + b"\r\n":
        with harness.Client(server.port) as client:
            client.send(data)
            while b"\r\n\r\n" not in client.buffer:
                assert client._receive(), client.buffer
            assert int(client.buffer.split()[1]) == code, (data, client.buffer)
            assert code != 101 or b"\r\nSec-WebSocket-Protocol: a\r\n" in client.buffer, client.buffer


def test_methods_and_versions(server):
    assert harness.get(server.port, "/echo", KEY, version="1.0").code == 400
    assert harness.get(server.port, "/echo", KEY, method="POST").code == 405
    assert harness.get(server.port, "/echo", KEY, method="HEAD").code == 400
    assert harness.get(server.port, "/small/nobody", KEY).code == 404


@pytest.mark.parametrize("origin", ["http://localhost", "http://friend.example"])
@pytest.mark.parametrize("path", ["/echo", "/friend"])  # a list of them, and one as a str
def test_origins_that_may(server, origin, path):
    connect(server, path, Origin=origin).close()
    for other in "http://friend.exampl", "h", "http://", "http://friend.example.evil":
        assert harness.get(server.port, path, {**KEY, "Origin": other}).code == 403, other


@pytest.mark.parametrize(("data", "code"), [
    (frame(b"12345678901"), 1009), (bytes((0x82, 0xfe, 0xff, 0xff)), 1009), (frame(b"x", 0xc2), 1002),
    (b"\x82\1x", 1002), (frame(b"x", 0x83), 1002), (frame(b"", 0x09), 1002), (frame(b"", 0x80), 1002),
    (frame(b"\xc0\xaf", 0x81), 1007), (frame(b"\xed\xa0\x80", 0x81), 1007), (frame(b"\xf4\x90\x80\x80", 0x81), 1007),
    (frame(b"\xe2\x82", 0x81), 1007), (frame(b"\xe0", 0x81), 1007),
    (frame(b"123456", 2) + frame(b"123456", 0x80), 1009),
    (frame(b"\3", 0x88), 1002), (frame(b"\3\xed", 0x88), 1002), (frame(b"\3\xe8\xff", 0x88), 1007),
])  # fmt: skip
def test_what_breaks_the_protocol_is_closed_with_its_code(server, data, code):
    with connect(server, "/small/x") as client:
        client.send(data)
        assert receive(client, 4) == b"\x88\2" + struct.pack(">H", code), client.buffer
        client.send(frame(struct.pack(">H", code), 0x88))
        assert client.ended()


def test_a_close_is_echoed_and_codes_are_checked(server):
    for payload, want in ((b"", b"\x88\0"), (b"\3\xe8bye", b"\x88\2\3\xe8"), (b"\x0f\xa0", b"\x88\2\x0f\xa0")):
        with connect(server) as client:
            client.send(frame(payload, 0x88))
            assert receive(client, len(want)) == want and client.ended()
    with connect(server, "/small/codes") as client:
        assert receive(client, 4 * 3 + 7) == b"\x81\2no" * 3 + b"\x88\5\x0f\xa0why"
    with connect(server, "/small/closes") as client:
        assert receive(client, 9) == b"\x81\3bye\x88\2\3\xe8"
    with connect(server, "/small/fails") as client:
        assert receive(client, 4) == b"\x88\2\3\xf3"
        client.send(frame(b"\3\xf3", 0x88))
    server.wait_output("of the handler's")


def test_calls_before_and_behind_a_websocket(server):
    got = harness.get(server.port, "/small/answers", KEY)
    assert (got.code, got.text) == (200, "no WebSocket"), got
    with connect(server, "/small/refuses") as client:
        assert receive(client, 4) == b"\x88\2\x0f\xa3"
        assert client.ended(8)  # a client that does not close itself is waited for for a second
    with connect(server, "/small/all") as client:
        assert receive(client, 7) == b"\x81\1a\x88\2\3\xe8"
        client.send(frame(b"\3\xe8", 0x88))
        assert client.ended()
    assert [False, 1, 0, True, False, 1000] in state(server)["ended"], state(server)


def test_another_task_may_close(server):
    with connect(server, "/small/kicked") as client:
        assert receive(client, 7) == b"\x88\5\x0f\xa1out"
        assert client.ended(5)
    ended = state(server)["ended"]
    assert [None, 4001] in ended and ["kicked", 4001] in ended, ended


def test_an_oserror_of_the_handlers_own_is_told(server):
    with connect(server, "/small/missing") as client:
        assert receive(client, 4) == b"\x88\2\3\xf3"
        client.send(frame(b"\3\xf3", 0x88))
        assert client.ended(5)


def test_a_room_takes_none_before_its_handshake(server):
    assert harness.get(server.port, "/small/early", KEY).code == 500
    server.wait_output("accept() first")
    assert state(server)["room"] == 0


def test_a_client_that_only_dribbles_is_not_waited_for(server):
    # a byte in each half second would be waited for by each of 2,000 reads
    with connect(server, "/small/closes") as client:
        assert receive(client, 9) == b"\x81\3bye\x88\2\3\xe8"
        end = time.monotonic() + 30
        while client.send(b"\x82"):
            assert time.monotonic() < end
            time.sleep(0.5)


def test_silence_is_a_ping_and_then_the_end(server):
    with connect(server, "/small/x") as client:
        assert receive(client, 2) == b"\x89\0"
        assert client.ended(5)
    assert [None, 1006] in state(server)["ended"], state(server)


def test_half_a_frame_that_stalls_is_ended(server):
    with connect(server) as client:
        client.send(frame(b"half")[:5])
        assert client.ended(8)


def test_what_is_no_message_sends_nothing_of_a_frame(server):
    # The head of the frame was sent, so that the close was taken for its payload.
    with connect(server, "/small/dict") as client:
        assert receive(client, 4) == b"\x88\2\3\xf3"


def test_a_wait_that_ends_within_a_frame_loses_nothing_of_it(server):
    data = frame(b"1234567890", 0x81)
    with connect(server, "/small/turns") as client:
        for part in data[:1], data[1:4], data[4:9], data[9:]:
            # the reader waits without the part, and then within it
            assert receive(client, 12) == b"\x81\4turn\x81\4turn"
            client.buffer = b""
            client.send(part)
        while not client.buffer.endswith(b"\x81\x0a1234567890\x88\2\3\xe8"):
            assert client._receive(), client.buffer


def test_clients_of_others(server):
    url = f"ws://127.0.0.1:{server.port}/echo"
    with websockets.sync.client.connect(url, compression=None) as client:
        for message in "x", "", b"", "\u20ac" * 500, "\u0800\u0801", b"y" * 60000:
            client.send(message)
            assert client.recv(timeout=10) == message
        client.send(["a", "b", "c"])
        assert client.recv(timeout=5) == "abc"
        assert client.ping().wait(5)
    assert client.close_code == 1000


def test_two_messages_behind_the_handshake_in_one_segment(server):
    with harness.Client(server.port) as client:
        client.send(harness.message("/echo", KEY) + frame(b"one") + frame(b"two"))
        while not client.buffer.endswith(b"\x82\3one\x82\3two"):
            assert client._receive(), client.buffer


MESSAGES = st.lists(st.text(max_size=40) | st.binary(max_size=300), min_size=1, max_size=4)


@hypothesis.settings(hypothesis.settings.get_profile("frames"))
@hypothesis.given(MESSAGES, st.lists(st.integers(1, 200), min_size=1, max_size=6), st.integers(1, 50))
def check_frames(server, messages, splits, fragment):
    peer = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
    data = peer.send(wsproto.events.Request(host="localhost", target="/echo"))
    with harness.Client(server.port) as client:
        client.send(data)
        got, told = [], []

        def events():
            for event in peer.events():
                if isinstance(event, wsproto.events.Message):
                    got.append(event.data)
                    if event.message_finished:
                        told.append(got[0][:0].join(got))
                        got.clear()

        while peer.state is not wsproto.ConnectionState.OPEN:
            peer.receive_data(client.socket.recv(65536))
            events()
        data = b""
        for message in messages:
            for at in range(0, len(message) or 1, fragment):
                last = at + fragment >= len(message)
                data += peer.send(wsproto.events.Message(message[at:at + fragment], message_finished=last))
        i = 0
        while data:
            n = splits[i % len(splits)]
            client.send(data[:n])
            data = data[n:]
            i += 1
        while len(told) < len(messages):
            peer.receive_data(client.socket.recv(65536))
            events()
        assert told == messages, told


def test_any_split_of_any_frames_gives_the_messages(server):
    check_frames(server)


def test_every_byte_in_a_segment_of_its_own(server):
    with connect(server) as client:
        for payload in b"", b"x", b"y" * 125, b"z" * 126, b"a" * 300:
            client.send(frame(payload) + frame(b"p", 0x89), 1)
            n = len(payload)
            size = bytes((n,)) if n < 126 else b"\x7e" + struct.pack(">H", n)
            want = b"\x82" + size + payload + b"\x8a\1p"
            assert receive(client, len(want)) == want


@pytest.mark.parametrize("data", [frame(b"hello", 0x81), frame(b"x" * 200), frame(first=0x8a)],
                         ids=["messages", "long", "pongs"])
def test_a_client_that_sends_all_the_time_leaves_time_to_others(server, data):
    with connect(server, "/sink") as client:
        ends = threading.Event()

        def send():
            with contextlib.suppress(OSError):
                while not ends.is_set():
                    client.socket.sendall(data * 500)

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        try:
            for _ in range(3):
                assert harness.within(2, lambda: harness.get(server.port, "/state")).code == 200
        finally:
            ends.set()
            with contextlib.suppress(OSError):
                client.socket.shutdown(socket.SHUT_RDWR)
            sender.join()


def test_a_room_stays_live_with_one_that_never_reads(server):
    clients = [connect(server, "/room") for _ in range(4)]
    clients[3].socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
    got = [b""] * 3
    n = 0
    left = "4"
    while left == "4":
        n += 1
        assert n < 2000  # 1 MB
        left = harness.get(server.port, "/say", method="POST", timeout=30).text
        for i in range(3):  # what they have not read yet is little: the room has no reason to end them
            while len(got[i]) < n * 5 * 102:
                data = clients[i].socket.recv(65536)
                assert data, (n, i, len(got[i]))
                got[i] += data
    assert left == "3"
    for text in got:
        assert text.count(b"\x81d") == n * 5, len(text)
    with contextlib.suppress(ConnectionResetError):
        while clients[3]._receive():
            pass
    for client in clients:
        client.close()
    harness.wait_for(lambda: harness.get(server.port, "/say", method="POST", timeout=30).text == "0")


def test_a_thousand_come_and_go(server):
    def some():
        for i in range(100):
            client = connect(server)
            client.send(frame(b"x"))
            receive(client, 3)
            client.reset() if i & 1 else client.close()
        return state(server)["heap"]

    readings = [some() for _ in range(10)]
    # a collection finds up to a dozen of them not ended yet; 100 bytes of each would be 50,000
    assert min(readings[5:]) - min(readings[:5]) < 40000, readings
