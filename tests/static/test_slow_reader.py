# Files on an operating system, on both interpreters: clients that read slowly, files that change, files by the dozen.
import os
import socket
import time

import harness
import pytest

PROGRAM = """
import tinyweb

app = tinyweb.webserver()
app.static("/", "www")
kept = None


@app.get("/keep")
def keep(req, resp):
    global kept
    kept = resp
    return "kept"


@app.get("/over")
async def over(req, resp):
    try:
        await kept.send_file("www/small.txt")
    except OSError:
        return "over"


@app.get("/begun/<int:flushed>")
async def begun(req, resp, flushed):
    await resp.send("begun ")
    if flushed:
        await resp.flush()
    try:
        await resp.send_file("www/small.txt")
    except ValueError as e:
        await resp.send(str(e))


@app.get("/long")
async def long(req, resp):
    for i in range(40):
        resp.add_header("X-Long-%d" % i, "x" * 20)
    await resp.send_file("www/small.txt")


app.run(HOST, PORT)
"""
SIZE = 8_000_000


@pytest.fixture
def www(tmp_path):
    folder = tmp_path / "www"
    folder.mkdir()
    return folder


@pytest.fixture
def port(serve, www):
    return serve(PROGRAM, cwd=www.parent, heap=harness.ROOMY, sndbuf=harness.SNDBUF).port


def connect(s, port):
    """Connect a socket through a small window."""
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.settimeout(10)
    s.connect((harness.HOST, port))


def slow(port):
    """Ask for a large file, and read none of it yet. Gives the socket."""
    s = socket.socket()
    connect(s, port)
    s.sendall(harness.message("/large.bin", [("Connection", "close")]))
    time.sleep(0.3)
    return s


def rest(s):
    """Read all that comes."""
    got = bytearray()
    with s:
        while data := s.recv(65536):
            got += data
    return got.partition(b"\r\n\r\n")[2]


def test_a_client_that_reads_late_gets_a_large_file_whole(port, www):
    data = os.urandom(1000) * (SIZE // 1000)
    (www / "large.bin").write_bytes(data)
    assert rest(slow(port)) == data


def test_a_full_socket_of_https_repeats_what_it_refused(serve, www, https):
    # A TLS record that the socket did not take has to be given again as it was, or the file arrives damaged.
    program, trust = https
    port = serve(PROGRAM.replace("app.run(HOST, PORT)\n", program), cwd=www.parent, heap="300k",
                 sndbuf=harness.SNDBUF).port
    data = os.urandom(1000) * (SIZE // 1000)
    (www / "large.bin").write_bytes(data)
    for fields, want in ((), data), ([("Range", f"bytes={SIZE // 2}-")], data[SIZE // 2:]):
        with socket.socket() as plain:
            connect(plain, port)
            with trust.wrap_socket(plain, server_hostname="localhost") as s:
                s.sendall(harness.message("/large.bin", [*fields, ("Connection", "close")]))
                got = bytearray()
                turn = 0
                while piece := s.recv(1 << 16):
                    got += piece
                    turn += 1
                    if turn < 300 and not turn % 30:
                        time.sleep(0.05)  # the server meets a full socket
        assert got.partition(b"\r\n\r\n")[2] == want, len(got)


def test_a_file_that_becomes_shorter_is_cut_short(serve, www):
    port = serve(PROGRAM, traceback=True, cwd=www.parent, heap=harness.ROOMY, sndbuf=harness.SNDBUF).port
    (www / "large.bin").write_bytes(b"x" * SIZE)
    s = slow(port)
    os.truncate(www / "large.bin", 1000)
    try:
        got = len(rest(s))
    except ConnectionResetError:
        got = 0
    assert got < SIZE, got
    (www / "small.txt").write_text("still here")
    assert harness.get(port, "/small.txt").text == "still here"


def test_a_file_without_a_time_has_neither_tag_nor_date(port, www):
    path = www / "old.txt"
    path.write_text("from a clock that nobody had set")
    os.utime(path, (0, 0))
    answer = harness.get(port, "/old.txt")
    assert answer.text == path.read_text()
    assert not {"etag", "last-modified"} & set(answer.headers), answer.headers


def test_more_files_than_are_remembered_are_served(port, www):
    for i in range(70):
        (www / f"{i}.txt").write_text(str(i))
    got = [harness.get(port, f"/{i}.txt").text for i in [*range(70), *range(70)]]
    assert got == [str(i) for i in [*range(70), *range(70)]], got


def test_a_file_that_comes_behind_something_else(port, www):
    text = "not so small a file" * 5000  # on its way other tasks get their turn
    (www / "small.txt").write_text(text)
    with harness.Client(port) as c:
        assert c.request(harness.message("/begun/0")).text == text
        assert c.request(harness.message("/begun/1")).text == "begun The head has left already"
        assert c.request(harness.message("/keep")).text == "kept"
        assert c.request(harness.message("/over")).text == "over"


def test_a_head_that_is_longer_than_the_buffer_goes_before_its_file(port, www):
    (www / "small.txt").write_text("a small file")
    answer = harness.get(port, "/long")
    assert (answer.text, answer.headers["x-long-39"]) == ("a small file", "x" * 20), answer
