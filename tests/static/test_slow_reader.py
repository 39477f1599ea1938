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
    return serve(PROGRAM, cwd=www.parent, heap=harness.ROOMY).port


def slow(port):
    """Ask for a large file, and read none of it yet. Gives the socket."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.settimeout(10)
    s.connect((harness.HOST, port))
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


def test_a_file_that_becomes_shorter_is_cut_short(serve, www):
    port = serve(PROGRAM, traceback=True, cwd=www.parent, heap=harness.ROOMY).port
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
