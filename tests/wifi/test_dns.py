# The name server of the set-up network, judged by dnslib, dig and dnsperf.
import re
import socket
import struct
import subprocess

import dnslib
import harness
import have
import pytest
import tinyweb_wifi_dns
from hypothesis import given, settings
from hypothesis import strategies as st
from wifiboard import loopback

ADDRESS = bytes((192, 168, 4, 1))
SERVER = """
import asyncio
import tinyweb_wifi_dns

seen = []
asyncio.run(tinyweb_wifi_dns._name_server({address!r}, lambda: print("SEEN"), PORT))
"""
LABELS = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=63)
NAMES = st.lists(LABELS, min_size=1, max_size=8).map(".".join).filter(lambda name: len(name) < 254)
QTYPES = st.sampled_from(("A", "AAAA", "HTTPS", "MX", "TXT", "ANY", "PTR", "SOA"))


def answer(packet):
    return tinyweb_wifi_dns._answer(packet, ADDRESS)


@given(NAMES, QTYPES, st.sampled_from(("IN", "CS", "CH")), st.integers(0, 65535), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_question_gets_the_answer_that_is_true(name, qtype, qclass, number, edns):
    question = dnslib.DNSQuestion(name, getattr(dnslib.QTYPE, qtype), getattr(dnslib.CLASS, qclass))
    query = dnslib.DNSRecord(dnslib.DNSHeader(id=number, rd=1), q=question)
    if edns:
        query.add_ar(dnslib.EDNS0(udp_len=4096))
    data = answer(query.pack())
    got = dnslib.DNSRecord.parse(data)
    assert len(data) <= 512 and got.header.id == number and got.header.qr and got.header.rd and got.header.aa
    assert got.header.rcode == dnslib.RCODE.NOERROR and got.questions == [question] and not got.ar and not got.auth
    if qtype == "A" and qclass == "IN":
        (record,) = got.rr
        assert str(record.rdata) == "192.168.4.1" and record.ttl == 10 and record.rname == question.qname
    else:
        assert not got.rr


@given(st.binary(max_size=512))
@settings(max_examples=500, deadline=None)
def test_any_bytes_get_one_answer_or_none(packet):
    got = answer(packet)
    if got is not None:
        assert len(got) <= 512 and got[:2] == packet[:2] and got[2] & 0x80 and dnslib.DNSRecord.parse(got)


@given(NAMES, st.integers(0, 30), st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_a_query_with_one_byte_changed(name, place, byte):
    packet = bytearray(dnslib.DNSRecord.question(name).pack())
    packet[place % len(packet)] = byte
    got = answer(bytes(packet))
    assert got is None or len(got) <= 512 and got[2] & 0x80


@pytest.mark.parametrize("opcode", [1, 2, 4, 5])
def test_what_is_no_query_is_not_implemented(opcode):
    query = dnslib.DNSRecord.question("a.example")
    query.header.opcode = opcode
    got = dnslib.DNSRecord.parse(answer(query.pack()))
    assert got.header.rcode == dnslib.RCODE.NOTIMP and got.header.opcode == opcode and not got.rr


def test_what_gets_no_answer():
    query = dnslib.DNSRecord.question("a.example").pack()
    assert answer(query)
    response = bytearray(query)
    response[2] |= 0x80  # two servers would answer each other for ever
    assert answer(bytes(response)) is None
    for count in (0, 2):
        assert answer(query[:4] + bytes((0, count)) + query[6:]) is None
    for end in range(len(query)):
        assert answer(query[:end]) is None
    compressed = query[:12] + b"\xc0\x0c" + query[-4:]
    assert answer(compressed) is None
    long = query[:12] + b"".join(b"\x3f" + b"a" * 63 for _ in range(4)) + b"\0\0\1\0\1"
    assert answer(long) is None
    longest = query[:12] + (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\0\0\1\0\1"
    assert len(answer(longest)) == 287


@pytest.fixture(scope="module")
def server(interpreter):
    address = loopback()
    with harness.launch(SERVER.format(address=address), interpreter, host=address) as running:
        def ask():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(0.2)
                s.sendto(dnslib.DNSRecord.question("a.example").pack(), (address, running.port))
                try:
                    return s.recv(512)
                except TimeoutError:
                    return None

        harness.wait_for(ask, 15, running.output)
        yield running
        assert not running.trouble()


def dig(server, *args):
    if not have.find("dig"):
        pytest.skip("dig is not installed (Debian: apt install bind9-dnsutils)")
    done = subprocess.run(["dig", f"@{server.host}", "-p", str(server.port), "+tries=2", "+time=5", *args],
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout and "malformed" not in done.stdout.lower(), done.stdout
    return done.stdout


def test_dig(server):
    assert dig(server, "+short", "captive.apple.com", "A").strip() == server.host
    assert dig(server, "+noedns", "+short", "www.msftconnecttest.com").strip() == server.host
    got = dig(server, "+qr", "connectivitycheck.gstatic.com", "AAAA")
    assert "status: NOERROR" in got and "ANSWER: 0" in got, got
    assert "status: NOTIMP" in dig(server, "+noedns", "+opcode=STATUS", "a.example")
    assert "ANSWER: 1" in dig(server, "+edns=0", "+bufsize=4096", "+cookie", "a.example")


def test_an_address_that_the_board_does_not_have_is_told(interpreter):
    with harness.launch(SERVER.format(address="192.0.2.1"), interpreter) as other:
        other.wait_output("tinyweb-wifi: no name server")
        assert other.wait_end() == 0


def test_packets_that_are_no_queries_do_not_end_it(server):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        long = struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + b"\x3f" * 300
        for packet in (b"", b"\0", b"\xff" * 512, b"\0" * 1400, long):
            s.sendto(packet, (server.host, server.port))
    assert dig(server, "+short", "still.there").strip() == server.host


def test_dnsperf_loses_no_query(server, tmp_path, interpreter):
    if not have.find("dnsperf"):
        pytest.skip("dnsperf is not installed (Debian: apt install dnsperf)")
    turns = 500 if interpreter == "micropython" else 25
    queries = tmp_path / "queries"
    queries.write_text("captive.apple.com A\nclients3.google.com AAAA\nwww.msftncsi.com A\nexample.org MX\n")
    done = subprocess.run(["dnsperf", "-s", server.host, "-p", str(server.port), "-d", queries, "-n", str(turns),
                           "-q", "20", "-t", "10"], capture_output=True, text=True, timeout=55)
    sent, lost = (int(re.search(rf"Queries {what}:\s+(\d+)", done.stdout)[1]) for what in ("sent", "lost"))
    assert sent == 4 * turns and lost == 0 and f"NOERROR {sent}" in done.stdout, done.stdout
