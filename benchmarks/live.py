"""What events and WebSockets cost, beside microdot's own modules for them.

    python benchmarks/live.py [--servers NAMES]    instructions, and heap of one more client
    python benchmarks/live.py --smallest           the smallest heap for three WebSockets

Machine instructions, counted by callgrind as for all workloads: of the cheapest of several windows of messages, so that
neither a collection nor what a server does by the clock is in it. An echo is one message there and back, with the
header that a browser sends. An event is {"t": 7}, sent by a handler: its cost is that of the request whose handler
sends it less that of a hello. Heap is what one more page that listens, or one more WebSocket that is idle, keeps: the
median of seven. Both at 64 bit, unless MICROPYTHON names another interpreter.

--smallest tells the smallest heap in KiB, at true 32 bit, in which three clients with a browser's head have messages of
100 bytes echoed, and in which they then close, and come again; with the packages in /lib as .mpy, and frozen. It needs
what tools/unix32.py needs. That build has no SHA-1, which the handshake takes: a class of the program's stands in for
it.
"""

import argparse
import contextlib
import dataclasses
import socket
import statistics
import sys
import tempfile
from pathlib import Path

# This folder goes last: profile.py would hide the module of that name in Python's library.
HERE = Path(__file__).resolve().parent
sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != HERE]
sys.path[:0] = [str(HERE.parent / "tools")]
sys.path.append(str(HERE))

import unix32  # noqa: E402
import visits  # noqa: E402
from kit.callgrind import Counter  # noqa: E402
from kit.servers import SERVERS  # noqa: E402
from kit.tools import Program, stage  # noqa: E402
from kit.workloads import BROWSER_FIELDS, HELLO, HOST, Workload, get  # noqa: E402

SIZES = (16, 125, 1000)
HEAP = "1m"
SHORT, LONG = 5, 15  # messages that are counted together
WINDOWS = 12
LIVE = Workload("live", "live pages", "live", (get(b"/"),), HELLO)
MODULES = {
    "tinyweb": ("tinyweb", "tinyweb_events", "tinyweb_websocket", "tinyweb_websocket_rare"),
    "microdot": ("microdot",),
}
_KEY = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)


class Peer:
    """A connection that is kept open; read(n) is exact."""

    def __init__(self, port, timeout=120):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self._got = b""

    def close(self):
        self._socket.close()

    def send(self, data):
        self._socket.sendall(data)

    def until(self, end):
        """Return what comes up to `end`, and that."""
        while end not in self._got:
            data = self._socket.recv(65536)
            if not data:
                raise RuntimeError("the server has closed the connection after %r" % self._got)
            self._got += data
        n = self._got.index(end) + len(end)
        found, self._got = self._got[:n], self._got[n:]
        return found

    def rest(self):
        """Return what comes until the server closes the connection."""
        while data := self._socket.recv(65536):
            self._got += data
        return self._got


def _fields():
    # A browser's head without what a WebSocket's has otherwise.
    lines = [line for line in BROWSER_FIELDS.split(b"\r\n") if line and not line.startswith(b"Connection")]
    return b"\r\n".join(lines) + b"\r\n"


def listener(port):
    """Return a page that listens to the events, past its first one."""
    peer = Peer(port)
    peer.send(get(b"/events", _fields()))
    peer.until(b"\n\n")
    return peer


def websocket(port, timeout=120):
    """Return a WebSocket that has echoed a message."""
    peer = Peer(port, timeout)
    peer.send(get(b"/echo", _fields() + _KEY))
    head = peer.until(b"\r\n\r\n")
    if b" 101 " not in head:
        raise RuntimeError("no WebSocket: %r" % head)
    echo(peer, 16)
    return peer


def echo(peer, size):
    """Have a message of so many bytes echoed."""
    data = bytes(n & 127 | 1 for n in range(size))
    mask = b"\x11\x22\x33\x44"
    masked = bytes(byte ^ mask[n & 3] for n, byte in enumerate(data))
    length = size if size < 126 else 126
    longer = b"" if size < 126 else size.to_bytes(2, "big")
    peer.send(bytes((0x82, 128 | length)) + longer + mask + masked)
    peer.until(bytes((0x82, length)) + longer + data)


def _each(counter, act):
    # Return the instructions of one act: what the cheapest long window costs more than the cheapest short one, as each
    # window costs some by itself.
    def cheapest(count):
        totals = []
        for _ in range(WINDOWS):
            for _ in range(count):
                act()
            totals.append(counter.take().total)
        return min(totals)

    for _ in range(LONG):
        act()
    return (cheapest(LONG) - cheapest(SHORT)) / (LONG - SHORT)


