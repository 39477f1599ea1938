"""What events and WebSockets cost, beside microdot's own modules for them: python benchmarks/live.py [--servers NAMES]

Machine instructions, counted by callgrind as for all workloads, and heap. An echo is one message there and back, with
the header that a browser sends. An event is {"t": 7}, sent by a handler: its cost is that of the request whose handler
sends it less that of a hello. Heap is what one more page that listens, or one more WebSocket that is idle, keeps: the
median of seven. Both at 64 bit, unless MICROPYTHON names another interpreter.
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
sys.path.append(str(HERE))

from kit.callgrind import Counter  # noqa: E402
from kit.servers import SERVERS  # noqa: E402
from kit.tools import Program, stage  # noqa: E402
from kit.workloads import BROWSER_FIELDS, HELLO, HOST, Workload, get  # noqa: E402

SIZES = (16, 125, 1000)
HEAP = "1m"
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

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
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


def websocket(port):
    """Return a WebSocket that has echoed a message."""
    peer = Peer(port)
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


def _each(counter, act, count):
    # Return the instructions of one act: what some more of them cost than few.
    for _ in range(5):
        act()
    counter.take()
    for _ in range(5):
        act()
    few = counter.take().total
    for _ in range(5 + count):
        act()
    return (counter.take().total - few) / count


def instructions(board, name, count):
    """Return {what: instructions} of a staged program."""
    found = {}
    with Counter(board, name, LIVE, HEAP) as counter, contextlib.ExitStack() as stack:
        counter.warm_up(LIVE)
        port = counter.program.port

        def opened(peer):
            stack.callback(peer.close)
            return peer

        peer = opened(websocket(port))
        for size in SIZES:
            found["echo of %d bytes" % size] = _each(counter, lambda size=size: echo(peer, size), count)
        pages = []

        def ask(path):
            asker = counter.client
            asker.send(dataclasses.replace(LIVE, requests=(get(path),)), 1)
            for page in pages if path == b"/send" else ():
                page.until(b"\n\n")

        hello = _each(counter, lambda: ask(b"/"), count)
        pages.append(opened(listener(port)))
        first = _each(counter, lambda: ask(b"/send"), count)
        found["event, first page"] = first - hello
        pages.extend(opened(listener(port)) for _ in range(3))
        found["event, each further page"] = (_each(counter, lambda: ask(b"/send"), count) - first) / 3
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


def measure(server, count):
    """Return {what: figure} of a server."""
    server = dataclasses.replace(server, modules=MODULES[server.name])
    with tempfile.TemporaryDirectory() as board:
        name = stage(server, LIVE, board)
        return {**instructions(board, name, count), **heap(board, name)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default=",".join(MODULES), help="default %(default)s")
    parser.add_argument("--count", type=int, default=60, help="messages that are counted (default %(default)s)")
    options = parser.parse_args()
    names = options.servers.split(",")
    if set(names) - set(MODULES):
        parser.error("no program for %s, choose from %s" % (options.servers, " ".join(MODULES)))
    figures = {name: measure(SERVERS[name], options.count) for name in names}
    print("| | " + " | ".join(names) + " |")
    print("|---|" + "--:|" * len(names))
    for what in figures[names[0]]:
        print("| %s | " % what + " | ".join(format(figures[name][what], ",.0f") for name in names) + " |")


if __name__ == "__main__":
    main()
