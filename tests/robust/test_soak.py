# A long run of everything, in the small heap: nothing is left of it, and the server is as fast at its end.
import contextlib
import gzip
import os
import pathlib
import time

import guests
import harness

FILE = b"a line of a file\n" * 200
# Files too; and what the server keeps is all there from the start.
STATIC = """
app.static("/files", {folder!r})
"""
# requests of each kind between two looks at the clock
ROUND = 20


def mixed(folder):
    """Give [(bytes, how many bytes of the answer are read before the client goes, all of it if None)]."""
    (folder / "page.txt").write_bytes(FILE)
    (folder / "page.css.gz").write_bytes(gzip.compress(FILE))
    requests = [guests.HELLO, harness.message("/form", guests.FORM, "POST", b"a=1&b=2"),
                harness.message("/count", guests.CHUNKED, "POST", harness.chunked(b"a" * 40, b"b")),
                harness.message("/files/page.txt"), harness.message("/files/page.css", [("Accept-Encoding", "gzip")]),
                harness.message("/files/page.txt", [("Range", "bytes=100-199")]), harness.message("/none"),
                harness.message("/hello", method="HEAD")]
    return [(data, None) for data in requests] + [(harness.message("/flood"), 2000), (guests.HELLO[:12], 0)]


def one_round(port, what):
    """Send each request some times, over a kept connection where it is read to its end. Gives how many were sent."""
    n = 0
    with harness.Client(port) as kept:
        for data, size in what:
            for _ in range(ROUND):
                n += 1
                if size is None:
                    answer = kept.request(data)
                    assert answer.code in (200, 206, 404), answer
                    continue
                with harness.Client(port) as c, contextlib.suppress(ConnectionResetError):
                    c.send(data)
                    while size > 0:
                        size -= len(c.socket.recv(size))
                # the server keeps pace: else the system's backlog is full, and a client tries again after a second
                assert kept.request(guests.HELLO).code == 200
    return n


def rate(server, what, rounds):
    """Return (requests, requests per second of the server's own time, in the best ten rounds of these)."""
    n = best = 0
    for start in range(0, rounds, 10):
        begun = spent(server)
        sent = sum(one_round(server.port, what) for _ in range(start, min(start + 10, rounds)))
        n += sent
        best = max(best, sent / max(spent(server) - begun, 0.01))
    return n, best


def spent(server):
    """Return the seconds of a processor that a server has taken, on Linux; elsewhere those of the clock."""
    try:
        # proc(5): after the name in parentheses, utime is the 12th field and stime the 13th
        fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return time.monotonic()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_nothing_is_left_of_thousands_of_mixed_requests(serve_module, form, state, tmp_path):
    what = mixed(tmp_path)
    server = serve_module(guests.program(extra=STATIC.format(folder=str(tmp_path))), heap=harness.ROOMY, compiled=True,
                          sndbuf=harness.SNDBUF)
    port = server.port
    part = form.many(2, 50)  # rounds at the beginning and at the end whose rates are compared
    rate(server, what, 2)
    guests.settled(port)
    before = guests.settled(port)
    n, first = rate(server, what, part)
    while n < form.many(2000, 100000) - part * ROUND * len(what):
        n += one_round(port, what)
    more, last = rate(server, what, part)
    after = guests.settled(port, 10)
    state(f"{n + more} requests, heap {before} before, {after} after, {first:.0f} and then {last:.0f} requests/s")
    # the smallest object kept of each request would be 64,000 bytes in the short form, 3,200,000 in the long one
    assert after - before <= 8192, (before, after)
    assert not server.trouble(), server.trouble()
    assert "out of memory" not in server.output(), server.output()
    if form.long:
        # a busy machine takes its caches, too
        assert last > 0.7 * first, (first, last)
