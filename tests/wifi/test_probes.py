# The probes by which phones and computers find out whether a network wants something of them, sent by curl as each
# system sends its own: while the set-up network waits, all of them lead to the page.
import subprocess

import harness
import have
import pytest
from wifiboard import HOME, PROGRAM, Board

APPLE = "CaptiveNetworkSupport-443.120.2 wispr"
ANDROID = "Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8 Build/UQ1A)"
# system: (URL, User-Agent)
PROBES = {
    "iOS, macOS": ("http://captive.apple.com/hotspot-detect.html", APPLE),
    "Android": ("http://connectivitycheck.gstatic.com/generate_204", ANDROID),
    "Android, fallback": ("http://www.google.com/gen_204", ANDROID),
    "Chrome OS": ("http://clients3.google.com/generate_204", "Mozilla/5.0 (X11; CrOS x86_64) Chrome/126"),
    "Windows": ("http://www.msftconnecttest.com/connecttest.txt", "Microsoft NCSI"),
    "Windows, the window": ("http://www.msftconnecttest.com/redirect", "Mozilla/5.0 (Windows NT 10.0) Edg/126"),
    "Windows 7": ("http://www.msftncsi.com/ncsi.txt", "Microsoft NCSI"),
    "Firefox": ("http://detectportal.firefox.com/canonical.html", "Mozilla/5.0 (X11; Linux) Firefox/128.0"),
    "Firefox, text": ("http://detectportal.firefox.com/success.txt?ipv4", "Mozilla/5.0 (X11; Linux) Firefox/128.0"),
    "GNOME": ("http://nmcheck.gnome.org/check_network_status.txt", "NetworkManager/1.42"),
    "Ubuntu": ("http://connectivity-check.ubuntu.com/", "NetworkManager/1.46"),
    "KDE": ("http://networkcheck.kde.org/", "Mozilla/5.0 plasma"),
    "Kindle": ("http://spectrum.s3.amazonaws.com/kindle-wifi/wifistub.html", "Mozilla/5.0 (X11; Linux armv7l) Kindle"),
}
# What each is told when a network has been chosen: (status, body)
KNOWN = {
    "iOS, macOS": ("200", "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"),
    "Android": ("204", ""),
    "Android, fallback": ("204", ""),
    "Chrome OS": ("204", ""),
    "Windows": ("200", "Microsoft Connect Test"),
    "Windows 7": ("200", "Microsoft NCSI"),
    "Firefox": ("200", '<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>'),
    "Firefox, text": ("200", "success"),
    "GNOME": ("200", "NetworkManager is online"),
}
METHODS = ("HEAD", "POST", "PUT", "DELETE", "PROPFIND", "OPTIONS")


@pytest.fixture(scope="module")
def lamp(tmp_path_factory):
    # after the page is sent, the test has more than 2 s for all probes
    longer = "sleep = asyncio.sleep\nasyncio.sleep = lambda s: sleep(60 if s == 2 else s)"
    program = PROGRAM.replace("import gc", longer)
    started = Board(tmp_path_factory.mktemp("board"), "micropython", networks=(HOME,), program=program)
    yield started.opened()
    trouble = started.running.trouble()
    started.running.stop()
    assert not trouble, trouble


def curl(lamp, url, *args):
    """Request a URL whose name leads to the board, as its name server says; return (status, head, body)."""
    if not have.find("curl"):
        pytest.skip("curl is not installed")
    done = subprocess.run(["curl", "-s", "-i", "-m", "20", "--noproxy", "*", *args, "--connect-to",
                           f"::{lamp.address}:{lamp.port}", url], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, (done.returncode, done.stderr, done.stdout)
    head, _, body = done.stdout.partition("\n\n")
    return head.split(" ")[1], head.lower(), body


@pytest.mark.parametrize("system", PROBES)
def test_a_probe_leads_to_the_page(lamp, system):
    url, agent = PROBES[system]
    code, head, body = curl(lamp, url, "-A", agent)
    page = f"http://{lamp.address}:{lamp.port}/"
    assert code == "302" and f"location: {page}\n" in head and "cache-control: no-store" in head, head
    assert "connection: close" in head and body == page, (head, body)
    code, head, body = curl(lamp, page, "-A", agent)
    assert code == "200" and "Choose the WiFi" in body, body


@pytest.mark.parametrize("method", METHODS)
def test_a_request_for_another_host_is_redirected_whatever_its_method(lamp, method):
    args = ["-I"] if method == "HEAD" else ["-X", method, *(["-d", "a=1"] if method in ("POST", "PUT") else [])]
    code, head, _ = curl(lamp, "http://captive.apple.com/other", *args)
    assert code == "302" and "location: http://" in head, head


def test_heads_without_a_host_and_with_a_strange_one(lamp):
    got = harness.fetch(lamp.port, b"GET / HTTP/1.0\r\n\r\n", host=lamp.address)
    assert got.code == 302, got
    for host in (f"{lamp.address}.evil.example", f"x{lamp.address}", "[::1]:80"):
        assert lamp.request(host=host).code == 302
    assert lamp.request(host=lamp.address).code == 200
    # absolute-form: the name in the target is the one that counts (RFC 9112 3.2.2)
    absolute = b"GET http://captive.apple.com/ HTTP/1.1\r\nHost: %s\r\n\r\n" % lamp.address.encode()
    assert harness.fetch(lamp.port, absolute, host=lamp.address).code == 302


def test_when_a_network_is_chosen_a_phone_may_close_its_window(lamp):
    assert "Joining Home" in lamp.send("n=Home&p=right-password").text
    for system, (url, agent) in PROBES.items():
        code, head, body = curl(lamp, url, "-A", agent)
        if system in KNOWN:
            assert (code, body) == KNOWN[system], (system, head, body)
        else:
            assert code == "302", (system, head)
