# A folder in flash: an image made by mpremote, mounted as a board mounts it.
import gzip
import shutil
import subprocess

import harness
import pytest
import sites

PROGRAM = """
import gc
import vfs

image = bytearray({size})
with open({image!r}, "rb") as f:
    f.readinto(image)
vfs.mount(vfs.VfsRom(image), "/rom")

import tinyweb

app = tinyweb.webserver()
app.static("/s", "/rom/www")


@app.get("/one")
async def one(req, resp):
    await resp.send_file("/rom/www/index.html")


@app.get("/free")
def free(req, resp):
    gc.collect()
    return str(gc.mem_free())


app.run(HOST, PORT)
"""


def image(folder, name):
    path = folder / name
    done = subprocess.run(
        [harness.command("mpremote"), "romfs", "--no-mpy", "-o", str(path), "build", str(folder / "rom")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert path.exists(), done.stdout + done.stderr
    return path


@pytest.fixture(scope="module")
def interpreter():
    return "micropython"


@pytest.fixture(scope="module")
def port(serve_module, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rom")
    www = folder / "rom" / "www"
    www.mkdir(parents=True)
    source = sites.make_folder()
    for name in ("index.html", "script.js", "script.js.gz", "big.bin", "empty.txt"):
        shutil.copy(source / name, www / name)
    (www / "docs").mkdir()
    (www / "docs" / "index.html").write_bytes(b"<p>docs")
    for name in ("a.txt", "b.txt"):
        (www / name).write_bytes(name.encode())
    path = image(folder, "rom.romfs")
    # the image takes the place of the flash
    return serve_module(PROGRAM.format(image=str(path), size=path.stat().st_size), heap="400k").port


def test_files_in_flash_have_validators_by_their_content(port):
    got = harness.get(port, "/s/")
    assert (got.code, got.body) == (200, sites.PAGE), got
    # there are no times in flash
    assert "last-modified" not in got.headers, got.headers
    etag = got.headers["etag"]
    assert harness.get(port, "/s/", [("If-None-Match", etag)]).code == 304
    a, b = (harness.get(port, "/s/" + name).headers["etag"] for name in ("a.txt", "b.txt"))
    assert a != b, "of the same size, and no time tells them apart"
    assert harness.get(port, "/s/?1", [("If-None-Match", '"x"')]).code == 200
    assert harness.get(port, "/one").headers["etag"] == etag
    assert harness.get(port, "/s/", [("Range", "bytes=0-3"), ("If-Range", etag)]).body == sites.PAGE[:4]
    assert harness.get(port, "/s/docs").code == 308
    assert harness.get(port, "/s/docs/").body == b"<p>docs"
    assert harness.get(port, "/s/none").code == 404
    assert harness.get(port, "/s/empty.txt").body == b""
    got = harness.get(port, "/s/script.js", [("Accept-Encoding", "gzip")])
    assert (got.headers["content-encoding"], gzip.decompress(got.body)) == ("gzip", sites.SCRIPT), got.headers


def test_a_large_file_is_sent_from_flash_without_a_copy(port):
    for target in ("/s/big.bin", "/free"):  # what the first request loads is there
        harness.get(port, target)
    before = int(harness.get(port, "/free").body)
    for _ in range(3):
        assert harness.get(port, "/s/big.bin").body == sites.BIG
    assert harness.get(port, "/s/big.bin", [("Range", "bytes=100000-")]).body == sites.BIG[100000:]
    assert int(harness.get(port, "/free").body) >= before - 512
