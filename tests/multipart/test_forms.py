# tinyweb-multipart: parts that are read, passed over and saved; what is refused, and what a broken upload leaves.
import json
import os
import socket
import threading

import harness
import pytest
import uploads
from uploads import body, post


@pytest.fixture(scope="module")
def running(serve_module):
    return serve_module(uploads.PROGRAM, heap=harness.FROZEN, compiled=True, env={"TZ": "UTC"})


@pytest.fixture
def port(running):
    return running.port


def folder(running):
    """Where the program runs: its uploads are there."""
    return running.folder / "own"


def files(running):
    return sorted(name for name in os.listdir(folder(running)) if not name.startswith("main"))


def test_what_is_not_read_is_passed_over(port):
    data = body(("a", None, b"x" * 3000), ("b", "../b.txt", b""), ("c", "", b"\r\n--X"))
    got = post(port, "/names", data)
    assert json.loads(got.text) == [["a", ""], ["b", "b.txt"], ["c", ""]], got.text


def test_there_is_a_bound_for_parts_and_for_what_nobody_reads(port):
    assert post(port, "/names", body(*[("a", None, b"")] * 4)).text == "Too many parts"
    got = post(port, "/names", body(("a", None, b"x" * 6000)))
    assert (got.code, got.text) == (413, "Part too long"), got
    got = post(port, "/names", b"x" * 6000 + body(("a", None, b"")))  # a preamble is unread, too
    assert got.code == 413, got


def test_text_has_a_bound_and_is_utf_8(port):
    got = post(port, "/text", body(("a", None, "grün".encode()), ("b", None, b"0123456789"), ("c", None, b"")))
    assert json.loads(got.text) == ["grün", "0123456789", ""], got.text
    assert post(port, "/text", body(("a", None, b"01234567890"))).code == 413
    assert post(port, "/text", body(("a", None, b"\xff"))).code == 400


def test_a_limit_may_be_a_float(port):
    assert post(port, "/float", body(("a", None, b"0123456789"))).text == "10"
    got = post(port, "/float", body(("a", None, b"0123456789" * 2)))
    assert (got.code, got.text) == (413, "Part too long"), got


def test_a_part_is_read_into_a_buffer(port):
    got = post(port, "/into", body(("a", None, b"0123456789"), ("b", None, b"")))
    assert json.loads(got.text) == ["0123456", "789", "", ""], got.text


def test_a_part_of_before_reads_nothing_of_the_next(port):
    assert post(port, "/old", body(("a", None, b"1"), ("b", None, b"2"))).text == "b''"


def test_spaces_around_an_equals_sign(port):
    # MIME allows them (RFC 2045 5.1)
    data = b'--XX\r\nContent-Disposition: form-data; name = \t"a"; filename =a.txt\r\n\r\n1\r\n--XX--'
    got = post(port, "/names", data)
    assert json.loads(got.text) == [["a", "a.txt"]], got.text


def test_a_count_below_0_is_an_error_and_nothing_is_lost(port):
    assert post(port, "/below", body(("a", None, b"0123"))).text == "0123"


@pytest.mark.parametrize(("kind", "code"), [
    (None, 415), ("text/plain", 415), ("multipart/mixed; boundary=XX", 415), ("multipart/form-data", 400),
    ("multipart/form-data; boundary=", 400), ("multipart/form-data; boundary=" + "x" * 71, 400),
    ('multipart/form-data; boundary="XX', 400), ("Multipart/Form-Data; charset=utf-8; Boundary=XX", 200),
])
def test_the_content_type(port, kind, code):
    got = post(port, "/text", body(("a", None, b"1")), kind)
    assert got.code == code, got


HEAD = b'--XX\r\nContent-Disposition: form-data; name="a"'


