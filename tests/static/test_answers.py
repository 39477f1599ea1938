# The server keeps the answers of some files. Each must be what it would be without them, whoever has asked before, and
# whatever has become of the files.
import gzip
import os
import random
import shutil

import harness
import pytest
from sites import TIME

PROGRAM = """
import sys
import tinyweb

app = tinyweb.webserver(max_connections=10)
other = tinyweb.webserver()


@app.get("/kept")
def kept(req, resp):
    module = sys.modules.get("tinyweb_static_answers")
    return str(len(module._answers)) if module else "none"


@app.get("/s/sent.txt")
async def sent(req, resp):
    await resp.send_file({folder!r} + "/a/" + req.query_string.decode(), max_age=7)


@app.get("/port")
def port(req, resp):
    return str(other.port)


app.static("/s", {folder!r} + "/a", max_age=5, fallback="one.html")
app.static("/t", {folder!r} + "/b")
other.static("/s", {folder!r} + "/b")
other.run(HOST, 0, loop_forever=False)
app.run(HOST, PORT)
"""
AMPLE = "1m"
NAMES = ["one.html", "two.css", "three.js", "index.html", "more/index.html", "four.png", "odd.%41"]
PATHS = ["one.html", "two.css", "two.css?v=2", "three.js", "", "more/", "more", "four.png", "odd.%2541", "page",
         "none.js", "two%2ecss", ".hidden", "sent.txt?one.html", "sent.txt?two.css", "one.html.gz"]
# What has no part in what is kept: the server leaves such a head to the whole grammar.
ODD = ("Connection", "x-other")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("answers")


@pytest.fixture(scope="module")
def server(serve_module, folder):
    fill(folder)
    return serve_module(PROGRAM.format(folder=str(folder)), heap=AMPLE)


def put(path, data, time=TIME):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (time, time))


def fill(folder):
    for place in "ab":
        shutil.rmtree(folder / place, ignore_errors=True)
        for n, name in enumerate(NAMES):
            put(folder / place / name, b"%s %s of %s" % (b"<p>" * n, name.encode(), place.encode()), TIME + n)


def told(answer):
    return answer.code, sorted(answer.headers.items()), answer.body


def change(chance, folder):
    """Do to a file what a program may do."""
    path = folder / chance.choice("ab") / chance.choice([*NAMES, "page"])
    what = chance.choice(["longer", "later", "same size", "gone", "zipped", "unzipped", "new"])
    if what == "gone":
        path.unlink(missing_ok=True)
    elif what == "zipped":
        put(path.with_name(path.name + ".gz"), gzip.compress(b"zipped %d" % chance.randrange(99)), TIME)
    elif what == "unzipped":
        path.with_name(path.name + ".gz").unlink(missing_ok=True)
    elif what == "new" or not path.exists():
        put(path, b"new %d" % chance.randrange(9), TIME + chance.randrange(9))
    else:
        data = path.read_bytes()
        time = int(path.stat().st_mtime)
        # of what has the same size and the same time nobody can tell that it is another one
        put(path, data + b"." if what == "longer" else data.upper(), time + (what != "longer"))


@pytest.mark.parametrize("seed", range(3))
def test_an_answer_is_what_it_is_without_the_ones_that_are_kept(server, folder, seed):
    chance = random.Random(seed)
    fill(folder)
    clients = [harness.Client(server.port) for _ in range(3)]
    tags = {}
    kept = set()
    try:
        for step in range(260):
            if step % 9 == 8:
                change(chance, folder)
            i = chance.randrange(3)
            # a few targets at a time, so that they come again
            target = "/%s/%s" % (chance.choice("sst"), PATHS[(step // 20 * 5 + chance.randrange(5)) % len(PATHS)])
            fields = [("User-Agent", "browser %d" % i)]
            if chance.random() < 0.4:
                fields.append(("Accept-Encoding", "gzip"))
            if target in tags and chance.random() < 0.5:
                etag, date = chance.choice(tags[target])
                fields += chance.choice([
                    [("If-None-Match", etag)], [("If-Modified-Since", date)], [("if-none-match", '"x", ' + etag)],
                    [("If-None-Match", etag), ("If-Modified-Since", date)], [("If-None-Match", '"x"')],
                    [("If-Match", etag)], [("If-Unmodified-Since", date)], [("Range", "bytes=1-3")],
                    [("Range", "bytes=0-"), ("If-Range", etag)],
                ])  # fmt: skip
            method = "HEAD" if chance.random() < 0.1 else "GET"
            got = clients[i].request(harness.message(target, fields, method), method=method)
            want = clients[i].request(harness.message(target, [*fields, ODD], method), method=method)
            assert told(got) == told(want), (step, target, fields)
            if got.headers.get("etag") and got.headers.get("last-modified"):
                tags.setdefault(target, []).append((got.headers["etag"], got.headers["last-modified"]))
            kept.add(clients[i].request(harness.message("/kept")).text)
    finally:
        for client in clients:
            client.close()
    assert max(map(int, kept - {"none"})) == 8, kept


def test_two_servers_and_folders_in_one_program_have_their_own(server, folder):
    fill(folder)
    second = int(harness.get(server.port, "/port").text)
    with harness.Client(server.port) as c, harness.Client(second) as d:
        for _ in range(3):
            for name in "one.html", "two.css":
                for client, target, place in (c, "/s/", b"a"), (d, "/s/", b"b"), (c, "/t/", b"b"):
                    got = client.request(harness.message(target + name))
                    assert got.body.endswith(name.encode() + b" of " + place), (target, got)
                    age = "max-age=5" if target == "/s/" and client is c else "max-age=0"
                    assert got.headers["cache-control"] == age, got


def test_a_file_that_becomes_a_link_is_not_followed(server, folder, interpreter):
    fill(folder)
    put(folder / "secret", b"<p>" * 1 + b" two.css of a", TIME + 1)
    with harness.Client(server.port) as c, harness.Client(server.port) as d:
        asks = [(client, harness.message("/s/two.css", [("User-Agent", name)]))
                for client, name in ((c, "c"), (d, "d"))]
        for client, ask in asks * 2:
            assert client.request(ask).code == 200
        (folder / "a" / "two.css").unlink()
        (folder / "a" / "two.css").symlink_to(folder / "secret")
        d.request(harness.message("/s/one.html", [("User-Agent", "e")]))
        assert [client.request(ask).code for client, ask in asks] == [404, 404]


def test_where_memory_is_short_none_is_kept(serve, folder):
    fill(folder)
    server = serve(PROGRAM.format(folder=str(folder)), "micropython", heap=harness.ROOMY)
    for n in range(4):
        assert harness.get(server.port, "/s/one.html", [("X", str(n % 2))]).code == 200
    assert harness.get(server.port, "/kept").text == "none"
