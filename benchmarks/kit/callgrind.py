"""Machine instructions, calls and allocations for each request, exact: callgrind runs the real interpreter twice, with
few and with many requests; what differs was done for the requests alone. Start, import and the end cancel out."""

import collections
import tempfile
from pathlib import Path

from .client import Client
from .tools import HEAP, Program, find, stage

WARM = 20  # requests of the shorter run: what is loaded on first use is there, buffers have their size

# C functions of the interpreter that stand for something a programmer knows.
ALLOCATIONS = ("gc_alloc",)
COLLECTIONS = ("gc_collect",)
RECEIVE = ("recv", "recvfrom", "read", "__libc_recv", "__libc_read", "__recv", "__read")
SEND = ("send", "sendto", "write", "__libc_send", "__libc_write", "__send", "__write")
WAIT = ("poll", "__poll", "select", "epoll_wait")


class Profile:
    """Totals of one callgrind file: .own[function] instructions without its callees, .calls[function], .total."""

    def __init__(self, text=""):
        self.own, self.calls, self.total = collections.Counter(), collections.Counter(), 0
        self.lines = collections.Counter()  # (file, function, line) -> instructions
        self._names = {}
        self._read(text)

    def _name(self, word, kind):
        """Names are written once, "(7) gc_alloc", then as "(7)"."""
        number, _, name = word.partition(" ")
        if not number.startswith("("):
            return word
        if name:
            self._names[kind, number] = name
        return self._names[kind, number]

    def _read(self, text):
        function = callee = file = None
        position, skip = 0, False
        for line in text.splitlines():
            if not line:
                continue
            first = line[0]
            if first in "0123456789+-*":
                where, cost = line.split()[:2]
                position = position if where == "*" else position + int(where) if first in "+-" else int(where)
                if skip:  # what a call cost, callees and all
                    skip = False
                    continue
                self.own[function] += int(cost)
                self.lines[file, function, position] += int(cost)
                self.total += int(cost)
            elif line.startswith("fn="):
                function = self._name(line[3:], "fn")
            elif line.startswith("cfn="):
                callee = self._name(line[4:], "fn")
            elif line.startswith(("fl=", "fi=", "fe=")):
                file = self._name(line[3:], "fl")
            elif line.startswith(("cfi=", "cfl=")):
                self._name(line[4:], "fl")
            elif line.startswith("calls="):
                self.calls[callee] += int(line[6:].split()[0])
                skip = True

    def less(self, other, count):
        """What each of `count` requests cost: this profile less a shorter one."""
        result = Profile()
        for name in ("own", "calls", "lines"):
            mine, theirs = getattr(self, name), getattr(other, name)
            getattr(result, name).update(
                {key: (mine[key] - theirs[key]) / count for key in mine if mine[key] != theirs[key]}
            )
        result.total = (self.total - other.total) / count
        return result

    def called(self, names):
        return sum(self.calls[name] for name in names)


def record(board, name, workload, count, heap=HEAP):
    """The Profile of one run of a staged program that answers `count` requests."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        before = [find("valgrind"), "--tool=callgrind", "--quiet", "--callgrind-out-file=%s" % out]
        with Program(board, name, heap, before) as program:
            client = Client(program, timeout=120, settle=True)
            client.send(workload, count)
            program.wait_asleep(30)
            said = program.end()
            client.close()
        if not out.exists() or not out.stat().st_size:
            raise RuntimeError("callgrind wrote nothing: " + said)
        if "Traceback" in said:
            raise RuntimeError(said)
        return Profile(out.read_text())


def per_request(server, workload, heap=HEAP, scale=1.0, folder=None):
    """The Profile of one request of a workload, None where the server does not offer it."""
    with tempfile.TemporaryDirectory() as scratch:
        board = folder or scratch
        name = stage(server, workload, board)
        if name is None:
            return None
        count = max(1, int(workload.count * server.weight * scale))
        # A multiple of the requests that are sent in turn, so that both runs see the same mixture.
        count = max(1, count // len(workload.requests)) * len(workload.requests)
        warm = len(workload.requests) * -(-min(WARM, count) // len(workload.requests))
        few = record(board, name, workload, warm, heap)
        many = record(board, name, workload, warm + count, heap)
        return many.less(few, count)
