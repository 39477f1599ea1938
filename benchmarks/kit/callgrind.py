"""Machine instructions, calls and allocations for each request, exact: the real interpreter runs in callgrind, which
counts a few requests and then many; what differs was done for the requests alone."""

import collections
import subprocess
import tempfile
from pathlib import Path

from .client import Client
from .tools import HEAP, Program, find, stage

WARM = 10  # requests before anything is counted: what is loaded on first use is there, buffers have their size
FEW = 10  # requests of the shorter count
WINDOW = 5  # requests of a window, see least()

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


class Counter:
    """A staged program that serves in callgrind, and a client that asks it. The start is not counted."""

    def __init__(self, board, name, workload, heap=HEAP, fails=False):
        """`fails`: a traceback in what the program prints is asked for."""
        self._fails = fails
        self._folder = tempfile.TemporaryDirectory()
        self._out = Path(self._folder.name) / "out"
        out = "--callgrind-out-file=%s" % self._out
        before = [find("valgrind"), "--tool=callgrind", "--quiet", "--instr-atstart=no", out]
        self.program = Program(board, name, workload, heap, before)
        self.client = Client(self.program, timeout=120, settle=True)
        self._parts = 0

    def _tell(self, *command):
        """Give callgrind a command while the program waits for the next request."""
        self.program.wait_asleep(30)
        # Without ..invoke-ms it would wait for a tenth of a second first, in case that the program wakes by itself.
        done = subprocess.run(
            [find("vgdb"), "--pid=%d" % self.program.process.pid, "--max-invoke-ms=1", *command],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError("vgdb: %s" % (done.stdout + done.stderr).strip())

    def take(self):
        """The Profile of what was done since the last one was taken."""
        self._tell("dump")
        self._parts += 1
        return Profile(Path("%s.%d" % (self._out, self._parts)).read_text())

    def count(self, workload, requests):
        """The Profile of one request: what a number of them cost, less what fewer cost, so that the end of the request
        before and callgrind's own interruption cancel out."""
        turn = workload.turn  # all that are sent in turn, so that both counts see the same mixture
        few, many = -(-FEW // turn) * turn, -(-(FEW + requests) // turn) * turn
        self.warm_up(workload)
        self.client.send(workload, few)
        shorter = self.take()
        self.client.send(workload, many)
        return self.take().less(shorter, many - few)

    def least(self, workload, windows=5):
        """The Profile of one request out of the cheapest window of a few requests.

        What comes by the clock, as a server's own timers do, is only ever added to some of the windows. Of a heap with
        room for all of them this is the same number each time; what collections cost is not in it."""
        turn = workload.turn
        each = -(-WINDOW // turn) * turn
        self.warm_up(workload)
        found = []
        for _ in range(windows):
            self.client.send(workload, each)
            found.append(self.take())
        self.client.close_others()
        return min(found, key=lambda profile: profile.total).less(Profile(), each)

    def warm_up(self, workload):
        """Let the program load what the workload needs, before anything is counted."""
        turn = workload.turn
        self.client.send(workload, -(-WARM // turn) * turn)
        if not self._parts:
            self._tell("instrumentation", "on")
            self.client.send(workload, turn)
        self.take()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.client.close()
        said = self.program.end()
        self._folder.cleanup()
        if error[0] is None and "Traceback" in said and not self._fails:
            raise RuntimeError(said)


def per_request(server, workload, heap=HEAP, scale=1.0):
    """The Profile of one request of a workload, None where the server does not offer it."""
    with tempfile.TemporaryDirectory() as board:
        name = stage(server, workload, board)
        if name is None:
            return None
        with Counter(board, name, workload, heap) as counter:
            return counter.count(workload, max(1, int(workload.count * server.weight * scale)))
