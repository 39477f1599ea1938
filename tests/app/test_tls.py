# https: whatever ends a handshake, the server keeps no descriptor of it; and what a full socket refuses is sent whole.
import contextlib
import os
import socket
import ssl
import struct
import sys
import threading
import time

import harness
import memory
import pytest

PROGRAM = """
import asyncio
import ssl
import tinyweb
app = tinyweb.webserver(idle_timeout={idle}, max_connections=12)
@app.get("/")
def index(req, resp):
    return "hello"
{extra}
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain({cert!r}, {key!r})
{more}
app.run(HOST, PORT, ssl=context)
print("ended")
"""
# Each connection of a board takes 40 KB of TLS, and lives as long as a handshake that is left alone.
HEAP = "2m"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted in /proc")
pytestmark = LINUX


@pytest.fixture
def start(serve, https, tmp_path, interpreter):
    """Start an https server: start(extra="", more="", idle=2). Gives it."""
    kind = "der" if interpreter == "micropython" else "pem"
    files = [str(tmp_path / "tls" / f"{name}.{kind}") for name in ("cert", "key")]

    def begin(extra="", more="", idle=2, **options):
        program = PROGRAM.format(idle=idle, extra=extra, more=more, cert=files[0], key=files[1])
        return serve(program, heap=HEAP, **options)

    return begin


def descriptors(server):
    """Give how many descriptors a program holds."""
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def back_to(server, count, timeout=25):
    """Wait until a program holds no more descriptors than `count`."""
    harness.wait_for(lambda: descriptors(server) <= count, timeout,
                     lambda: f"{descriptors(server)} descriptors, {count} before:\n{server.output()[-2000:]}")


def hello():
    """Give the first record of a handshake, as a client's ssl makes it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    client = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def connect(server):
    return socket.create_connection((harness.HOST, server.port), timeout=10)


def until_closed(s):
    """Read until the server has closed."""
    try:
        while s.recv(4096):
            pass
    except OSError:
        pass


def speak(data, then="wait"):
    """Give a client that sends bytes, and then waits for the close, leaves, or resets."""
    def client(server):
        with connect(server) as s, contextlib.suppress(OSError):  # the server may be the first to end it
            s.sendall(data() if callable(data) else data)
            if then == "wait":
                until_closed(s)
            elif then == "answer":
                s.recv(1)  # in the middle
            elif then == "half":
                s.shutdown(socket.SHUT_WR)
                until_closed(s)
            elif then == "reset":
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return client


def shaking(**options):
    """Give a client whose own ssl ends the handshake, or the connection behind it."""
    def client(server):
        context = ssl.create_default_context()
        if "max" in options:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.minimum_version = context.maximum_version = options["max"]
            context.set_ciphers("ALL:@SECLEVEL=0")
        with connect(server) as s, pytest.raises(OSError), context.wrap_socket(s, server_hostname="localhost") as s:
            pass
    return client


def silent(server):
    """Say nothing: the server has to end it."""
    with connect(server) as s:
        until_closed(s)


def leaves(server):
    connect(server).close()


def begun_and_left(server):
    """A handshake that the server has answered, of which the client's half never comes."""
    with connect(server) as s:
        s.sendall(hello())
        until_closed(s)


