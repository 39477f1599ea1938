# The measuring tools, and one run of the guard's figures for all tests that look at them.
import concurrent.futures
import pathlib
import sys

import have
import pytest

# Last: benchmarks/profile.py must not stand before Python's own module of that name.
sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "benchmarks"))


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
def cost(valgrind):
    """{workload: {figure: number}} of one request to tinyweb, exact."""
    from kit import guard

    return guard.measure()


@pytest.fixture(scope="session")
def first_cost(valgrind):
    """{kind: {figure: number}} of the first request of each kind."""
    from kit import first

    return first.measure()


@pytest.fixture(scope="session")
def peers_instructions(valgrind):
    """{(server, workload): machine instructions for one request} of whom the design is held against."""
    from kit import guard
    from kit.servers import SERVERS
    from kit.workloads import WORKLOADS

    def measure(group):
        server, *names = group
        profiles = guard.profiles(SERVERS[server], [WORKLOADS[name] for name in names])
        return {(server, name): profile.total for name, profile in profiles.items()}

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        one, other = pool.map(measure, (("microdot", "hello", "close", "browser"), ("bare_readline", "hello")))
    return {**one, **other}
