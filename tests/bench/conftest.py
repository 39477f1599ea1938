# The measuring tools, and one run of the guards' figures for all tests that look at them.
import concurrent.futures
import pathlib
import sys

import have
import pytest

# Last: benchmarks/profile.py must not stand before Python's own module of that name.
sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "benchmarks"))

# What the guards compare, on fewer requests than a benchmark: an exact count needs few.
GUARDED = (
    ("tinyweb", "hello"),
    ("tinyweb", "close"),
    ("tinyweb", "browser"),
    ("microdot", "hello"),
    ("microdot", "close"),
    ("microdot", "browser"),
    ("bare_readline", "hello"),
)
SCALE = 0.2


def need(program):
    """Skip where a program of the system is missing; in CI that is an error."""
    if have.find(program) is None:
        say = pytest.fail if have.in_ci() else pytest.skip
        say("%s is not installed: %s is left out" % (program, have.PROGRAMS[program][2]))


@pytest.fixture(scope="session")
def valgrind():
    need("valgrind")


@pytest.fixture(scope="session")
def wrk():
    need("wrk")


@pytest.fixture(scope="session")
def instructions(valgrind):
    """{(server, workload): machine instructions for one request}, exact."""
    from kit import callgrind
    from kit.servers import SERVERS
    from kit.workloads import WORKLOADS

    def measure(key):
        server, workload = key
        return callgrind.per_request(SERVERS[server], WORKLOADS[workload], scale=SCALE).total

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(zip(GUARDED, pool.map(measure, GUARDED), strict=True))