GARBAGE = bytes(range(256)) * 8
# name: (a client, how often it comes)
ENDS = {
    "plain HTTP": (speak(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 30),
    "plain HTTP of a client that closes": (speak(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "leave"), 30),
    "a refused certificate": (shaking(), 30),
    "an old version": (shaking(max=ssl.TLSVersion.TLSv1), 20),
    "a close at once": (leaves, 30),
    "a reset at once": (speak(b"", "reset"), 30),
    "a close in the middle of the first record": (speak(lambda: hello()[:40], "leave"), 20),
    "a half close in the middle": (speak(lambda: hello()[:40], "half"), 20),
    "a reset in the middle of the first record": (speak(lambda: hello()[:40], "reset"), 20),
    "a close behind the server's answer": (speak(hello, "answer"), 20),
    "a half close behind the first record": (speak(hello, "half"), 20),
    "a reset behind the first record": (speak(hello, "reset"), 20),
    "garbage": (speak(GARBAGE, "half"), 20),
    "zeros": (speak(bytes(600), "half"), 20),
    "a record that is too long": (speak(b"\x16\x03\x01\xff\xff" + bytes(2000), "half"), 20),
    "a record of application data": (speak(b"\x17\x03\x03\x00\x05hello", "half"), 20),
    "an alert": (speak(b"\x15\x03\x01\x00\x02\x02\x28", "half"), 20),
    "garbage in the handshake": (speak(lambda: hello() + GARBAGE, "half"), 20),
    "SSL 2": (speak(b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(37), "half"), 20),
}
LATE = {"nothing at all": silent, "half a record": speak(lambda: hello()[:40]), "no second half": begun_and_left}


def good(server, context):
    answer = harness.fetch(server.port, harness.message("/"), ssl=context)
    assert answer.text == "hello", answer


@pytest.mark.parametrize("how", ENDS)
def test_a_handshake_that_fails_keeps_no_descriptor(start, https, how):
    client, count = ENDS[how]
    server = start()
    good(server, https[1])
    before = descriptors(server)
    for _ in range(count):
        client(server)
    back_to(server, before)
    good(server, https[1])
    assert not server.trouble(), server.trouble()


@pytest.mark.parametrize("how", LATE)
def test_a_handshake_that_does_not_go_on_is_ended(start, https, how):
    server = start(idle=1)
    good(server, https[1])
    before = descriptors(server)
    for _ in range(2):
        LATE[how](server)
    # and many at once
    clients = [connect(server) for _ in range(8)]
    for s in clients:
        if how != "nothing at all":
            s.sendall(hello()[:40 if how == "half a record" else None])
    for s in clients:
        until_closed(s)
        s.close()
    back_to(server, before)
    good(server, https[1])


def test_a_client_certificate_that_is_refused_keeps_no_descriptor(start, https, interpreter, tmp_path):
    """A server that wants to know its clients, and a client that shows nothing, or what nobody has signed."""
    ca = str(tmp_path / "tls" / "cert.")
    load = ("context.verify_mode = ssl.CERT_REQUIRED\ncontext.load_verify_locations("
            + (f"cadata=open({ca + 'der'!r}, 'rb').read())" if interpreter == "micropython" else f"{ca + 'pem'!r})"))
    other = tmp_path / "other"
    other.mkdir()
    memory.certificate(other)
    known = ssl.create_default_context(cafile=tmp_path / "tls" / "cert.pem")
    known.load_cert_chain(tmp_path / "tls" / "cert.pem", tmp_path / "tls" / "key.pem")
    unknown = ssl.create_default_context(cafile=tmp_path / "tls" / "cert.pem")
    unknown.load_cert_chain(other / "cert.pem", other / "key.pem")
    server = start(more=load)
    good(server, known)
    before = descriptors(server)
    for context in (https[1], unknown) * 8:
        with pytest.raises((OSError, harness.NoAnswer, harness.Truncated)):
            harness.fetch(server.port, harness.message("/"), ssl=context)
    back_to(server, before)
    good(server, known)
    assert not server.trouble(), server.trouble()


# wrap_socket() of MicroPython, wrap_bio() of asyncio: each third time it works.
WRAPS = """
class Context(ssl.SSLContext):
    count = 0
    def _fail(self):
        Context.count += 1
        if Context.count % 3:
            raise {error}
    def wrap_socket(self, *args, **kwargs):
        self._fail()
        return super().wrap_socket(*args, **kwargs)
    def wrap_bio(self, *args, **kwargs):
        self._fail()
        return super().wrap_bio(*args, **kwargs)
"""
WRAPS_THERE = """
class Context:
    count = 0
    def wrap_socket(self, *args, **kwargs):
        Context.count += 1
        if Context.count % 3:
            raise {error}
        return inner.wrap_socket(*args, **kwargs)
inner = context
context = Context()
"""


@pytest.mark.parametrize("error", ["OSError(12)", "OSError(-0x7f00)", "ValueError('no')", "MemoryError()",
                                   "RuntimeError('no')", "TypeError('no')"])
def test_a_socket_that_cannot_be_wrapped_is_closed(start, https, interpreter, error, tmp_path):
    if interpreter == "micropython":
        more = WRAPS_THERE.format(error=error)
    else:
        files = tuple(str(tmp_path / "tls" / f) for f in ("cert.pem", "key.pem"))
        more = (WRAPS.format(error=error) + "context = Context(ssl.PROTOCOL_TLS_SERVER)\n"
                f"context.load_cert_chain(*{files!r})")
    server = start(more=more, traceback=True)
    answers = 0
    before = None
    for _ in range(24):
        try:
            good(server, https[1])
            answers += 1
            before = before or descriptors(server)
        except (OSError, harness.NoAnswer, harness.Truncated):
            pass
    assert answers >= 7, server.output()
    back_to(server, before)
    assert server.process.poll() is None, server.output()


STOPPING = """
async def main():
    for i in range(3):
        await app.start(HOST, PORT, ssl=context)
        print("started", i)
        while not os_stat("stop%d" % i):
            await asyncio.sleep(0.01)
        await app.stop()
        await asyncio.sleep(0.3)
        print("stopped", i)
    while True:
        await asyncio.sleep(1)
import os
def os_stat(name):
    try:
        os.stat(name)
        return True
    except OSError:
        return False
asyncio.run(main())
"""


def test_a_stop_while_clients_shake_hands_keeps_no_descriptor(start, https, tmp_path):
    server = start(more=STOPPING, cwd=tmp_path, idle=20)
    before = None
    for i in range(3):
        server.wait_output(f"started {i}")
        good(server, https[1])
        clients = [connect(server) for _ in range(6)]
        for n, s in enumerate(clients):
            if n % 3:
                s.sendall(hello()[:40 if n % 3 == 1 else None])
        time.sleep(0.1)  # most of them are being served, the others wait in the backlog: both have to go
        (tmp_path / f"stop{i}").touch()
        server.wait_output(f"stopped {i}", 10)
        for s in clients:
            until_closed(s)
            s.close()
        if before is None:
            server.wait_output("started 1", 10)  # with its next listener, as the later ones are counted
            before = descriptors(server)
        back_to(server, before)
    assert not server.trouble(), server.trouble()


def test_a_close_of_one_connection_never_hits_another(serve, interpreter):
    """A number of a descriptor is used again at once: who closes twice closes what somebody else has opened."""
    server = serve("""
import asyncio
import tinyweb
app = tinyweb.webserver(io_timeout=1, max_concurrency=4)
@app.get("/slow")
async def slow(req, resp):
    try:
        while True:
            await resp.send("x" * 800)
            await asyncio.wait_for(resp.flush(), 0.3)
    except asyncio.TimeoutError:
        print("gone")
        opened.append(open(__file__))  # takes the number
        await asyncio.sleep(0.2)
        for _ in range(3):
            try:
                await resp.send("not for anybody else" * 100)
                await resp.flush()
            except OSError:
                pass
opened = []
@app.get("/look")
def look(req, resp):
    return str(len([f.read(4) for f in opened]))
app.run(HOST, PORT)
""", heap="300k")
    for n in range(3):
        s = socket.create_connection((harness.HOST, server.port))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.sendall(harness.message("/slow"))
        harness.wait_for(lambda n=n: server.output().count("gone") > n, 20)
        time.sleep(0.5)  # the handler has ended, and the connection with it
        s.close()
        assert harness.get(server.port, "/look").text == str(n + 1), server.output()


SINK = """
@app.get("/sink")
async def sink(req, resp):
    link = await resp.upgrade(b"Upgrade: sink\\r\\n")
    buf = bytearray(100)
    n = 1
    while n != 0:
        n = link.readinto(buf)
        if n is None:
            await link.readable()
"""


def test_a_client_that_sends_all_the_time_leaves_time_to_others(start, https):
    server = start(extra=SINK)
    with connect(server) as raw, https[1].wrap_socket(raw, server_hostname="localhost") as s:
        s.sendall(harness.message("/sink"))
        assert s.recv(1000).startswith(b"HTTP/1.1 101 ")
        ends = threading.Event()

        def send():
            with contextlib.suppress(OSError):
                while not ends.is_set():
                    s.sendall(b"x" * 50000)

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        try:
            for _ in range(3):
                assert harness.within(4, lambda: harness.get(server.port, ssl=https[1])).text == "hello"
        finally:
            ends.set()
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)
            sender.join()


