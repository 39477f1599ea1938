# From run to shutdown and back: the listener's life, alone and beside other tasks, over IPv6 and TLS.
import contextlib
import time

import harness
import pytest
from tinyweb.transport import BUFFER

AGAIN = """
import asyncio
import tinyweb

app = tinyweb.webserver()


@app.get("/")
async def index(req, resp):
    return "round"


@app.get("/stop")
async def stop(req, resp):
    app.shutdown()
    return "stopping"


for i in range(3):
    print("run", i)
    app.run(HOST, PORT)
    print("ended", i)
print("all done")
"""


def test_shutdown_from_a_handler_ends_run_and_run_works_again(serve):
    server = serve(AGAIN, ends=True)
    for i in range(3):
        harness.wait_for(lambda: harness.accepts(server.port))
        assert harness.get(server.port, "/").text == "round"
        with harness.Client(server.port) as kept:
            assert kept.request(harness.message("/")).text == "round"
            # the answer that was running when the server was shut down is finished
            answer = harness.get(server.port, "/stop")
            assert answer.text == "stopping", answer
            assert kept.ended(), "a kept connection is closed"
        server.wait_output("ended %d" % i)
    assert server.wait_end() == 0, server.output()
    assert "all done" in server.output()
    assert not harness.accepts(server.port)


WAITS = """
import asyncio
import time
import tinyweb

app = tinyweb.webserver(max_connections=1, max_concurrency=1, stop_timeout=1)


@app.get("/")
async def index(req, resp):
    asyncio.create_task(stops())
    print("holds")
    await asyncio.sleep(30)


async def stops():
    await asyncio.sleep(0.6)
    app.shutdown()


app.run(HOST, PORT)
print("ended")
while True:
    time.sleep(1)
"""


def test_who_waits_for_a_connection_when_the_server_stops_is_closed(serve):
    server = serve(WAITS)
    with harness.Client(server.port) as holds:
        holds.send(harness.message("/"))
        server.wait_output("holds")
        with contextlib.suppress(ConnectionError), harness.Client(server.port) as c:  # or it has stopped already
            c.send(harness.message("/"))  # a place might come free within a second
            server.wait_output("ended", 20)
            assert c.ended(5)


def test_who_has_shaken_hands_when_the_server_stops_is_closed(serve, https, interpreter):
    if interpreter == "micropython":
        pytest.skip("its handshakes are a part of the connection")
    server = serve(WAITS.replace("app.run(HOST, PORT)", https[0]), heap="2m")
    with contextlib.ExitStack() as stack:
        stack.enter_context(harness.Client(server.port, ssl=https[1])).send(harness.message("/"))
        server.wait_output("holds")
        clients = []
        with contextlib.suppress(OSError):  # on a busy machine the server ends before
            for _ in range(3):
                clients.append(stack.enter_context(harness.Client(server.port, ssl=https[1])))
        server.wait_output("ended", 20)
        for c in clients:
            assert c.ended(5)


TASKS = """
import asyncio
import tinyweb

app = tinyweb.webserver(stop_timeout=2)


@app.get("/")
async def index(req, resp):
    return "ticks %d" % ticks


@app.get("/slow")
async def slow(req, resp):
    print("slow begins")
    await asyncio.sleep(0.5)
    return "slow is done"


@app.get("/endless")
async def endless(req, resp):
    print("endless begins")
    try:
        while True:
            await asyncio.sleep(1)
    finally:
        print("endless ends")


ticks = 0


async def main():
    global ticks
    for i in range(2):
        await app.start(HOST, PORT)
        print("started", i)
        while not stop(i):
            ticks += 1
            await asyncio.sleep(0.01)
        await app.stop()
        print("stopped", i)
        await asyncio.sleep(0.3)
    print("all done")


def stop(i):
    import os
    try:
        os.stat("stop%d" % i)
        return True
    except OSError:
        return False


asyncio.run(main())
"""


def test_start_and_stop_stand_beside_other_tasks(serve, tmp_path):
    server = serve(TASKS, ends=True, cwd=tmp_path)
    for i in range(2):
        server.wait_output("started %d" % i)
        first = int(harness.get(server.port, "/").text.split()[1])
        harness.wait_for(lambda n=first: int(harness.get(server.port, "/").text.split()[1]) > n)
        with harness.Client(server.port) as c, harness.Client(server.port) as idle, harness.Client(server.port) as half:
            idle.request(harness.message("/"))
            half.send(b"GET / HT")
            c.send(harness.message("/slow"))
            harness.wait_for(lambda i=i: server.output().count("slow begins") == i + 1)
            (tmp_path / f"stop{i}").touch()
            # what runs is finished, what idles is closed
            assert c.answer().text == "slow is done"
            assert idle.ended()
            assert half.ended()
        server.wait_output("stopped %d" % i)
        assert not harness.accepts(server.port) or i == 0
    assert server.wait_end() == 0, server.output()


