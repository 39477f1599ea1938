"""What a request of each workload costs tinyweb now, beside what it cost when the numbers in kept.json were written."""

import concurrent.futures
import itertools
import json
import tempfile
from pathlib import Path

from . import first, heap
from .callgrind import ALLOCATIONS, Counter
from .servers import SERVERS
from .tools import run_text, stage
from .workloads import WORKLOADS

KEPT = Path(__file__).resolve().parent.parent / "kept.json"
ROOM = "8m"  # no collection falls within what is counted
JOBS = 3  # on two processors: callgrind sleeps a while at each dump
SLACK = 1.05
FIGURES = ("instructions", "allocations", "heap bytes")


def interpreter():
    """What the numbers depend on beside our own code."""
    return run_text("import sys; print(sys.version.split('; ')[-1], sys.implementation._machine, sys.maxsize)").strip()


def profiles(server, workloads):
    """{workload name: Profile of one request} of workloads that one program serves, in one run of it."""
    with tempfile.TemporaryDirectory() as board:
        name = stage(server, workloads[0], board)
        with Counter(board, name, workloads[0], ROOM) as counter:
            return {workload.name: counter.least(workload) for workload in workloads}


def _figures(workloads):
    """{workload name: {figure: number}} of workloads that one program serves."""
    server, found = SERVERS["tinyweb"], {}
    for name, profile in profiles(server, workloads).items():
        numbers = profile.total, profile.called(ALLOCATIONS), heap.per_request(server, WORKLOADS[name])
        found[name] = dict(zip(FIGURES, map(round, numbers), strict=True))
    return found


def measure(names=WORKLOADS):
    """{workload: {figure: number}} of tinyweb, each for one request; a few seconds for all workloads."""
    program = SERVERS["tinyweb"].program
    workloads = sorted((WORKLOADS[name] for name in names), key=program)
    groups = [list(group) for _, group in itertools.groupby(workloads, program)]
    found = {}
    with concurrent.futures.ThreadPoolExecutor(JOBS) as pool:
        for figures in pool.map(_figures, groups):
            found.update(figures)
    return {name: found[name] for name in names}


def kept():
    """(the interpreter's name, {workload: {figure: number}}) as they were written."""
    data = json.loads(KEPT.read_text())
    return data["interpreter"], data["requests"]


def kept_first():
    """{kind: {figure: number}} of the first request of each kind, as they were written."""
    return json.loads(KEPT.read_text()).get("first", {})


def keep(found, kinds=None):
    """Write these numbers, of workloads and of first requests; those that were not measured stay."""
    requests = {**(kept()[1] if KEPT.exists() else {}), **found}
    kinds = {**(kept_first() if KEPT.exists() else {}), **(kinds or {})}
    parts = []
    for title, names, numbers in (("requests", WORKLOADS, requests), ("first", first.KINDS, kinds)):
        lines = ["    %s: %s" % (json.dumps(name), json.dumps(numbers[name])) for name in names if name in numbers]
        parts.append('  "%s": {\n%s\n  }' % (title, ",\n".join(lines)))
    KEPT.write_text('{\n  "interpreter": %s,\n%s\n}\n' % (json.dumps(interpreter()), ",\n".join(parts)))


def risen(before, now):
    """[(figure, before, now)] of those that rose by more than a twentieth."""
    return [(figure, before[figure], now[figure]) for figure in now if now[figure] > before[figure] * SLACK]