# A body of any size in each of the ways that there are to send one, through a socket that takes little at once, as
# lwIP's: 2,304 bytes are what Linux makes of a small number.
BODIES = """
def text(n):
    return "".join(["%06d" % i for i in range(n // 6 + 1)])[:n]
@app.get("/returned/<int:n>")
def returned(req, resp, n):
    return text(n)
@app.get("/bytes/<int:n>")
async def as_bytes(req, resp, n):
    await asyncio.sleep(0)
    return text(n).encode()
@app.get("/sent/<int:n>")
async def sent(req, resp, n):
    data = text(n)
    await resp.start_html()
    for i in range(0, n, 500):
        await resp.send(data[i : i + 500])
@app.get("/slowly/<int:n>")
async def slowly(req, resp, n):
    data = text(n)
    for i in range(0, n, 700):
        await resp.send(data[i : i + 700])
        await asyncio.sleep(0.001)
@app.get("/flushed/<int:n>")
async def flushed(req, resp, n):
    data = text(n)
    for i in range(0, n, 1100):
        await resp.send(data[i : i + 1100])
        await resp.flush()
@app.get("/long/<int:n>")
async def long(req, resp, n):
    resp.headers["Content-Length"] = n
    await resp.send(text(n))
@app.resource("/pieces/<int:n>")
def pieces(data, n):
    data = text(n)
    for i in range(0, n, 300):
        yield data[i : i + 300]
@app.get("/file/<int:n>")
async def file(req, resp, n):
    await resp.send_file("%d.txt" % n)
app.static("/static", ".")
async def small():
    while not app._listener:
        await asyncio.sleep(0.01)
    app._listener._s.setsockopt(1, 7, 2304)  # SO_SNDBUF; who is accepted has it too
    print("small")
"""
SMALL = """
async def main():
    asyncio.create_task(small())
    await app.start(HOST, PORT, ssl=context)
    while True:
        await asyncio.sleep(1)
asyncio.run(main())
"""
SIZES = (1, 900, 1000, 1024, 1025, 1400, 1800, 2300, 4100, 9000)
WAYS = ("returned", "bytes", "sent", "slowly", "flushed", "long", "pieces", "file", "static")