def test_an_answer_that_never_ends_does_not_hold_up_stop(serve, tmp_path):
    server = serve(TASKS, ends=True, cwd=tmp_path)
    with harness.Client(server.port, timeout=20) as c:
        c.send(harness.message("/endless"))
        server.wait_output("endless begins")
        (tmp_path / "stop0").touch()
        assert c.ended(timeout=20)
    server.wait_output("endless ends", 20)  # cancelled, and its finally ran
    server.wait_output("stopped 0")
    server.wait_output("started 1")
    assert harness.get(server.port, "/").code == 200


OWN_LOOP = """
import asyncio
import tinyweb

app = tinyweb.webserver()


@app.get("/")
async def index(req, resp):
    return "on my loop"


async def nap(n):
    await asyncio.sleep(n)


%s
"""
LOOPS = {
    # 1.x's way: start first, then run the loop by oneself
    "the coming loop": 'app.run(HOST, PORT, loop_forever=False)\nprint("run returned")\n'
                       "asyncio.get_event_loop().run_forever()",
    "the running loop": 'async def main():\n    app.run(host=HOST, port=PORT, loop_forever=False)\n'
                        '    print("run returned")\n    await asyncio.sleep(60)\nasyncio.run(main())',
    # MicroPython has one loop, and asyncio.run() goes on with what has been started on it
    "the coming run": 'app.run(HOST, PORT, loop_forever=False)\nprint("run returned")\nasyncio.run(nap(60))',
    "a run before and after": 'asyncio.run(nap(0))\napp.run(HOST, PORT, loop_forever=False)\n'
                              'print("run returned")\nasyncio.run(nap(60))',
    "a run in another thread": 'app.run(HOST, PORT, loop_forever=False)\nprint("run returned")\n'
                               'import sys\nif sys.implementation.name == "cpython":\n    import threading\n'
                               '    t = threading.Thread(target=asyncio.run, args=(nap(0),))\n    t.start()\n'
                               '    t.join()\nasyncio.run(nap(60))',
}


@pytest.mark.parametrize("how", LOOPS)
def test_run_without_loop_forever_returns_and_serves(serve, how, interpreter):
    server = serve(OWN_LOOP % LOOPS[how])
    assert harness.get(server.port, "/").text == "on my loop"
    assert "run returned" in server.output()


CTRL_C = """
import tinyweb

app = tinyweb.webserver()


@app.get("/")
async def index(req, resp):
    return "here"


@app.get("/within")
def within(req, resp):
    raise KeyboardInterrupt  # as where Ctrl-C comes while a task runs


try:
    app.run(HOST, PORT)
except KeyboardInterrupt:
    print(" CTRL+C pressed - terminating...")
print("after run")
"""


def test_ctrl_c_comes_out_of_run(serve):
    """The seed's own last lines: run within try, KeyboardInterrupt caught by the program."""
    import signal
    server = serve(CTRL_C, ends=True)
    assert harness.get(server.port, "/").text == "here"
    time.sleep(0.1)  # not while it is still in the answer's last line
    server.process.send_signal(signal.SIGINT)
    server.process.wait(5)
    assert "CTRL+C" in server.output(), server.output()


def test_ctrl_c_that_comes_while_a_handler_runs_comes_out_of_run_too(serve):
    server = serve(CTRL_C, ends=True)
    harness.raw(server.port, harness.message("/within"), timeout=2)
    server.process.wait(5)
    assert server.output() == " CTRL+C pressed - terminating...\nafter run\n", server.output()


SCHEDULED = """
import asyncio
import tinyweb

app = tinyweb.webserver()


@app.get("/")
async def index(req, resp):
    return "until then"


async def all_shutdown():
    await asyncio.sleep(1)
    print("shutting down")
    app.shutdown()


loop = asyncio.get_event_loop()
loop.create_task(all_shutdown())
app.run(HOST, PORT)
print("after run")
"""


