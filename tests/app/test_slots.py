# max_concurrency: a few slots, and more clients than slots. Nobody who only holds a connection may keep out somebody
# who wants an answer.
import http
import threading
import time

import harness
import pytest
import tinyweb

PROGRAM = """
import asyncio
import tinyweb

app = tinyweb.webserver(max_concurrency=3, request_timeout=2, idle_timeout=5, io_timeout=1, {more})
at_once = most = 0


@app.get("/")
async def index(req, resp):
    return "hello"


@app.get("/slow")
async def slow(req, resp):
    global at_once, most
    at_once += 1
    most = max(most, at_once)
    await asyncio.sleep(0.3)
    at_once -= 1
    return "slow"


@app.get("/most")
async def most_(req, resp):
    return str(most)


@app.route("/up", methods=["POST"])
async def up(req, resp):
    return str(len(await req.body()))


@app.get("/flood")
async def flood(req, resp):
    await resp.start_html()
    piece = b"x" * 1000
    for i in range(20000):
        await resp.send(piece)


app.run(HOST, PORT)
"""
HELLO = harness.message("/")


# With as many open connections allowed as by default, and with as few as there are slots, where each new client finds
# all of them taken.
ROOM = ["", "max_connections=3"]


@pytest.fixture(scope="module", params=ROOM, ids=["default", "three connections"])
def server(request, serve_module):
    return serve_module(PROGRAM.replace("{more}", request.param), heap=harness.FROZEN, sndbuf=harness.SNDBUF)


@pytest.mark.parametrize(("platform", "slots"), [("esp8266", 3), ("esp32", 6), ("linux", 10), ("rp2", 10)])
def test_the_default_of_max_concurrency_depends_on_the_platform(monkeypatch, platform, slots):
    monkeypatch.setattr("sys.platform", platform)
    assert tinyweb.webserver().max_concurrency == slots
    assert tinyweb.webserver(max_concurrency=4).max_concurrency == 4
    assert tinyweb.webserver(max_connections=9).max_links == 4 and tinyweb.webserver(max_links=7).max_links == 7


def test_a_class_of_ones_own_has_its_own_log_and_hosts():
    class Own(tinyweb.webserver):
        access_log = print
        allowed_hosts = ("board",)

    assert "access_log" not in vars(Own()) and Own().allowed_hosts == ("board",)
    assert Own(allowed_hosts=("lamp",)).allowed_hosts == ("lamp",)


def test_a_status_may_have_a_name():
    app = tinyweb.webserver()
    app.errorhandler(http.HTTPStatus.NOT_FOUND)(print)
    assert app._error_handlers[404] is print


class Browser:
    """A client that keeps its connection and, as browsers do, asks again where it was closed before an answer."""

    def __init__(self, port):
        self.port = port
        self.client = None
        self.opened = 0

    def get(self, target="/"):
        """Give (answer, seconds it took)."""
        begin = time.monotonic()
        for _ in range(5):
            fresh = self.client is None
            if fresh:
                self.client = harness.Client(self.port, timeout=5)
                self.opened += 1
            try:
                self.client.send(harness.message(target))
                return self.client.answer(), time.monotonic() - begin
            except (harness.NoAnswer, ConnectionResetError):
                self.close()
        raise AssertionError("closed again and again")

    def close(self):
        if self.client:
            self.client.close()
            self.client = None


@pytest.fixture
def browsers(server):
    made = [Browser(server.port) for _ in range(6)]
    yield made
    for b in made:
        b.close()


def test_six_kept_connections_live_with_three_slots_without_a_stall(browsers):
    """In turn, so that each of them finds the slots taken by the others' idle connections."""
    times = []
    for _ in range(10):
        for b in browsers:
            answer, took = b.get()
            assert answer.text == "hello", answer
            times.append(took)
    assert max(times) < 1, sorted(times)[-5:]


def test_six_kept_connections_at_once_live_with_three_slots(browsers):
    times, faults = [], []

    def work(b):
        try:
            for _ in range(10):
                answer, took = b.get()
                assert answer.text == "hello", answer
                times.append(took)
        except Exception as e:
            faults.append(repr(e))

    threads = [threading.Thread(target=work, args=(b,)) for b in browsers]
    for t in threads:
        t.start()
    for t in threads:
        t.join(30)
    assert not faults, faults
    assert len(times) == 60, times
    assert max(times) < 2, sorted(times)[-5:]


def test_three_kept_connections_in_three_slots_are_not_purged(browsers):
    for _ in range(5):
        for b in browsers[:3]:
            b.get()
    assert [b.opened for b in browsers[:3]] == [1, 1, 1]


