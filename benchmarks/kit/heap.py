"""Heap figures. Those of a request are exact: collection is switched off, the same program answers few and many
requests, and what is in use differs by what the requests allocated."""

import contextlib
import re
import shutil
import signal
import tempfile
import threading
from pathlib import Path

from .client import Client, Wrong
from .tools import HELPERS, PROGRAMS, Program, run_text, stage, stage_sources
from .workloads import WORKLOADS, Workload, get

ROOMY = "160m"  # enough for everything that is allocated without a single collection
WARM = 20
_MEMORY = Workload("memory", "heap in use", "memory", (get(b"/"),), b"Hello, world!")


def _allocated(board, name, workload, count):
    """Bytes in use after `count` requests without a collection."""
    with Program(board, name, workload, ROOMY, module=("meter",)) as program:
        client = Client(program, settle=True)
        client.send(workload, count)
        program.wait_asleep(10)
        said = program.end(signal.SIGINT)
        client.close()
    found = re.search(r"^allocated (\d+)$", said, re.M)
    if not found:
        raise RuntimeError("no figure from the program: " + said)
    return int(found.group(1))


def per_request(server, workload, scale=1.0):
    """Heap bytes allocated for one request, None where the server does not offer the workload."""
    with tempfile.TemporaryDirectory() as board:
        name = stage(server, workload, board)
        if name is None:
            return None
        turn = workload.turn
        count = max(1, int(workload.count * scale) // turn) * turn
        warm = -(-WARM // turn) * turn
        few = _allocated(board, name, workload, warm)
        return (_allocated(board, name, workload, warm + count) - few) / count


def code_size(server):
    """(bytes of .mpy of the server in all, bytes of the modules that a hello program has loaded, their names)."""
    with tempfile.TemporaryDirectory() as folder:
        board = Path(folder)
        name = stage(server, _MEMORY, board)
        sizes = {}
        for _, place in server.sources():
            file = board / place.with_suffix(".mpy")
            if file.exists():
                module = ".".join(place.with_suffix("").parts)
                sizes[module.removesuffix(".__init__")] = file.stat().st_size
        with Program(board, name, _MEMORY, "1m") as program, contextlib.closing(Client(program)) as client:
            client.send(_MEMORY, 3)
            return sizes, sorted(set(told(client)[1:]) & set(sizes))


def import_heap(server, compiled, heap="1m"):
    """Heap that importing the server keeps, beyond MicroPython and its asyncio."""
    with tempfile.TemporaryDirectory() as folder:
        if compiled:
            stage(server, WORKLOADS["hello"], folder)
        else:
            stage_sources(server, folder)
            for name in HELPERS:
                shutil.copy(PROGRAMS / (name + ".py"), folder)
        start = server.start or "import " + server.modules[0]
        text = "from baseline import heap; %s; print(heap())" % start
        return int(run_text(text, folder, heap).split(" ")[0])


def imports(server):
    """import_heap from .mpy and from .py."""
    return import_heap(server, True), import_heap(server, False)


def imports_in(server, heap):
    """Whether the server can be imported from .py in this heap."""
    try:
        import_heap(server, False, heap)
    except RuntimeError as error:
        if "MemoryError" in str(error):
            return False
        raise
    return True


def told(client):
    """What the program says under /heap: the bytes that it keeps, and the modules that it has loaded."""
    return client.ask(get(b"/heap"))[2].decode().split(" ")


def _used(client):
    """What is kept now, told under /heap: the least of some answers. The first may load something, and a collector that
    takes every word on the stack for a pointer finds one object more now and then."""
    return min(int(told(client)[0]) for _ in range(8))


def kept(server, long_run=10000, idle=8):
    """What a hello program keeps: (after 1,000 requests, after `long_run` requests, for each idle kept connection).

    None where the server has no memory program; the last is None where it keeps no connection."""
    with tempfile.TemporaryDirectory() as board:
        name = stage(server, _MEMORY, board)
        if name is None:
            return None
        with Program(board, name, _MEMORY, "1m") as program:
            asker = Client(program)
            asker.send(_MEMORY, 999)
            # Twice, as the server remembers request lines that come again.
            _used(asker)
            asker.send(_MEMORY, 1)
            short = _used(asker)
            long = each = None
            if long_run:
                asker.send(_MEMORY, long_run - 1000)
                long = _used(asker)
            if asker.socket:
                others = [Client(program, first=False) for _ in range(idle)]
                others[0].send(_MEMORY, 1)
                one = _used(asker)
                for other in others[1:]:
                    other.send(_MEMORY, 1)
                all_of_them = _used(asker)
                if all(other.socket for other in others):
                    each = (all_of_them - one) / (idle - 1)
                for other in others:
                    other.close()
            asker.close()
            return short, long, each


def _serves(board, name, workload, kilobytes, count, clients):
    """Whether the program answers every request rightly in a heap of this size."""
    failures = []

    def ask(client):
        try:
            client.send(workload, count)
        except (OSError, RuntimeError, Wrong, ValueError, IndexError) as error:
            failures.append(error)
        finally:
            client.close()

    with Program(board, name, workload, "%dk" % kilobytes) as program:
        first = Client(program, timeout=1)
        try:
            first.send(workload, workload.turn)
        except (OSError, RuntimeError, Wrong, ValueError, IndexError):
            return False
        others = [Client(program, timeout=1, first=False) for _ in range(clients - 1)]
        threads = [threading.Thread(target=ask, args=(client,)) for client in (first, *others)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        alive = program.process.poll() is None
        said = program.end()
    return alive and not failures and "MemoryError" not in said and "Traceback" not in said


def smallest(server, workload, count=50, clients=1, low=8, high=128):
    """The smallest heap, in KiB, in which every one of `count` answers is right (and 1 KiB less is too small).

    None where the server does not offer the workload or needs more than `high`."""
    with tempfile.TemporaryDirectory() as board:
        name = stage(server, workload, board)
        if name is None or not _serves(board, name, workload, high, count, clients):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            if _serves(board, name, workload, middle, count, clients):
                high = middle
            else:
                low = middle
        return high