def test_tasks_made_before_run_run_with_it_and_may_shut_it_down(serve):
    """The seed's example of shutdown: a task that was added before."""
    server = serve(SCHEDULED, "micropython", ends=True)
    assert harness.get(server.port, "/").text == "until then"
    assert server.wait_end() == 0, server.output()
    assert server.output().split("\n")[:2] == ["shutting down", "after run"], server.output()


def test_a_program_that_has_had_a_loop_before_is_served_by_a_new_one(serve):
    server = serve("""
import asyncio
import tinyweb

app = tinyweb.webserver()


async def prepare():
    await asyncio.sleep(0)


@app.get("/")
def index(req, resp):
    return "prepared"


asyncio.run(prepare())
app.run(HOST, PORT)
""")
    assert harness.get(server.port).text == "prepared"


NEVER_RUN = """
import tinyweb
app = tinyweb.webserver()
app.shutdown()
app.shutdown()
print("calm")
"""


def test_shutdown_of_what_never_ran_is_calm(interpreter):
    with harness.launch(NEVER_RUN, interpreter) as program:
        assert program.wait_end() == 0, program.output()
        assert "calm" in program.output()


TAKEN = """
import tinyweb
app = tinyweb.webserver()
try:
    app.run(HOST, PORT)
    print("run returned")
except OSError as e:
    print("OSError", e.args[0])
"""


def test_a_taken_port_is_an_error_at_once(interpreter):
    import socket
    with socket.socket() as s:
        s.bind((harness.HOST, 0))
        s.listen()
        with harness.launch(TAKEN, interpreter, port=s.getsockname()[1]) as program:
            program.wait_end()
            assert "OSError 98" in program.output() or "OSError 48" in program.output(), program.output()


def test_every_interface_is_served_by_default(serve):
    server = serve("""
import tinyweb
app = tinyweb.webserver()
@app.get("/")
def index(req, resp):
    return "everywhere"
app.run(port=PORT)
""")
    assert harness.get(server.port, "/").text == "everywhere"
    assert harness.get(server.port, "/", host="127.0.0.2").text == "everywhere"


SERVE = """
import tinyweb
app = tinyweb.webserver()
@app.get("/")
def index(req, resp):
    return "peer %%s" %% (req.peer,)
@app.get("/stream")
async def stream(req, resp):
    await resp.start_html()
    for i in range(100):
        await resp.send("%%03d" %% i * 50)
@app.get("/cut")
async def cut(req, resp):
    await resp.send("begun")
    await resp.flush()
    raise ValueError("too late for a 500")
@app.route("/up", methods=["POST"], max_body_size=5000)
async def up(req, resp):
    return str(len(await req.body()))
%s
"""


def has_ipv6():
    import socket
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 on this machine")
@pytest.mark.parametrize("host", ["::1", "::"])
def test_ipv6_is_served(serve, host):
    server = serve(SERVE % "app.run({!r}, PORT)".format(host), host="::1")
    answer = harness.get(server.port, "/", host="::1")
    assert (answer.code, answer.text[:5]) == (200, "peer "), answer
    assert "::1" in answer.text, answer


