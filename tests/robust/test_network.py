# The network fails below the server: every errno that the field has seen, from every call, at every stage; the listener
# dies; the clock jumps; the port is taken. The server recovers or says why, and stop() frees the port at any time.
#
# The failing stream and socket stand in the program, between the server and MicroPython's own: a stand-in for a network
# that breaks, as loopback never does.
import ctypes
import errno
import os
import socket
import stat
import sys
import time

import guests
import h11
import harness
import pytest

# What architecture.md names: bad file, try again, broken pipe, aborted, reset, not connected, timed out, unreachable,
# in progress, and lwIP's 128.
ERRNOS = (9, 11, 32, 103, 104, 107, 110, 113, 116, 128)
FAILING = """
coming = []  # the plan from the next connection on
plan = []  # the call that is to fail, how many of them pass before, the errno
from tinyweb import protocol, server, transport
from tinyweb.lazy import lazy


def fails(call):
    if plan and plan[0] == call:
        plan[1] -= 1
        if plan[1] < 0:
            number = plan[2]
            plan.clear()
            raise OSError(number)


class Socket:
    def __init__(self, s):
        self.s = s

    def readinto(self, buf):
        fails("readinto")
        return self.s.readinto(buf)

    def write(self, data):
        fails("write")
        return self.s.write(data)

    def close(self):
        self.s.close()
        fails("close")

    def setsockopt(self, *args):
        self.s.setsockopt(*args)


class Stream:
    def __init__(self, s):
        self.s = s

    async def readinto(self, buf):
        fails("wait")
        n = await self.s.readinto(buf)
        fails("waited")
        return n

    def write(self, data):
        fails("stream write")
        self.s.write(data)

    async def drain(self):
        fails("drain")
        await self.s.drain()


class Listener(transport.Listener):
    async def accept(self):
        fails("accept")
        s, stream, address = await super().accept()
        if coming:
            plan[:] = coming
            coming.clear()
        try:
            fails("accepted")
        except OSError:
            s.close()
            raise
        return Socket(s), Stream(stream), address


# the module that opens the port
server.Listener = Listener


@app.get("/fail/<name>/<int:after>/<int:number>")
def fail(req, resp, name, after, number):
    coming[:] = [name.replace("-", " "), after, number]
    return "armed"


@app.get("/planned")
def planned(req, resp):
    return str(len(plan))


@app.get("/stop")
def stop(req, resp):
    app.shutdown()
    return "stopping"


@app.get("/jump/<path:ms>")
def jump(req, resp, ms):
    # the clock: all that the server measures with
    offset = int(ms)

    def ticks():
        return (time.ticks_ms() + offset) & 0x3fffffff

    import time
    modules = [lazy.admission, lazy.body, lazy.disconnects, lazy.dispatch, lazy.partial_head, lazy.shutdown,
               lazy.unread_body, lazy.waiting]
    for module in [protocol, server, transport] + modules:
        module.ticks_ms = ticks
    return "jumped"

"""
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs pidfd_getfd()")
CALLS = ("readinto", "write", "wait", "waited", "close", "stream-write", "drain", "accept", "accepted")
KINDS = ["a returned text", "a stream", "a form in chunks", "no such path", "a long target"]


@pytest.fixture(scope="module")
def server(serve_module):
    server = serve_module(guests.program("io_timeout=2, idle_timeout=3", guests.MORE + FAILING), traceback=True,
                          heap="256k", compiled=True, sndbuf=harness.SNDBUF)
    for data, _ in guests.REQUESTS.values():
        guests.outcome(server.port, data)
    return server


def kill_listener(server):
    """Have the listening socket of a server die under it: shut down from outside, through a copy of its descriptor."""
    libc = ctypes.CDLL(None, use_errno=True)
    process = os.pidfd_open(server.process.pid)
    killed = 0
    for number in os.listdir(f"/proc/{server.process.pid}/fd"):
        copy = libc.syscall(438, process, int(number), 0)  # pidfd_getfd
        if copy >= 0 and stat.S_ISSOCK(os.fstat(copy).st_mode):
            with socket.socket(fileno=copy) as s:
                if s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    s.shutdown(socket.SHUT_RDWR)
                    killed += 1
        elif copy >= 0:
            os.close(copy)
    os.close(process)
    assert killed == 1, killed


def arm(server, call, after, number):
    # what was planned before, and not met yet, may meet this; then this turn fails nowhere, or as before
    guests.outcome(server.port, harness.message(f"/fail/{call}/{after}/{number}"))


def calm(server, within):
    """Wait until no connection and no plan is left."""
    def left():
        try:
            return guests.health(server.port)[:4]
        except (harness.NoAnswer, harness.Truncated, OSError, h11.RemoteProtocolError):
            return None

    harness.wait_for(lambda: left() == (0, 3, 0, 1), within, lambda: str(left()))


