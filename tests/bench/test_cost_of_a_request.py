# Guards of the design, by exact counts: no time is measured here, so a busy machine changes nothing.
import subprocess

import harness
import pytest
from kit import first, guard, heap
from kit.servers import SERVERS
from kit.tools import environment, find, interpreter
from kit.workloads import WORKLOADS

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def kept():
    machine, numbers = guard.kept()
    if machine != guard.interpreter():
        pytest.skip("the numbers in benchmarks/kept.json are of another interpreter: " + machine)
    return numbers


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_request_costs_what_it_did(kept, cost, workload):
    risen, got = guard.risen(kept[workload], cost[workload]), cost[workload]
    for _ in range(2):
        if risen:  # a client that the machine let wait costs the server a wait: the least of three counts
            again = guard.measure([workload])[workload]
            got = {figure: min(number, again[figure]) for figure, number in got.items()}
            risen = guard.risen(kept[workload], got)
    advice = "What it costs now is kept by: python benchmarks/guard.py --keep"
    assert not risen, "%s: %s\n%s" % (workload, risen, advice)


@pytest.mark.parametrize("kind", first.KINDS)
def test_the_first_request_of_a_kind_costs_what_it_did(kept, first_cost, kind):
    def risen_of(now):
        # The watchdog may wake beside it; a connection that has ended may be there still. The files are exact.
        allowed = {"instructions": now["instructions"] / 1.2, "heap kept": now["heap kept"] - 1024}
        return guard.risen(guard.kept_first()[kind], dict(now, **allowed))

    risen = risen_of(first_cost[kind])
    for _ in range(2):
        if risen:
            risen = risen_of(first.measure([kind])[kind])
    assert not risen, "%s: %s\nWhat it costs now is kept by: python benchmarks/guard.py --first --keep" % (kind, risen)


def test_a_first_404_loads_nothing(first_cost):
    assert first_cost["404"]["files read"] == 0 and first_cost["404"]["heap kept"] <= 128, first_cost["404"]


def test_a_rise_by_more_than_a_twentieth_is_told():
    before = {"instructions": 100_000, "allocations": 20, "heap bytes": 400}
    now = {"instructions": 105_001, "allocations": 21, "heap bytes": 421}
    got = guard.risen(before, now)
    assert got == [("instructions", 100_000, 105_001), ("heap bytes", 400, 421)], got


@pytest.mark.parametrize(("workload", "parts"), [("hello", 6), ("close", 3), ("browser", 6)])
def test_a_request_costs_a_fraction_of_microdots(cost, peers_instructions, workload, parts):
    mine, theirs = cost[workload]["instructions"], peers_instructions["microdot", workload]
    assert mine <= theirs / parts, (mine, theirs)


def test_a_page_of_a_template_costs_little_more_than_by_hand(cost):
    assert cost["template"]["instructions"] <= 1.3 * cost["table"]["instructions"], (cost["template"], cost["table"])


def test_hello_over_keep_alive_costs_less_than_a_bare_stream_loop_with_readline(cost, peers_instructions):
    got, limit = cost["hello"]["instructions"], peers_instructions["bare_readline", "hello"]
    assert got < limit, (got, limit)


def test_hello_allocates_a_kibibyte_of_heap_at_most(cost):
    got = cost["hello"]["heap bytes"]
    assert 0 < got <= 1024, got


def test_nothing_is_left_of_ten_thousand_requests():
    short, long, _ = heap.kept(SERVERS["tinyweb"], 10000)
    # A block or two come once, with time and not with requests. One block lost in a hundred requests would be 2,880.
    assert long - short <= 128, (short, long)


ROUTES = """
import tinyweb

app = tinyweb.webserver()
for i in range(%d):
    app.add_route("/page/%%d" %% i, print)
"""


def start(routes):
    """Return the instructions of a program that registers so many routes."""
    command = [find("valgrind"), "--tool=callgrind", "--callgrind-out-file=/dev/null", *interpreter()]
    done = subprocess.run([*command, "-X", "heapsize=192k", "-c", ROUTES % routes], capture_output=True, text=True,
                          timeout=120, env=dict(environment(), MICROPYPATH=harness.board_folder() + ":.frozen"))
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stderr.rpartition("Collected :")[2].split()[0])


def test_a_route_costs_little_where_there_are_many(valgrind):
    each = (start(200) - start(20)) / 180
    assert each < 150_000, each
