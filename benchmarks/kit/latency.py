"""How long a hello takes while others download: three clients fetch a file of 200 KB again and again, quickly or
slowly, and a fourth one asks for hello, over and over."""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
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


def _download(port, kind):
    """Fetch the file again and again, and check that all of it comes."""
    want = WORKLOADS["file200"].want
    while True:
        with socket.socket() as client:
            client.settimeout(20)
            if kind == "slow":
                # So that the server's own socket gets full, and has to be waited for.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _PIECE)
            client.connect(("127.0.0.1", port))
            client.sendall(get(b"/file200", b"Host: board\r\nConnection: close\r\n"))
            data = b""
            while piece := client.recv(_PIECE if kind == "slow" else 65536):
                data += piece
                if kind == "slow":
                    time.sleep(_REST)
            if not want(data.partition(b"\r\n\r\n")[2]):
                raise Wrong("a download gave %d bytes: %r" % (len(data), data[:100]))


@contextlib.contextmanager
def _downloads(port, kind):
    """Downloads run within this block, each in a process of its own, and of the lowest priority: waits for Python's
    lock, or for a processor, would be taken for the server's delay."""
    command = [sys.executable, "-m", __spec__.name, str(port), kind]
    folder = Path(__file__).parents[len(__spec__.name.split(".")) - 1]
    count = DOWNLOADS if kind != "alone" else 0
    running = [subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) for _ in range(count)]
    try:
        yield
        ended = [process for process in running if process.poll() is not None]
    finally:
        for process in running:
            process.terminate()
        said = {process: process.communicate(timeout=30)[1] for process in running}
    if ended:
        raise Wrong("a download failed: %s" % said[ended[0]])


def _times(program, kind):
    """Seconds that each hello took."""
    times = []
    client = Client(program, timeout=20, first=False)
    with contextlib.closing(client), _downloads(program.port, kind):
        time.sleep(0.6)
        for _ in range(ASKED):
            start = time.perf_counter()
            client.send(WORKLOADS["hello"], 1)
            times.append(time.perf_counter() - start)
            time.sleep(0.005)
    return sorted(times)


def measure(server):
    """{kind: (median, 99th percentile) in milliseconds}, None where the server sends no files."""
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
                found[kind] = statistics.median(times) * 1000, times[len(times) * 99 // 100 - 1] * 1000
    return found


if __name__ == "__main__":
    os.nice(19)
    _download(int(sys.argv[1]), sys.argv[2])
