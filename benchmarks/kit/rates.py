"""Requests a second by wrk. They depend on the machine and on what else it does: only ratios of rates that were taken
in turn mean something, so every server is asked once in each round, and the median of the rounds counts."""

import contextlib
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

from .client import Client, Wrong
from .tools import HEAP, Program, find, stage

CONNECTIONS = 4


def _target(workload):
    """(path, header arguments) of the workload's first request, for wrk's command line."""
    head = workload.requests[0].split(b"\r\n\r\n")[0].decode()
    line, *fields = head.split("\r\n")
    arguments = []
    for field in fields:
        arguments += ["-H", field]
    return line.split(" ")[1], arguments


def _load(port, workload, seconds):
    path, headers = _target(workload)
    done = subprocess.run(
        [find("wrk"), "-t1", "-c%d" % CONNECTIONS, "-d%ss" % seconds, *headers, "http://127.0.0.1:%d%s" % (port, path)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    found = re.search(r"^Requests/sec:\s*([0-9.]+)", done.stdout, re.M)
    if not found:
        raise RuntimeError("wrk: " + done.stdout + done.stderr)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    errors = re.search(r"Socket errors: (.*)", done.stdout)
    trouble = "; ".join(found.group(0) for found in (wrong, errors) if found)
    return float(found.group(1)), trouble


def measure(servers, workload, rounds, seconds, heap=HEAP):
    """{server name: (requests a second, what wrk complained about)} for those that offer the workload.

    The rate is None where the server answers wrongly."""
    rates, troubles = {}, {}
    with contextlib.ExitStack() as stack:
        programs = {}
        for server in servers:
            board = stack.enter_context(tempfile.TemporaryDirectory())
            name = stage(server, workload, Path(board))
            if name is None:
                continue
            program = stack.enter_context(Program(board, name, workload, heap))
            client = Client(program, timeout=10)
            try:
                client.send(workload, workload.turn)
            except (OSError, RuntimeError, Wrong) as error:  # a fast wrong answer is no rate
                troubles[server.name] = "no rate: %s" % error
                continue
            finally:
                client.close()
            programs[server.name] = program
            rates[server.name] = []
        for _ in range(rounds):
            for name, program in programs.items():
                rate, trouble = _load(program.port, workload, seconds)
                rates[name].append(rate)
                if trouble:
                    # (an answer that ends with its connection counts as a read error)
                    troubles[name] = "wrk says: " + trouble
    names = {**rates, **troubles}
    return {name: (statistics.median(rates[name]) if name in rates else None, troubles.get(name, "")) for name in names}
