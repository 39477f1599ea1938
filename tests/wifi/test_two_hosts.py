# A board and a phone as two hosts, in network namespaces of their own with a cable between them: the phone has no name
# server but the board, and no other way to anywhere. It takes root, or a user who may make namespaces.
import itertools
import os
import subprocess

import harness
import have
import pytest
import wifiboard

_pairs = itertools.count()
PROGRAM = wifiboard.PROGRAM.replace("{address!r}, PORT", "'0.0.0.0', 80")


def run(*command, check=True, timeout=30):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0 or not check, (command, done.stdout, done.stderr)
    return done


@pytest.fixture
def hosts(tmp_path):
    ip = have.find("ip")
    if not ip:
        pytest.skip("ip is not installed (Debian: apt install iproute2)")
    name = f"tw{os.getpid() % 100000}{next(_pairs)}"
    board, phone = f"{name}b", f"{name}p"
    try:
        if run(ip, "netns", "add", board, check=False).returncode:
            pytest.skip("network namespaces take root")
        run(ip, "netns", "add", phone)
        if run(ip, "link", "add", board, "netns", board, "type", "veth", "peer", "name", phone, "netns", phone,
               check=False).returncode:
            pytest.skip("this kernel has no veth")
        for host, address in ((board, "192.168.4.1"), (phone, "192.168.4.2")):
            run(ip, "-n", host, "addr", "add", address + "/24", "dev", host)
            run(ip, "-n", host, "link", "set", host, "up")
            run(ip, "-n", host, "link", "set", "lo", "up")
        # what DHCP tells the phone: `ip netns exec` puts this file in the place of /etc/resolv.conf
        folder = f"/etc/netns/{phone}"
        os.makedirs(folder)
        with open(f"{folder}/resolv.conf", "w") as f:
            f.write("nameserver 192.168.4.1\noptions timeout:5\n")
        yield [ip, "netns", "exec", board], [ip, "netns", "exec", phone]
    finally:
        run(ip, "netns", "del", board, check=False)
        run(ip, "netns", "del", phone, check=False)
        run("rm", "-rf", f"/etc/netns/{phone}", check=False)


@pytest.mark.parametrize("interpreter", ["micropython"])
def test_a_phone_that_knows_nobody_but_the_board_finds_the_page(hosts, tmp_path, interpreter):
    board, phone = hosts
    if not have.find("curl"):
        pytest.skip("curl is not installed")
    lamp = wifiboard.Board(tmp_path, interpreter, program=PROGRAM, address="192.168.4.1",
                           command=[*board, harness.MICROPYTHON])

    def curl(url, *args):
        got = run(*phone, "curl", "-s", "-m", "20", "-L", "--noproxy", "*", "-w", "\n%{url_effective}", *args, url)
        body, _, last = got.stdout.rpartition("\n")
        return body, last

    try:
        lamp.wait("tinyweb-wifi: join Lamp-1A2B, http://192.168.4.1/")
        lamp.wait("IP None")
        for url in ("http://captive.apple.com/hotspot-detect.html", "http://connectivitycheck.gstatic.com/generate_204",
                    "http://www.msftconnecttest.com/redirect", "http://any.name.at.all:80/and/path?a=1"):
            body, last = curl(url, "--retry", "5", "--retry-connrefused")
            assert "Choose the WiFi" in body and last == "http://192.168.4.1/", (url, last, body)
        # a whole system's resolver asks for both kinds of addresses
        found = run(*phone, "getent", "ahosts", "example.com").stdout
        assert "192.168.4.1" in found, found
        body, _ = curl("http://192.168.4.1/", "--data-urlencode", "n=Home", "--data-urlencode", "p=right-password")
        assert "Joining Home" in body, body
        lamp.wait("tinyweb-wifi: http://127.0.0.1/")
        # the name server has gone with the set-up network; the program's page is there
        assert run(*phone, "getent", "ahosts", "example.com", check=False).returncode != 0
        assert curl("http://192.168.4.1/")[0] == "the program's own page"
        assert not lamp.running.trouble(), lamp.running.trouble()
    finally:
        lamp.running.stop()
