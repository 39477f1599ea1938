# RFC 9110 and RFC 9112, case by case (see conformance/): we pass every one, and are no worse than node's http server
# and aiohttp in any group.
import harness
import pytest
from robust.conformance import servers, suite, table
from robust.conformance.case import Seen, exchange, fault

CASES = [case for cases in suite.GROUPS.values() for case in cases]


@pytest.fixture(scope="module", params=["micropython", "cpython"])
def interpreter(request):
    """What a server says does not depend on what it runs on."""
    return request.param


@pytest.fixture(scope="module")
def port(interpreter, serve_module):
    return servers.ours(interpreter, serve_module).port


@pytest.fixture(scope="module")
def tag(port):
    return suite.tag(port)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_server_does_is_what_the_rfc_allows(port, tag, case):
    text = fault(case, exchange(port, case, tag))
    assert not text, text


def test_it_makes_no_difference_where_the_network_cuts_a_message(port):
    for group, result in suite.run(port, split=True).items():
        assert not result.faults, (group, {str(case): text for case, text in result.faults.items()})


def test_the_readme_says_how_we_did(port, interpreter):
    names = {"micropython": "TinyWeb, MicroPython", "cpython": "TinyWeb, CPython"}
    want = table.column(table.text({names[interpreter]: suite.run(port)}), names[interpreter])
    assert table.column(table.written(), names[interpreter]) == want, "make conformance"


@pytest.mark.parametrize("start", [servers.node, servers.aiohttp])
def test_no_peer_does_better_in_any_group(start):
    lacking = servers.lacking(start)
    if lacking:
        pytest.skip(f"not installed: {lacking}")
    with start() as running:
        for group, result in suite.run(running.port, timeout=1).items():
            # of them the suite must find something wrong, or it would not tell good from bad; ours passes every case
            assert 0 < len(result.faults) < result.total / 2, (group, str(result))


def seen(*answers, end="closed"):
    return Seen([harness.Answer(code, "", {}, body, "1.1", [], [], "length") for code, body in answers], end)


def test_the_suite_tells_wrong_from_right():
    """Whatever the case, these are wrong: to say nothing and wait, an unknown status, three answers too many."""
    for case in CASES:
        assert fault(case, seen(end="open")), case
        assert fault(case, seen((599, b""))), case
        answers = max(len(a) if isinstance(a, tuple) else 1 for a in case.accepts)
        assert fault(case, seen(*[(200, b"hello")] * (answers + 3))), case