def test_https_is_served_with_a_context(serve, https):
    program, context = https
    # TLS buffers of 16 KB each way are part of mbedtls: a board that does https has more heap
    server = serve(SERVE % program, heap="300k", traceback=True)
    with harness.Client(server.port, ssl=context) as c:
        for _ in range(3):
            assert "peer" in c.request(harness.message("/")).text
        answer = c.request(harness.message("/stream"))
        assert answer.body == b"".join(b"%03d" % i * 50 for i in range(100)), answer
        assert c.request(harness.message("/up", method="POST", body=bytes(4000))).text == "4000"
        data = harness.message("/up", [("Transfer-Encoding", "chunked")], "POST", harness.chunked(*[bytes(100)] * 20))
        assert c.request(data, pieces=50).text == "2000"
        c.send(harness.message("/") * 10)
        for _ in range(10):
            assert c.answer().code == 200
        # requests that fill the server's buffer to its end: what comes next has been decrypted with them
        head = harness.message("/", [("X", "")])
        c.send(head.replace(b"X: ", b"X: " + b"x" * (BUFFER - len(head))) * 3)
        for _ in range(3):
            assert c.answer().code == 200
    with pytest.raises((harness.Truncated, OSError)):
        harness.fetch(server.port, harness.message("/cut"), ssl=context)
    # a client that speaks plain HTTP, or noise, to the TLS port must not end it
    harness.raw(server.port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", timeout=1)
    harness.raw(server.port, bytes(100), timeout=1)
    harness.Client(server.port).close()
    answer = harness.fetch(server.port, harness.message("/"), ssl=context)
    assert answer.code == 200, answer
    assert server.output().count("Traceback") == server.output().count("ValueError: too late") == 1, server.output()


LOGGING_MODULE = """
# stands in for micropython-lib's logging: what the server may expect of it
class Logger:
    def __init__(self, name):
        self.name = name

    def _log(self, level, msg, *args):
        print("LOGGING", level, self.name, msg % args if args else msg)

    def debug(self, msg, *args):
        self._log("debug", msg, *args)

    def info(self, msg, *args):
        self._log("info", msg, *args)

    def warning(self, msg, *args):
        self._log("warning", msg, *args)

    def error(self, msg, *args):
        self._log("error", msg, *args)

    def critical(self, msg, *args):
        self._log("critical", msg, *args)

    def exception(self, msg, *args):
        self._log("exception", msg, *args)

    def exc(self, e, msg, *args):
        self._log("exc", msg, *args)
        print("LOGGING", repr(e))


def getLogger(name=None):
    return Logger(name)
"""
RAISES = """
import tinyweb
app = tinyweb.webserver()
@app.get("/some/path")
def index(req, resp):
    raise KeyError("the reason")
app.run(HOST, PORT)
"""


def test_faults_are_logged_through_logging_where_it_is_installed(serve, interpreter, tmp_path):
    """micropython-lib's logging is not part of the interpreter; a stand-in with its interface is. Logger "WEB"."""
    if interpreter == "micropython":
        (tmp_path / "logging.py").write_text(LOGGING_MODULE)
        server = serve(RAISES, traceback=True, path=[harness.board_folder(), str(tmp_path)])
    else:
        server = serve('import logging\nlogging.basicConfig(format="LOGGING %(name)s %(message)s")\n' + RAISES,
                       traceback=True)
    assert harness.get(server.port, "/some/path").code == 500
    server.wait_output("LOGGING")
    harness.wait_for(lambda: "the reason" in server.output())
    line = next(line for line in server.output().splitlines() if line.startswith("LOGGING"))
    assert "WEB" in line, server.output()
    assert "/some/path" in line, server.output()


def test_faults_are_logged_to_the_console_where_it_is_not(serve, interpreter):
    if interpreter == "cpython":
        pytest.skip("CPython always has logging")
    server = serve(RAISES, traceback=True)
    assert harness.get(server.port, "/some/path").code == 500
    server.wait_output("KeyError")
    assert "/some/path" in server.output(), server.output()


TWO_LOOPS = """
import asyncio
import sys
import tinyweb

app = tinyweb.webserver(request_timeout=0.5, max_concurrency=1)


@app.get("/")
async def index(req, resp):
    await asyncio.sleep(0.05)
    return "hi"


async def ask(data):
    r, w = await asyncio.open_connection(HOST, PORT)
    w.write(data)
    await w.drain()
    try:
        return (await asyncio.wait_for(r.read(-1), 3))[:12]
    except asyncio.TimeoutError:
        return "nothing came"
    finally:
        w.close()


async def main():
    await app.start(HOST, PORT)
    whole = b"GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n"
    for answer in await asyncio.gather(ask(whole), ask(whole), ask(whole[:20])):
        print(answer)
    await app.stop()


for _ in range(2):
    asyncio.run(main())
    if sys.implementation.name == "micropython":
        asyncio.new_event_loop()
"""


def test_deadlines_and_the_queue_hold_on_a_second_event_loop(interpreter):
    with harness.launch(TWO_LOOPS, interpreter) as program:
        status = program.wait_end(20)
        got = program.output().replace("bytearray(", "").replace(")", "").splitlines()
    assert (status, got) == (0, ["b'HTTP/1.1 200'", "b'HTTP/1.1 200'", "b'HTTP/1.1 408'"] * 2), got


def test_a_subclass_may_override_what_programs_register(serve):
    server = serve("""
import tinyweb


class Prefixed(tinyweb.webserver):
    def __init__(self, prefix, **limits):
        super().__init__(**limits)
        self.prefix = prefix

    def add_route(self, url, f, **kwargs):
        super().add_route(self.prefix + url, f, **kwargs)


app = Prefixed("/api", max_concurrency=2)


@app.route("/a", methods=["GET"])
def a(req, resp):
    return str(app.max_concurrency)


@app.post("/b")
def b(req, resp):
    return "b"


app.run(HOST, PORT)
""")
    assert harness.get(server.port, "/api/a").text == "2"
    assert harness.get(server.port, "/api/b", method="POST").text == "b"
    assert harness.get(server.port, "/a").code == 404


def test_run_waits_for_the_answers_that_go_on(interpreter):
    program = """
import asyncio
import tinyweb

app = tinyweb.webserver()


@app.get("/")
async def late(req, resp):
    app.shutdown()
    await asyncio.sleep(0.3)
    return "late"


app.run(HOST, PORT)
print("ended")
"""
    with harness.start(program, interpreter) as server:
        assert harness.get(server.port).text == "late"
        assert server.wait_end() == 0
        assert server.output() == "ended\n", server.output()


def test_who_shuts_down_without_patience_is_answered_himself(interpreter):
    program = """
import tinyweb

app = tinyweb.webserver(stop_timeout=0)


@app.get("/")
def last(req, resp):
    app.shutdown()
    return "last"


app.run(HOST, PORT)
"""
    with harness.start(program, interpreter) as server:
        assert harness.get(server.port).text == "last"
        assert server.wait_end() == 0, server.output()


UNBEGUN = """
import asyncio
import socket
import tinyweb

app = tinyweb.webserver(stop_timeout=1)


@app.get("/")
def index(req, resp):
    return "here"


async def main():
    for how in ("stop", "shutdown"):
        await app.start(HOST, PORT)
        for _ in range(200):
            await asyncio.sleep(0)
            # connections that the listener has just taken: their tasks have not begun
            if len(app._connections) >= 3:
                break
            if not asked:
                asked.append([connect() for _ in range(3)])
        print("stopping with", len(app._connections))
        if how == "stop":
            await app.stop()
        else:
            app.shutdown()
            for _ in range(300):
                if not app._connections:
                    break
                await asyncio.sleep(0.01)
        print(how, "left", len(app._connections))
        for s in asked.pop():
            s.close()


def connect():
    s = socket.socket()
    s.connect(socket.getaddrinfo(HOST, PORT)[0][-1])
    return s


asked = []
try:
    asyncio.run(asyncio.wait_for(main(), 15))
except asyncio.TimeoutError:
    print("it hangs")
"""


def test_shutdown_ends_connections_whose_tasks_have_not_begun(interpreter):
    with harness.launch(UNBEGUN, interpreter) as program:
        assert program.wait_end(20) == 0, program.output()
        got = program.output().splitlines()
    assert "stop left 0" in got and "shutdown left 0" in got, got
    assert not any(word in line for line in got for word in harness.TROUBLE), got


CUT = """
import asyncio
import sys
import tinyweb
from tinyweb.transport import Connection

app = tinyweb.webserver(stop_timeout=1)


class Socket:
    closed = 0

    def readinto(self, buf):
        return None

    def close(self):
        Socket.closed += 1


async def main():
    # one whose task is cancelled before it has had a turn
    app._slot_queue = []
    app.tls = None
    conn = Connection(app, Socket(), None, ("", 0))
    app._connections.append(conn)
    conn.task.cancel()
    for _ in range(5):
        await asyncio.sleep(0.01)
    print(len(app._connections), Socket.closed)


asyncio.run(main())
"""


def test_a_connection_that_is_cancelled_before_it_begins_is_closed(interpreter):
    with harness.launch(CUT, interpreter) as program:
        assert program.wait_end(20) == 0, program.output()
        assert program.output() == "0 1\n", program.output()


WATCHDOGS = """
import asyncio
import tinyweb

made = running = 0


class Counted(tinyweb.webserver):
    async def _watch(self):
        global made, running
        made += 1
        running += 1
        try:
            await super()._watch()
        finally:
            running -= 1


app = Counted()


@app.get("/")
def index(req, resp):
    return "hi"


async def ask():
    r, w = await asyncio.open_connection(HOST, PORT)
    w.write(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
    await w.drain()
    await r.read(-1)
    w.close()


async def main():
    for _ in range(2):
        before = made
        await app.start(HOST, PORT)
        for _ in range(20):
            await ask()
        await app.stop()
        await asyncio.sleep(0.01)
        print(made - before < 20, running)


asyncio.run(main())
"""


def test_one_watchdog_serves_connections_that_follow_each_other(interpreter):
    with harness.launch(WATCHDOGS, interpreter) as program:
        status = program.wait_end(60)
        assert (status, program.output().splitlines()) == (0, ["True 0"] * 2), program.output()