def text(n):
    return "".join(f"{i:06}" for i in range(n // 6 + 1))[:n].encode()


def bodies(data):
    """Split a stream of answers. Gives their bodies; what is no answer is an error."""
    found = []
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        assert end and head.startswith(b"HTTP/1.1 200 OK\r\n"), (len(found), head[:200], data[:100])
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if b"content-length" in fields:
            n = int(fields[b"content-length"])
            body, data = data[:n], data[n:]
            assert len(body) == n, (len(found), n, len(body))
        else:
            body = b""
            while True:
                size, end, data = data.partition(b"\r\n")
                assert end and size, (len(found), size[:100])
                n = int(size, 16)
                assert data[n:n + 2] == b"\r\n", (len(found), n, data[n:n + 100])
                body += data[:n]
                data = data[n + 2:]
                if not n:
                    break
        found.append(body)
    return found


def read_slowly(server, context, requests):
    """Send requests at once, and read what comes in small pieces with pauses. Gives all of it."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
    raw.settimeout(20)
    raw.connect((harness.HOST, server.port))
    got = b""
    with (context.wrap_socket(raw, server_hostname="localhost") if context else raw) as s:
        s.sendall(b"".join(requests))
        time.sleep(0.3)
        while piece := s.recv(700):
            got += piece
            if len(got) < 20000:
                time.sleep(0.002)
    return got


@pytest.fixture(params=["https", "http"])
def small(request, start, serve, https, tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    for n in SIZES:
        (folder / f"{n}.txt").write_bytes(text(n))
    if request.param == "https":
        server = start(extra=BODIES, more=SMALL, cwd=folder, idle=10)
    else:
        program = PROGRAM.format(idle=10, extra=BODIES, more="", cert="", key="").replace(
            "context.load_cert_chain('', '')", "context = None") + SMALL
        server = serve(program.replace("app.run(HOST, PORT, ssl=context)", SMALL).replace("ssl.SSLContext", "str"),
                       heap=HEAP, cwd=folder)
    server.wait_output("small")
    return server, https[1] if request.param == "https" else None


def test_all_bytes_arrive_through_a_full_socket(small):
    server, context = small
    for way in WAYS:
        suffix = ".txt" if way == "static" else ""
        for sizes in (SIZES, (1400,) * 8, (900, 1025) * 4):
            targets = [f"/{way}/{n}{suffix}" for n in sizes]
            requests = [harness.message(t) for t in targets[:-1]]
            requests.append(harness.message(targets[-1], [("Connection", "close")]))
            got = bodies(read_slowly(server, context, requests))
            assert [len(b) for b in got] == list(sizes), (way, [len(b) for b in got])
            assert got == [text(n) for n in sizes], way
    # and mixed
    targets = [(way, n) for n in SIZES[1:8] for way in WAYS]
    targets = targets[::2] + targets[1::2]
    requests = [harness.message(f"/{way}/{n}{'.txt' if way == 'static' else ''}") for way, n in targets]
    requests[-1] = requests[-1].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    got = bodies(read_slowly(server, context, requests))
    assert got == [text(n) for _, n in targets], [len(b) for b in got]
    assert not server.trouble(), server.trouble()


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_a_client_that_takes_nothing_keeps_no_descriptor_for_good(start, serve, https, secure, interpreter):
    """A connection that the server has closed is closed, whether its client has read all of it or not."""
    extra = """
@app.get("/much/<int:n>")
async def much(req, resp, n):
    await resp.send("x" * 200)
    await resp.flush()
    for i in range(n):
        await resp.send("x" * 1000)
"""
    program = start(extra=extra + "app.io_timeout = 1") if secure else serve(
        "import tinyweb\napp = tinyweb.webserver(io_timeout=1)\n"
        "@app.get('/')\ndef index(req, resp):\n    return 'hello'\n" + extra + "app.run(HOST, PORT)")
    context = https[1] if secure else None
    good(program, context)
    before = descriptors(program)
    clients = []
    for n in (1, 3, 100, 20000):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
        raw.settimeout(10)
        raw.connect((harness.HOST, program.port))
        s = context.wrap_socket(raw, server_hostname="localhost") if secure else raw
        s.sendall(harness.message(f"/much/{n}", [("Connection", "close")]))
        clients.append(s)
    back_to(program, before)
    for s in clients:
        s.close()
    good(program, context)


TWO_SERVERS = """
import asyncio
import ssl
import tinyweb
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain({cert!r}, {key!r})
plain = tinyweb.webserver()
secure = tinyweb.webserver()
for app in plain, secure:
    @app.get("/")
    def index(req, resp):
        return req.host
async def main():
    for i in range(4):
        # https comes first, and again
        await secure.start(HOST, {ports}[i], ssl=context)
        if i < 3:
            await secure.stop()
    await plain.start(HOST, PORT)
    while True:
        await asyncio.sleep(1)
asyncio.run(main())
"""


def test_only_a_server_with_a_certificate_takes_https_targets(serve, https, interpreter, tmp_path):
    kind = "der" if interpreter == "micropython" else "pem"
    files = {name: str(tmp_path / "tls" / f"{name}.{kind}") for name in ("cert", "key")}
    ports = [harness.free_port() for _ in range(4)]
    server = serve(TWO_SERVERS.format(ports=ports, **files), heap=HEAP)
    for target, plain, secure in (("http://a.example/", 200, 200), ("https://a.example/", 400, 200),
                                  ("HTTPS://a.example/", 400, 200), ("ftp://a.example/", 400, 400),
                                  ("https://a.example:8443", 400, 200), ("://a.example/", 400, 400)):
        for context, number, code in ((None, server.port, plain), (https[1], ports[3], secure)):
            answer = harness.fetch(number, harness.message(target), ssl=context)
            assert answer.code == code, (target, number, answer)
            assert code == 400 or answer.text.startswith("a.example"), (target, number, answer)
    assert not server.trouble(), server.trouble()


AT_ONCE = """
import asyncio
import tinyweb
{context}
app = tinyweb.webserver()
@app.get("/")
def index(req, resp):
    return "hello"
async def main():
    for i in range(8):
        await app.start(HOST, PORT{ssl})
        for _ in range(i % 4):
            await asyncio.sleep(0)
        await app.stop()
    # and the other way round: stop() without a wait
    for i in range(4):
        await app.start(HOST, PORT{ssl})
        app.shutdown()
        await asyncio.sleep(0.01 * i)
    await app.start(HOST, PORT{ssl})
    print("started")
    while True:
        await asyncio.sleep(1)
asyncio.run(main())
"""


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_a_stop_right_behind_the_start_leaves_nobody_deaf(serve, https, secure, interpreter, tmp_path):
    kind = "der" if interpreter == "micropython" else "pem"
    files = [str(tmp_path / "tls" / f"{name}.{kind}") for name in ("cert", "key")]
    context = ("import ssl\ncontext = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
               "context.load_cert_chain({!r}, {!r})".format(*files))
    server = serve(AT_ONCE.format(context=context if secure else "", ssl=", ssl=context" if secure else ""), heap=HEAP)
    server.wait_output("started")
    for _ in range(3):
        good(server, https[1] if secure else None)
    assert not server.trouble(), server.trouble()