@pytest.mark.parametrize("data", [
    b"", b"--XX", b"--XX-", b"--XX\r\n", HEAD + b"\r\n\r\n1", HEAD + b"\r\n\r\n1\r\n--XX", HEAD + b"\r\n--XX--\r\n",
    b"--XX\r\n\r\n1\r\n--XX--", HEAD + b"\r\nno colon\r\n\r\n\r\n--XX--", HEAD + b"\r\n: x\r\n\r\n\r\n--XX--",
    HEAD + b'\r\nContent-Disposition: form-data; name="b"\r\n\r\n\r\n--XX--', HEAD + b"\nX: y\r\n\r\n\r\n--XX--",
    HEAD + b"\r\nX: a\rb\r\n\r\n\r\n--XX--", HEAD + b"\r\nX: " + b"y" * 512 + b"\r\n\r\n\r\n--XX--",
    HEAD + b"\r\nX: y" * 8 + b"\r\n\r\n\r\n--XX--", b'--XX\r\nContent-Disposition: file; name="a"\r\n\r\n\r\n--XX--',
    b'--XX\r\nContent-Disposition: form-data; name="\xff"\r\n\r\n\r\n--XX--', HEAD[:-1] + b"\r\n\r\n\r\n--XX--",
    b'--XX\r\nContent-Disposition : form-data; name="a"\r\n\r\n\r\n--XX--',
    HEAD + b"; name=b\r\n\r\n\r\n--XX--",
], ids=range(20))  # fmt: skip
def test_what_is_malformed_is_400(port, data):
    got = post(port, "/text", data)
    assert got.code == 400, got


@pytest.mark.parametrize("data", [
    HEAD + b"\r\n\r\n1\r\n--XX--", HEAD + b"\r\n\r\n1\r\n--XX \t\r\n" + HEAD[6:] + b"\r\n\r\n\r\n--XX--\r\nepilogue",
    b"preamble\r\n--XXY\r\n" + HEAD + b"\r\n\r\n1\r\n--XX--\r\n" + b"x" * 5000,
])
def test_what_is_well_formed_is_read(port, data):
    got = post(port, "/text", data)
    assert got.code == 200 and json.loads(got.text)[0] == "1", got


@pytest.mark.parametrize("data", [
    b"\r\n--X", b"--XXY", b"\r\n--XXY\r\n", b"\r\n--XX\n", b"\r\n--XX \tz\r\n", b"\r", b"\r\n", b"\r\r\n-", b"\n--XX--",
    b"\r\n--XX" + b" " * 60 + b"\r\n", b"\r\n--XX-" + b"-"[1:] + b"\r\n", b"--XXY--\r\n--", b"\r\n\r\n--X\r\n--\r\n-",
], ids=range(13))  # fmt: skip
def test_what_only_looks_like_a_boundary_is_data(port, data):
    for pieces in None, 7:
        got = post(port, "/parts/640", body(("a", None, data), ("b", "f", data * 20)), pieces=pieces)
        assert [part[3] for part in uploads.read(got)] == [data, data * 20], got


@pytest.mark.parametrize(("filename", "safe"), [
    ("a.jpg", "a.jpg"), ("../../etc/passwd", "passwd"), ("C:\\\\fakepath\\\\x.png", "x.png"), ("..", ""), ("/", ""),
    (".htaccess", "htaccess"), ("a..b", "a.b"), ("con\x01\x7f.txt", "con.txt"), ('x:*?\\"<>|~1.gif', "x1.gif"),
    ("grün.png", "grün.png"), (" . a .", "a"), ("a" * 70 + ".jpeg", "a" * 59 + ".jpeg"), ("ü" * 60, "ü" * 32),
    ("a/b\\\\..", ""), ("…" * 40 + ".png", "…" * 20 + ".png"),
])
def test_a_safe_name(port, filename, safe):
    got = post(port, "/names", body(("a", filename, b"")))
    assert json.loads(got.text) == [["a", safe]], got.text


def test_a_file_is_saved_and_replaced(running):
    for data in bytes(range(256)) * 300, b"", b"\r\n--X" * 9999:
        got = post(running.port, "/save/kept.bin", body(("a", "x", data)))
        assert (got.code, json.loads(got.text)) == (201, {"bytes": len(data)}), got
        assert (folder(running) / "kept.bin").read_bytes() == data
    assert files(running) == ["kept.bin"]
    assert post(running.port, "/sink", body(("a", "x", b"x" * 5000))).text == "5000 5000"


def test_a_path_does_not_lead_out_of_its_folder(serve):
    server = serve(uploads.PROGRAM, heap=harness.FROZEN, compiled=True, traceback=True)
    assert post(server.port, "/save/up..bin", body(("a", "x", b"data"))).code == 500
    assert "ValueError: '..': " in server.output() and files(server) == [], server.output()


