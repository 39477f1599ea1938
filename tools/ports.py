"""Ports for the servers of tests.

One from the range for outgoing connections, as bind() to port 0 gives it, may be a client's, or another test's, before
the server has it. So ports lie below that range, and a process that tests has a block of them for itself: others that
test, in this work tree or another, take other blocks.
"""

import fcntl
import functools
import itertools
import os
import pathlib
import random
import socket
import tempfile

HOST = "127.0.0.1"
BLOCK = 200


def _blocks():
    """Give the first port of each block."""
    try:
        low = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        low = 49152  # IANA's range, and macOS's
    return range(10000, max(min(low, 49152) - BLOCK, 10000) + 1, BLOCK)


@functools.cache
def _ports():
    """Take a block. Gives its ports, over and over."""
    folder = pathlib.Path(tempfile.gettempdir(), f"tinyweb-ports-{os.getuid()}")
    folder.mkdir(exist_ok=True)
    blocks = list(_blocks())
    random.shuffle(blocks)
    for first in blocks:
        lock = os.open(folder / str(first), os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            continue
        return itertools.cycle(range(first, first + BLOCK))  # it is locked until this process ends
    raise RuntimeError("all blocks of ports are taken")


def free_port():
    """Give a TCP port that nobody on loopback listens on now, and no other test will."""
    # A fast machine that starts many servers a second finds each port with connections that have just ended: then one
    # of those, which a server may have at once.
    for reuse in False, True:
        for port in itertools.islice(_ports(), BLOCK):
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
                try:
                    s.bind((HOST, port))
                except OSError:
                    continue
            return port
    raise RuntimeError(f"none of {BLOCK} ports is free")
