# After memory has run out, a board answers again what it could answer before: a browser's visit of 300 requests, on
# MicroPython at 32 bit, in heaps from the smallest in which the program starts up to the one that the pages tell.
import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "benchmarks"))
import visits  # noqa: E402

pytestmark = pytest.mark.timeout(420)  # it may have to build MicroPython
REQUESTS = 300
# By how many KiB a heap may be smaller than the one in which each answer of a visit is right: memory runs out in the
# first rounds, and from then on each answer is right. A visit of 300 requests may take up to three more than a short
# one. (With still less, some kinds of requests do not fit beside the names of others, which MicroPython keeps.)
LESS = {"hello, and a browser's /favicon.ico": -1, "dashboard": -1, "REST and a form": -3}


@pytest.fixture(scope="module")
def board(narrow, tmp_path_factory):
    return visits.Board("tinyweb", "mpy", tmp_path_factory.mktemp("board"))


def cycle(board, name, kilobytes, count):
    """Ask for the requests of a visit in turn; return [(what was asked, what came)], None if it does not start."""
    each = list(dict.fromkeys(visits.VISITS[name]))
    got = []
    with board.running(name, kilobytes) as (process, port):
        if port is None:
            return None
        visitor = visits.Visitor(port)
        for number in range(count):
            request = each[number % len(each)]
            got.append((request[0].split(b" HTTP")[0].decode(), visitor.ask(*request)))
        visitor.close()
        assert process.poll() is None, (name, kilobytes, got)
    return got


@pytest.mark.parametrize("name", LESS)
def test_what_was_answered_is_answered_again(board, name):
    told = visits.told(visits.PAGES_WITH_IT[0])["tinyweb", "mpy"][name]
    rounds = 2 * len(set(visits.VISITS[name]))
    for kilobytes in range(told - LESS[name], told - LESS[name] + 2):
        got = cycle(board, name, kilobytes, REQUESTS)
        wrong = [(number, what) for number, what in enumerate(got) if what[1] != "right"]
        assert all(what[1] in ("503", "closed") for _, what in wrong), (kilobytes, wrong)
        # one of some 60 rounds may fail: a collection in an unlucky moment
        assert len([number for number, _ in wrong if number >= rounds]) <= 1, (kilobytes, wrong)


@pytest.mark.parametrize("name", LESS)
def test_a_heap_that_is_too_small_gets_503_and_no_silence(board, name):
    told = visits.told(visits.PAGES_WITH_IT[0])["tinyweb", "mpy"][name]
    for less in (LESS[name] + 3, LESS[name] + 6):
        got = cycle(board, name, told - less, REQUESTS // 3)
        if got and name[:5] != "hello":
            assert all(what in ("right", "503", "closed") for _, what in got), (less, got)