# Each file system of boards, in memory: 60 blocks of 512 bytes.
SMALL_DISK = """
import os


class Disk:
    def __init__(self):
        self.data = bytearray(60 * 512)

    def readblocks(self, block, buf, off=0):
        at = block * 512 + off
        buf[:] = memoryview(self.data)[at:at + len(buf)]

    def writeblocks(self, block, buf, off=0):
        at = block * 512 + off
        self.data[at:at + len(buf)] = buf

    def ioctl(self, op, arg):
        return 60 if op == 4 else 512 if op == 5 else 0


for kind in os.VfsFat, os.VfsLfs2:
    disk = Disk()
    kind.mkfs(disk)
    os.mount(kind(disk), "/" + kind.__name__)
"""


@pytest.mark.parametrize("disk", ["VfsFat", "VfsLfs2"])
def test_a_full_file_system_is_507(serve, interpreter, disk):
    if interpreter == "cpython":
        pytest.skip("it has no file system of boards")
    program = uploads.PROGRAM.replace('return "hello"', f"return os.listdir('/{disk}')")
    port = serve(SMALL_DISK + program, heap="256k").port
    for data in b"old", b"newer" * 100:
        got = post(port, f"/save//{disk}/a.bin", body(("a", "x", data)))
        assert (got.code, got.text) == (201, '{"bytes": %d}' % len(data)), got
    got = post(port, f"/save//{disk}/a.bin", body(("a", "x", b"x" * 40000)))
    assert (got.code, got.reason) == (507, "Insufficient Storage"), got
    assert json.loads(harness.get(port).text) == ["a.bin"]
    assert post(port, f"/save//{disk}/b.bin", body(("a", "x", b"x" * 5000))).code == 201