def instructions(board, name):
    """Return {what: instructions} of a staged program."""
    found = {}
    with Counter(board, name, LIVE, HEAP) as counter, contextlib.ExitStack() as stack:
        counter.warm_up(LIVE)
        port = counter.program.port

        def opened(peer):
            stack.callback(peer.close)
            return peer

        pages = []

        def ask(path):
            asker = counter.client
            asker.send(dataclasses.replace(LIVE, requests=(get(path),)), 1)
            for page in pages if path == b"/send" else ():
                page.until(b"\n\n")

        hello = _each(counter, lambda: ask(b"/"))
        pages.append(opened(listener(port)))
        first = _each(counter, lambda: ask(b"/send"))
        found["event, first page"] = first - hello
        pages.extend(opened(listener(port)) for _ in range(3))
        found["event, each further page"] = (_each(counter, lambda: ask(b"/send")) - first) / 3
        # Last, as the client above would be idle for too long meanwhile.
        peer = opened(websocket(port))
        for size in SIZES:
            found["echo of %d bytes" % size] = _each(counter, lambda size=size: echo(peer, size))
    return found


def heap(board, name):
    """Return {what: bytes of heap that one more of them keeps}."""
    found = {}
    for what, connect in ("page that listens", listener), ("idle WebSocket", websocket):
        with Program(board, name, LIVE, HEAP) as program, contextlib.ExitStack() as stack:
            program.connect(60).close()
            readings = []
            for _ in range(9):
                # twice, as the collection of the first finds what the connection before has left
                for _ in range(2):
                    asker = Peer(program.port)
                    asker.send(get(b"/heap", HOST + b"Connection: close\r\n"))
                    asker.until(b"\r\n\r\n")
                    reading = int(asker.rest())
                    asker.close()
                readings.append(reading)
                stack.callback(connect(program.port).close)
            found[what] = statistics.median(b - a for a, b in zip(readings[1:], readings[2:], strict=False))
    return found


ECHOES = "three WebSockets that echo 100 bytes"
AGAIN = "and that close, and come again"
PROGRAM = """
import sys


class hashlib:
    class sha1:  # a stand-in
        def __init__(self, data):
            pass

        def digest(self):
            return b"01234567890123456789"


sys.modules["hashlib"] = hashlib
import tinyweb
from tinyweb_websocket import websocket

app = tinyweb.webserver()


@app.get("/echo")
@websocket
async def echo(req, ws):
    async for message in ws:
        await ws.send(message)


app.run("127.0.0.1", int(sys.argv[1]))
"""


class Three(visits.Board):
    """A board with a program that echoes the messages of three WebSockets."""

    PLACES = "mpy", "frozen"

    def __init__(self, place, folder):
        super().__init__("tinyweb", "mpy", folder)
        if place == "frozen":
            self.path = [".frozen"]
            # the folder of the tests, which freeze all packages as well
            self.interpreter = unix32.build(manifest=unix32.including(True), out=unix32.OUT / "choice-all")

    def program(self, name):
        return PROGRAM

    def answers(self, name, kilobytes):
        """Tell whether a heap of this size echoes each message, and stays."""
        with self.running(name, kilobytes) as (process, port):
            return port is not None and _three(port, name == AGAIN) and process.poll() is None


def _three(port, again):
    with contextlib.ExitStack() as stack:
        try:
            for rounds in (30, 10) if again else (30,):
                peers = []
                for _ in range(3):
                    peers.append(websocket(port, 5))
                    stack.callback(peers[-1].close)
                for _ in range(rounds):
                    for peer in peers:
                        echo(peer, 100)
                if again:
                    for peer in peers:
                        peer.send(b"\x88\x80\0\0\0\0")
                        peer.until(b"\x88\0")
            return True
        except (OSError, RuntimeError):
            return False


def smallest():
    """Return the lines of the table of the smallest heaps."""
    found = {}
    for place in Three.PLACES:
        with tempfile.TemporaryDirectory() as folder:
            board = Three(place, folder)
            found[place] = {name: board.smallest(name) for name in (ECHOES, AGAIN)}
    lines = ["| smallest heap, KiB, 32 bit | %s |" % " | ".join(visits.TITLES[place] for place in found)]
    lines.append("|---|" + "--:|" * len(found))
    for name in ECHOES, AGAIN:
        lines.append("| %s | %s |" % (name, " | ".join(str(column[name]) for column in found.values())))
    return lines


def measure(server):
    """Return {what: figure} of a server."""
    server = dataclasses.replace(server, modules=MODULES[server.name])
    with tempfile.TemporaryDirectory() as board:
        name = stage(server, LIVE, board)
        return {**instructions(board, name), **heap(board, name)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default=",".join(MODULES), help="default %(default)s")
    parser.add_argument("--smallest", action="store_true", help="the smallest heap for three WebSockets")
    options = parser.parse_args()
    if options.smallest:
        print("\n".join(smallest()))
        return
    names = options.servers.split(",")
    if set(names) - set(MODULES):
        parser.error("no program for %s, choose from %s" % (options.servers, " ".join(MODULES)))
    figures = {name: measure(SERVERS[name]) for name in names}
    print("| | " + " | ".join(names) + " |")
    print("|---|" + "--:|" * len(names))
    for what in figures[names[0]]:
        print("| %s | " % what + " | ".join(format(figures[name][what], ",.0f") for name in names) + " |")


if __name__ == "__main__":
    main()
