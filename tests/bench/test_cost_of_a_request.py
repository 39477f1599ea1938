# Guards of the design, by exact counts: no time is measured here, so a busy machine changes nothing.
import pytest

pytestmark = pytest.mark.timeout(240)


def _fraction(instructions, workload):
    return instructions["tinyweb", workload] / instructions["microdot", workload]


def test_hello_over_keep_alive_costs_a_sixth_of_microdots_at_most(instructions):
    got = _fraction(instructions, "hello")
    assert got <= 1 / 6, instructions


def test_hello_over_keep_alive_costs_less_than_a_bare_stream_loop_with_readline(instructions):
    got, limit = instructions["tinyweb", "hello"], instructions["bare_readline", "hello"]
    assert got < limit, instructions


def test_hello_with_connection_close_costs_a_third_of_microdots_at_most(instructions):
    got = _fraction(instructions, "close")
    assert got <= 1 / 3, instructions


def test_a_browsers_head_costs_a_sixth_of_microdots_at_most(instructions):
    got = _fraction(instructions, "browser")
    assert got <= 1 / 6, instructions


def test_hello_allocates_a_kibibyte_of_heap_at_most():
    from kit import heap
    from kit.servers import SERVERS
    from kit.workloads import WORKLOADS

    got = heap.per_request(SERVERS["tinyweb"], WORKLOADS["hello"])
    assert got <= 1024, got


def test_nothing_is_left_of_ten_thousand_requests():
    from kit import heap
    from kit.servers import SERVERS

    short, long, _ = heap.kept(SERVERS["tinyweb"], 10000)
    # A block or two come once, with time and not with requests. One block lost in a hundred requests would be 2,880.
    assert long - short <= 128, (short, long)