def begin(running, path, count=50000):
    """Send the beginning of an upload; gives its Client when the file has been begun."""
    client = harness.Client(running.port)
    data = body(("a", "x", b"x" * count))
    message = harness.message(path, [("Content-Type", "multipart/form-data; boundary=XX")], "POST", data)
    client.send(message[:-count // 2])
    harness.wait_for(lambda: [name for name in files(running) if name.endswith(".part~")])
    return client


def test_a_broken_upload_leaves_the_old_file(running):
    where = folder(running) / "old.bin"
    where.write_bytes(b"old")
    for end in "close", "reset", "silent":
        with begin(running, "/save/old.bin") as client:
            if end == "silent":
                assert client.answer("POST").code == 408  # after io_timeout
            else:
                getattr(client, end)()
        harness.wait_for(lambda: not [name for name in files(running) if name.endswith("~")], 10)
        assert where.read_bytes() == b"old", end
    data = body(("a", "x", b"new"))[:-8] + b"xxxxxxxx"
    assert post(running.port, "/save/old.bin", data).code == 400
    assert post(running.port, "/save/old.bin", body(("a", "x", b"x" * 3000001))).code == 413
    assert where.read_bytes() == b"old"
    assert not [name for name in files(running) if name.endswith("~")]


def test_two_who_save_one_file(running):
    with begin(running, "/save/both.bin") as client:
        for path in "/save/both.bin", "/save/BOTH.bin":
            got = post(running.port, path, body(("a", "x", b"second")))
            assert (got.code, got.text) == (409, "File in use"), got
        assert post(running.port, "/save/other.bin", body(("a", "x", b"other"))).code == 201
        client.send(b"x" * 25000 + b"\r\n--XX--\r\n")
        client.close()
    harness.wait_for(lambda: not [name for name in files(running) if name.endswith("~")], 10)
    assert post(running.port, "/save/both.bin", body(("a", "x", b"later"))).code == 201
    assert (folder(running) / "both.bin").read_bytes() == b"later"


def test_an_upload_that_waits_for_100_costs_nothing_if_it_is_refused(port):
    with harness.Client(port) as client:
        for kind, interim, code in ("text/plain", [], 415), ("multipart/form-data; boundary=XX", [100], 200):
            data = body(("a", None, b"1"))
            head = harness.message("/text", [("Content-Type", kind), ("Expect", "100-continue"),
                                             ("Content-Length", str(len(data)))], "POST")
            client.send(head)
            if interim:
                client.send(data)
            got = client.answer("POST")
            assert (got.code, got.interim) == (code, interim), got
            if not interim:
                client.close()
                client = harness.Client(port)  # noqa: PLW2901  the body that was not sent ends the connection
        client.close()


def test_a_body_in_chunks(port):
    data = body(("a", None, b"1"), ("b", "f", b"22"))
    for step in 1, 7, 1000:
        chunks = harness.chunked(*[data[i:i + step] for i in range(0, len(data), step)])
        got = harness.get(port, "/text", [("Content-Type", "multipart/form-data; boundary=XX"),
                                          ("Transfer-Encoding", "chunked")], "POST", chunks)
        assert json.loads(got.text) == ["1", "22"], got


def test_a_connection_goes_on_behind_a_form(port):
    with harness.Client(port) as client:
        message = harness.message("/text", [("Content-Type", "multipart/form-data; boundary=XX")], "POST",
                                  body(("a", None, b"1")))
        client.send(message + message + harness.message("/"))
        assert [client.answer(method).text for method in ("POST", "POST", "GET")] == ['["1"]', '["1"]', "hello"]


def test_others_are_answered_while_a_client_sends_as_fast_as_it_can(running):
    data = body(("a", "x", b"x" * 2900000))
    head = harness.message("/sink", [("Content-Type", "multipart/form-data; boundary=XX")], "POST", data)
    got = []
    with harness.Client(running.port, timeout=60) as busy, harness.Client(running.port, timeout=60) as other:

        def upload():
            busy.send(head)
            got.append(busy.answer("POST").text)

        thread = threading.Thread(target=upload)
        thread.start()
        answered = 0
        while thread.is_alive():
            assert other.request(harness.message("/")).text == "hello"
            answered += 1
        thread.join()
    assert got == ["2900000 2900000"], got
    assert answered > 10, answered  # on MicroPython 2 where the server reads on as long as there is something, else 90


def test_a_file_of_2_mb_in_a_small_heap(serve, interpreter):
    if interpreter == "cpython":
        pytest.skip("a PC's heap has no end")
    running = serve(uploads.PROGRAM, heap="84k", compiled=True, sndbuf=harness.SNDBUF)
    data = os.urandom(1 << 20) * 2
    got = post(running.port, "/save/large.bin", body(("a", "x", data)), timeout=60)
    assert (got.code, (folder(running) / "large.bin").read_bytes() == data) == (201, True), got
    assert socket.create_connection((harness.HOST, running.port), 5).close() is None


HEAP = """
import gc
import tinyweb
from tinyweb_multipart import form

app = tinyweb.webserver()


class Sink:
    most = 0

    def write(self, data):
        gc.collect()
        self.most = max(self.most, gc.mem_alloc())


@app.post("/")
async def upload(req, resp):
    gc.collect()
    before = gc.mem_alloc()
    sink = Sink()
    async for part in form(req):
        await part.save(sink, 3000000)
    return "%d" % (sink.most - before)


app.run(HOST, PORT)
"""
SAVE = """
import tinyweb
from tinyweb_multipart import form

app = tinyweb.webserver()


@app.post("/save")
async def save(req, resp):
    async for part in form(req):
        return "%d" % await part.save("large.bin", 3000000)


app.run(HOST, PORT)
"""


def test_an_upload_takes_its_buffer_and_little_more(narrow, interpreter):
    if interpreter == "cpython":
        pytest.skip("a PC's heap has no end")
    data = body(("a", "x", os.urandom(50000)))
    more = {"path": [harness.merged_folder()], "compiled": True, "command": [str(narrow.build())]}
    with harness.start(HEAP, heap="60k", **more) as running:
        # The first one loads modules.
        post(running.port, "/", data)
        taken = int(post(running.port, "/", data).text)
        assert 1024 <= taken <= 1024 + 1536, taken
    # 38k is the least, see docs/uploads.md
    with harness.start(SAVE, heap="40k", **more) as running:
        large = body(("a", "x", os.urandom(1 << 20) * 2))
        assert post(running.port, "/save", large, timeout=60).text == str(2 << 20), running.output()