def test_the_longest_idle_connection_is_the_one_closed(serve):
    """Four clients where three have room: the first one to have gone idle is closed; the others stay."""
    browsers = [Browser(serve(PROGRAM.replace("{more}", ROOM[1]), heap=harness.FROZEN).port)]
    browsers += [Browser(browsers[0].port) for _ in range(3)]
    first, second, third, fourth = browsers[:4]
    for b in (first, second, third):
        b.get()
        time.sleep(0.05)
    first.get()  # now the second one is idle longest
    fourth.get()
    assert second.client.ended(1)
    second.close()
    for b in (first, third, fourth):
        b.get()
    assert [b.opened for b in (first, third, fourth)] == [1, 1, 1]


def test_handlers_at_once_are_never_more_than_the_slots(server):
    results = []

    def work():
        with harness.Client(server.port, timeout=10) as c:
            results.append(c.request(harness.message("/slow")).text)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(20)
    assert results == ["slow"] * 8, results
    assert int(harness.get(server.port, "/most").text) <= 3


def hello_takes(server):
    """Ask on a new connection; give the seconds."""
    begin = time.monotonic()
    answer = harness.fetch(server.port, HELLO, timeout=10)
    assert answer.text == "hello", answer
    return time.monotonic() - begin


def test_silent_sockets_keep_nobody_waiting(server):
    """Browsers open connections in advance."""
    silent = [harness.Client(server.port) for _ in range(12)]
    try:
        took = [hello_takes(server) for _ in range(3)]
        assert max(took) < 1, took
    finally:
        for c in silent:
            c.close()


def test_slow_heads_on_more_connections_than_slots_starve_nobody(server):
    """The total deadline of a head cuts them, however often a byte comes."""
    slow = [harness.Client(server.port) for _ in range(6)]
    done = threading.Event()

    def trickle():
        head = harness.message("/", [("X-Slow", "y" * 1000)])
        for i in range(len(head)):
            if done.wait(0.1):
                return
            for c in slow:
                c.send(head[i:i + 1])

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        time.sleep(0.3)
        took = [hello_takes(server) for _ in range(3)]
        assert max(took) < 3, took
    finally:
        done.set()
        thread.join()
        for c in slow:
            c.close()


@pytest.mark.parametrize("what", ["bodies that stall", "clients that never read"])
def test_what_stalls_in_every_slot_is_cut(server, what):
    stalled = []
    for _ in range(3):
        c = harness.Client(server.port)
        if what == "bodies that stall":
            c.send(b"POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
        else:
            c.send(harness.message("/flood"))
        stalled.append(c)
    try:
        time.sleep(0.2)
        took = [hello_takes(server) for _ in range(3)]
        assert max(took) < 1 + 2, took
    finally:
        for c in stalled:
            c.close()
    assert hello_takes(server) < 1


def test_a_fast_reader_of_an_endless_stream_starves_nobody(server):
    """Its handler never has to wait for the socket, and still others must get their turn."""
    done = threading.Event()
    ended = []

    def read(c):
        c.send(harness.message("/flood"))
        while not done.is_set():
            if not c.socket.recv(65536):
                ended.append("too early")
                break

    with harness.Client(server.port) as c:
        thread = threading.Thread(target=read, args=(c,))
        thread.start()
        try:
            took = [hello_takes(server) for _ in range(5)]
            assert max(took) < 1, took
        finally:
            done.set()
            thread.join(5)
        assert not ended, server.output()


def test_uploads_that_go_on_are_not_cut_for_who_waits(server):
    """All slots are held by clients that are slow and honest: whoever waits for a slot waits for them."""
    results = []

    def upload():
        # On a machine that is busy a pause may be as long as io_timeout, or all of it longer than the second for which
        # a client that finds no connection waits: then one is ended, rightly.
        begin, longest = time.monotonic(), 0
        with harness.Client(server.port, timeout=10) as c:
            c.send(b"POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(20):
                before = time.monotonic()
                time.sleep(0.05)
                c.send(bytes(50))
                longest = max(longest, time.monotonic() - before)
            try:
                text = c.answer("POST").text
            except (harness.NoAnswer, OSError):
                text = "cut"
            in_time = longest < 0.5 and time.monotonic() - begin < 1.2
            results.append(text if in_time else "1000")

    threads = [threading.Thread(target=upload) for _ in range(3)]
    for t in threads:
        t.start()
    time.sleep(0.3)
    assert hello_takes(server) < 5
    for t in threads:
        t.join(15)
    assert results == ["1000"] * 3, results
