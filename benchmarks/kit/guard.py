"""What a request of each workload costs tinyweb now, beside what it cost when the numbers in kept.json were written."""

import concurrent.futures
import itertools
import json
import tempfile
from pathlib import Path

from . import heap
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


def keep(found):
    """Write these numbers; those of workloads that were not measured stay."""
    requests = {**(kept()[1] if KEPT.exists() else {}), **found}
    lines = ["    %s: %s" % (json.dumps(name), json.dumps(requests[name])) for name in WORKLOADS if name in requests]
    text = '{\n  "interpreter": %s,\n  "requests": {\n%s\n  }\n}\n'
    KEPT.write_text(text % (json.dumps(interpreter()), ",\n".join(lines)))


def risen(before, now):
    """[(figure, before, now)] of those that rose by more than a twentieth."""
    return [(figure, before[figure], now[figure]) for figure in FIGURES if now[figure] > before[figure] * SLACK]
