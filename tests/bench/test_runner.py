# The benchmarks themselves work: a small run of each part, with nothing timed that a test would depend on.
import dataclasses
import itertools
import pathlib
import socket
import subprocess
import sys

import ports
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = ROOT / "benchmarks"

pytestmark = pytest.mark.timeout(180)

CALLGRIND = """\
version: 1
events: Ir
fl=(1) a.c
fn=(1) outer
10 5
+1 2
cfn=(2) gc_alloc
calls=3 20
* 300
fn=(2)
20 90
* 210
totals: 307
"""


def _run(*arguments):
    done = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, timeout=170, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_run_of_one_workload_gives_a_table_with_its_figures(valgrind, wrk, tmp_path):
    out = tmp_path / "table.md"
    shown = _run(
        COMMAND / "run.py", "--quick", "--workloads", "hello", "--servers", "tinyweb,bare_poll",
        "--only", "instructions,heap", "--markdown", out,
    )  # fmt: skip
    text = out.read_text()
    assert text in shown, shown
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| hello, keep-alive | ")]
    assert len(rows) == 3, text
    mine, limit = (int(cell.replace(",", "").strip(" |")) for cell in rows[0][1:3])
    assert mine > limit > 1000, text
    # of these two, tinyweb alone needs one, and nothing went wrong
    assert text.partition("## Notes")[2].count("\n- ") == 1, text


def test_the_profile_names_the_functions_that_used_most(valgrind):
    lines = _run(COMMAND / "profile.py", "hello", "bare_poll", "--top", "5", "--scale", "0.05").splitlines()
    assert lines[0].startswith("bare_poll hello: "), lines
    assert len(lines) == 7, lines
    assert any("mp_execute_bytecode" in line for line in lines), lines


def test_lines_cost_what_they_do(valgrind):
    rows = _run(COMMAND / "profile.py", "hello", "tinyweb", "--lines").splitlines()[2:]
    costs = {row.split(": ", 1)[1]: int(row.split()[0]) for row in rows if "server.py" not in row}
    # In these two asyncio waits and goes on; a plain assignment costs next to nothing.
    dearest = sorted(costs, key=costs.get)[-2:]
    assert sorted(dearest) == ["await conn.stream.readinto(_NOTHING)", "return value"], rows
    assert costs["conn.pos = head.end"] < 1000 < costs["req = request()"] < 5000, rows


def test_ports_whose_connections_have_just_ended_are_given_again(monkeypatch):
    three = [ports.free_port() for _ in range(3)]
    turn = itertools.cycle(three)
    monkeypatch.setattr(ports, "_ports", lambda: turn)
    monkeypatch.setattr(ports, "BLOCK", 3)

    def listen(port):
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((ports.HOST, port))
        server.listen()
        return server

    with listen(three[1]):
        for _ in range(6):
            port = ports.free_port()
            assert port != three[1]
            with listen(port) as server, socket.create_connection((ports.HOST, port)):
                server.accept()[0].close()  # first, so that the port waits
    with listen(three[0]), listen(three[1]), listen(three[2]), pytest.raises(RuntimeError, match="none of 3 ports"):
        ports.free_port()


def test_callgrinds_own_costs_and_calls_are_told_apart():
    from kit.callgrind import Profile

    profile = Profile(CALLGRIND)
    assert dict(profile.own) == {"outer": 7, "gc_alloc": 300}, profile.own
    assert profile.called(("gc_alloc",)) == 3, profile.calls
    assert profile.total == 307, profile.total
    half = profile.less(Profile(), 2)
    assert (half.total, half.own["outer"]) == (153.5, 3.5), half.own


def test_a_wrong_answer_has_no_figure():
    from kit import heap
    from kit.client import Wrong
    from kit.servers import SERVERS
    from kit.workloads import WORKLOADS

    other = dataclasses.replace(WORKLOADS["hello"], want=b"Hello, moon!")
    with pytest.raises(Wrong, match="request 0: 200 b'Hello, world!'"):
        heap.per_request(SERVERS["bare_readinto"], other)


def test_a_heap_that_is_too_small_is_told_from_one_that_serves():
    from kit import heap
    from kit.servers import SERVERS
    from kit.workloads import WORKLOADS

    got = heap.smallest(SERVERS["bare_readline"], WORKLOADS["hello"], count=5)
    assert 7 < got < 30, got


def test_rates_are_taken_for_each_server(wrk):
    from kit import rates
    from kit.servers import SERVERS
    from kit.workloads import WORKLOADS

    got = rates.measure([SERVERS["tinyweb"], SERVERS["bare_poll"]], WORKLOADS["hello"], rounds=1, seconds=1)
    assert sorted(got) == ["bare_poll", "tinyweb"], got
    assert all(rate > 0 and not trouble for rate, trouble in got.values()), got
