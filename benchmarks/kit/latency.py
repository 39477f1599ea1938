"""How long a hello takes while others download: three clients fetch a file of 200 KB again and again, quickly or
slowly, and a fourth one asks for hello, over and over."""

import contextlib
import socket
import statistics
import tempfile
import threading
import time
from pathlib import Path

from .client import Client, Wrong
from .tools import Program, stage
from .workloads import WORKLOADS, get

HEAP = "192k"  # in which all of them can send files to clients that read slowly
DOWNLOADS = 3
ASKED = 200
KINDS = ("alone", "slow", "quick")
# A slow client takes this much at a time and then rests: 200 KB in four seconds.
_PIECE, _REST = 4096, 0.08
# What a socket takes of an answer that is not read yet, as on a board (lwIP). Here the system takes megabytes, and no
# server would ever have to wait. This module stands in front of MicroPython's own, for every server alike.
_SOCKET = """
from usocket import *
from usocket import socket as _socket


def socket(*args):
    s = _socket(*args)
    s.setsockopt(%d, %d, 2304)
    return s
""" % (socket.SOL_SOCKET, socket.SO_SNDBUF)


def _download(port, kind, ended, failures):
    """Fetch the file until `ended`, and check that all of it comes."""
    workload = WORKLOADS["file200"]
    try:
        while not ended.is_set():
            with socket.socket() as client:
                client.settimeout(20)
                if kind == "slow":
                    # So that the server's own socket gets full, and has to be waited for.
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _PIECE)
                client.connect(("127.0.0.1", port))
                client.sendall(get(b"/file200", b"Host: board\r\nConnection: close\r\n"))
                data = b""
                while not ended.is_set():
                    piece = client.recv(_PIECE if kind == "slow" else 65536)
                    if not piece:
                        if not workload.want(data.partition(b"\r\n\r\n")[2]):
                            raise Wrong("a download gave %d bytes: %r" % (len(data), data[:100]))
                        break
                    data += piece
                    if kind == "slow":
                        ended.wait(_REST)
    except (OSError, Wrong) as error:
        failures.append(error)


def _times(program, kind):
    """Seconds that each hello took."""
    ended, failures, times = threading.Event(), [], []
    arguments = (program.port, kind, ended, failures)
    downloads = [threading.Thread(target=_download, args=arguments) for _ in range(DOWNLOADS if kind != "alone" else 0)]
    client = Client(program, timeout=20, first=False)
    with contextlib.closing(client):
        for thread in downloads:
            thread.start()
        try:
            time.sleep(0.3)
            for _ in range(ASKED):
                start = time.perf_counter()
                client.send(WORKLOADS["hello"], 1)
                times.append(time.perf_counter() - start)
                time.sleep(0.005)
        finally:
            ended.set()
            for thread in downloads:
                thread.join(30)
    if failures:
        raise failures[0]
    return times


def measure(server):
    """{kind: (median, the longest) in milliseconds}, None where the server sends no files."""
    workload, found = WORKLOADS["file200"], {}
    with tempfile.TemporaryDirectory() as board:
        name = stage(server, workload, board)
        if name is None:
            return None
        Path(board, "socket.py").write_text(_SOCKET)
        with Program(board, name, workload, HEAP) as program:
            with contextlib.closing(Client(program, timeout=10)) as first:
                first.send(WORKLOADS["hello"], 1)
            for kind in KINDS:
                times = _times(program, kind)
                found[kind] = statistics.median(times) * 1000, max(times) * 1000
    return found