def answers(server, within=3):
    """Wait until a hello is answered."""
    def answered():
        try:
            return guests.outcome(server.port, guests.HELLO) == 200
        except ConnectionRefusedError:
            return False

    harness.wait_for(answered, within, server.output)


@pytest.mark.parametrize("number", ERRNOS, ids=lambda n: errno.errorcode.get(n, n))
def test_each_call_may_fail_at_each_stage(server, form, number):
    """One call of the socket or the stream fails: the request is answered, or its connection ends; the next works."""
    for call in CALLS:
        for what in form.many(KINDS[number % 2::2], guests.REQUESTS):
            for after in range(form.many(3, 12)):
                data, code = guests.REQUESTS[what]
                arm(server, call, after, number)
                got = guests.outcome(server.port, data)
                assert got in (code, "closed", "cut"), (call, what, after, got, server.output()[-1000:])
                answers(server)
    calm(server, 5)
    assert server.process.poll() is None


def test_a_client_that_stops_reading_may_fail_at_each_stage(server, form):
    for call in ("drain", "stream-write", "write", "waited"):
        for number in ERRNOS[::form.many(5, 1)]:
            for after in range(form.many(2, 8)):
                arm(server, call, after, number)
                with harness.Client(server.port) as c:
                    c.send(harness.message("/flood"))
                    time.sleep(0.02)
                answers(server)
    calm(server, 10)


@pytest.mark.parametrize("number", ERRNOS, ids=lambda n: errno.errorcode.get(n, n))
def test_the_listener_may_fail_again_and_again(serve, number):
    """From the third failure in a row on there is a new listener, and the console is told why."""
    program = guests.program(extra=FAILING).replace('fails("accept")', 'if bad: bad.pop(); raise OSError(%d)' % number)
    server = serve(program.replace("plan = []", "bad = [1, 2, 3, 4]\nplan = []"), traceback=True, heap="256k",
                   compiled=True, sndbuf=harness.SNDBUF)
    answers(server)
    assert "The listener failed" in server.output(), server.output()
    answers(server)


@linux
def test_a_listener_that_dies_comes_back(server):
    # A failure that was planned by the test before, and did not come, is not to come here.
    harness.wait_for(lambda: guests.outcome(server.port, harness.message("/fail/nothing/0/0")) == 200, 5, server.output)
    answers(server)
    for _ in range(3):
        with harness.Client(server.port) as kept:
            assert kept.request(guests.HELLO).code == 200
            kill_listener(server)
            # who was there is served on
            assert kept.request(guests.HELLO).code == 200
        answers(server, 5)


@pytest.mark.parametrize("jump", [-(1 << 29) + 1, -3600000, (1 << 29) - 1])
def test_the_clock_may_jump(server, jump):
    """Connections that wait may be ended too early, never too late by more than their time; new ones are served."""
    with harness.Client(server.port) as kept, harness.Client(server.port) as half:
        kept.request(guests.HELLO)
        half.send(b"GET /hel")
        assert guests.outcome(server.port, harness.message(f"/jump/{jump}")) == 200
        answers(server)
    answers(server)
    with harness.Client(server.port) as idle:
        begun = time.monotonic()
        assert idle.request(guests.HELLO).code == 200
        assert idle.ended(6)
        assert time.monotonic() - begun > 2
    assert guests.outcome(server.port, harness.message("/jump/0")) == 200


AFTER = """
import sys
print("run has ended")
app.run(HOST, PORT)
"""


@pytest.mark.parametrize("call", ["nothing", pytest.param("kill", marks=linux), "accept", "accepted", "wait", "write",
                                  "close"])
def test_stop_frees_the_port_whatever_has_failed(serve, call):
    server = serve(guests.program("stop_timeout=1", FAILING) + AFTER, traceback=True, ends=True, heap="256k",
                   compiled=True, sndbuf=harness.SNDBUF)
    with harness.Client(server.port) as kept:
        assert kept.request(guests.HELLO).code == 200
        if call == "kill":
            kill_listener(server)
        elif call != "nothing":
            kept.request(harness.message(f"/fail/{call}/1/104"))
        with harness.Client(server.port) if call != "kill" else kept as other:
            try:
                other.request(harness.message("/stop"), timeout=2)
            except (harness.NoAnswer, harness.Truncated, ConnectionResetError):
                guests.outcome(server.port, harness.message("/stop"))
    # the port is free at once: the second run() gets it
    server.wait_output("run has ended", 5)
    answers(server)


def test_a_port_that_is_taken_is_said_at_once(interpreter):
    port = harness.free_port()
    with harness.start(guests.program(extra=""), port=port):
        with harness.launch(guests.program(extra=""), port=port) as second:
            assert second.wait_end(5) != 0
            assert str(port) in second.output() or "EADDRINUSE" in second.output(), second.output()
        assert guests.outcome(port, guests.HELLO) == 200
