# tools/pack.py: a folder as a module of bytes, and what app.static makes of it.
import gzip
import importlib.util
import os
import subprocess
import sys

import harness
import pack
import pytest
import sites

PROGRAM = """
import sys
sys.path.append({folder!r})
import packed_site
import tinyweb

app = tinyweb.webserver()
app.static("/s", packed_site{more})
app.run(HOST, PORT)
"""


def run(*args):
    return subprocess.run(
        [sys.executable, "-m", "tools.pack", *map(str, args)],
        cwd=harness.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def load(path):
    spec = importlib.util.spec_from_file_location("packed_site", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(zip(module.NAMES, module.FILES, strict=True))


@pytest.fixture(scope="module")
def packed(www, tmp_path_factory):
    path = tmp_path_factory.mktemp("packed") / "packed_site.py"
    done = run(www, path)
    assert done.returncode == 0, done.stderr
    assert "script.js, gzip" in done.stdout, done.stdout
    return path


def test_it_holds_what_the_server_would_serve(packed, www):
    files = load(packed)
    names = {p.relative_to(www).as_posix() for p in www.rglob("*") if not p.is_symlink()}
    want = {n for n in names if "\\" not in n and not any(part[0] == "." for part in n.split("/"))}
    want = {n[:-3] if n.endswith(".gz") else n for n in want if "linked" not in n}
    assert set(files) == want, set(files) ^ want
    for name, item in files.items():
        if (www / name).is_dir():
            assert item is None, name
            continue
        body, size, etag, date, meta = item
        assert (size, etag[:1], etag[-1:], date) == (len(body), b'"', b'"', b""), name
        plain = gzip.decompress(body) if b"Content-Encoding: gzip\r\n" in meta else body
        source = www / name
        assert plain == (
            source.read_bytes() if source.exists() else gzip.decompress((www / (name + ".gz")).read_bytes())
        ), name
        assert source.suffix == ".gz" or len(body) <= len(plain), name
    assert sites.SECRET not in packed.read_bytes()


def test_the_same_folder_gives_the_same_module(packed, www, tmp_path):
    # other times and another order on disk
    import shutil

    copy = tmp_path / "www"
    for path in sorted(www.rglob("*"), reverse=True):
        if path.is_file() and not path.is_symlink() and "linked" not in path.parts:
            target = copy / path.relative_to(www)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            os.utime(target, (1, 1))
    assert run(copy, tmp_path / "again.py").returncode == 0
    assert (tmp_path / "again.py").read_bytes() == packed.read_bytes()
    # and another content another ETag
    (copy / "one.txt").write_bytes(b"2")
    assert run(copy, tmp_path / "other.py").returncode == 0
    old, new = load(packed), load(tmp_path / "other.py")
    assert {n for n in old if old[n] != new[n]} == {"one.txt"}


def test_the_module_is_one_constant_for_micropython():
    # What MicroPython folds into a constant is one object however often it is asked for: frozen, it stays in flash.
    text = pack.module({"a": pack.entry("a.html", b"<p>" * 100), "b": None})
    code = "def f():\n    return " + text.split("FILES = ")[1].replace("\n", "") + "\nprint(f() is f())"
    done = subprocess.run([harness.MICROPYTHON, "-c", code], capture_output=True, text=True, timeout=20)
    assert done.stdout == "True\n", done.stdout + done.stderr


def test_it_is_served_as_the_folder_would_be(serve, packed, www):
    port = serve(PROGRAM.format(folder=str(packed.parent), more=""), heap="2m").port
    for target, name in (
        ("/s/", "index.html"),
        ("/s/index.html", "index.html"),
        ("/s/script.js", "script.js"),
        ("/s/one.txt", "one.txt"),
        ("/s/docs/", "docs/index.html"),
        ("/s/big.bin", "big.bin"),
        ("/s/empty.txt", "empty.txt"),
        ("/s/with%20space.txt", "with space.txt"),
        ("/s/%C3%BCml%C3%A4ut.txt", "\u00fcml\u00e4ut.txt"),
    ):
        got = harness.get(port, target)
        body = gzip.decompress(got.body) if got.headers.get("content-encoding") == "gzip" else got.body
        assert (got.code, body == (www / name).read_bytes()) == (200, True), target
        again = harness.get(port, target, [("If-None-Match", got.headers["etag"])])
        assert (again.code, again.headers["etag"]) == (304, got.headers["etag"]), target
        head = harness.get(port, target, method="HEAD")
        assert head.fields == got.fields, target
    # of what is sent, which may be the gzip
    body = load(packed)["big.bin"][0]
    got = harness.get(port, "/s/big.bin", [("Range", "bytes=100-1999")])
    assert (got.code, got.body == body[100:2000]) == (206, True), got.code
    assert harness.get(port, "/s/big.bin", [("Range", "bytes=%d-" % len(body))]).code == 416
    assert harness.get(port, "/s/docs?a=1").headers["location"] == "/s/docs/?a=1"
    for target in ("/s/none", "/s/plain/", "/s/.hidden", "/s/../secret.txt", "/s//index.html", "/s/index.html/"):
        assert harness.get(port, target).code == 404, target


def test_a_single_page_program_may_be_packed(serve, packed):
    port = serve(PROGRAM.format(folder=str(packed.parent), more=", fallback='index.html', max_age=9"), heap="2m").port
    got = harness.get(port, "/s/users/42")
    assert (got.code, got.headers["cache-control"]) == (200, "max-age=9"), got
    assert harness.get(port, "/s/users/42.png").code == 404


def test_a_fallback_may_begin_with_a_slash_and_an_index_be_none(serve, packed):
    more = ", fallback='/index.html', index=''"
    port = serve(PROGRAM.format(folder=str(packed.parent), more=more), heap="2m").port
    page = harness.get(port, "/s/index.html")
    for target in ("/s/users/42", "/s/", "/s/docs/"):
        got = harness.get(port, target)
        assert (got.code, got.body) == (200, page.body), (target, got)


def broken(data):
    """Give data as gzip with a few of its bytes changed in the middle."""
    packed = bytearray(gzip.compress(data))
    packed[12:20] = b"\xff" * 8
    return bytes(packed)


@pytest.mark.parametrize(
    "name, data, options, want",
    [
        (None, None, (), "has no files"),
        ("a.js.gz", b"this is no gzip", (), "a.js.gz is no gzip"),
        ("a.js.gz", gzip.compress(b"text")[:-5], (), "a.js.gz is no gzip"),
        ("a.js.gz", broken(b"text" * 99 + bytes(range(99))), (), "a.js.gz is no gzip"),
        (b"a\xff.js", b"x", (), "not UTF-8"),
        ("a\r\nb.js", b"x", (), "control characters"),
        ("a.glb", b"x", ("--type", "glb"), "is not like glb=model/gltf-binary"),
        ("a.glb", b"x", ("--type", "glb=model/x\r\nX-Evil: 1"), "is not like"),
    ],
    ids=["empty", "plain", "cut", "broken", "not-utf-8", "control", "half-a-type", "control-in-type"],
)
def test_what_cannot_be_packed_is_told(tmp_path, name, data, options, want):
    www = tmp_path / "www"
    www.mkdir()
    if name:
        (www / os.fsdecode(name)).write_bytes(data)
    done = run(www, tmp_path / "x.py", *options)
    assert done.returncode and want in done.stderr and "Traceback" not in done.stderr, done
    assert not (tmp_path / "x.py").exists()


def test_a_place_that_cannot_be_used_is_told(tmp_path):
    www = tmp_path / "www"
    www.mkdir()
    (www / "a.js").write_bytes(b"x")
    for folder, target, want in (
        (tmp_path / "none", tmp_path / "x.py", "is no folder"),
        (www, tmp_path / "none" / "x.py", "No such file"),
        (www, tmp_path, "Is a directory"),
        (www, www / "x.py", "would be packed too"),
    ):
        done = run(folder, target)
        assert done.returncode and want in done.stderr and "Traceback" not in done.stderr, done
    assert [p.name for p in www.iterdir()] == ["a.js"]


def test_what_is_no_file_is_left_out(tmp_path):
    www = tmp_path / "www"
    www.mkdir()
    (www / "a.js").write_bytes(b"x")
    os.mkfifo(www / "pipe")
    (www / "lost").symlink_to("nothing")
    done = run(www, tmp_path / "x.py")
    assert done.returncode == 0, done.stderr
    assert list(load(tmp_path / "x.py")) == ["a.js"]


def test_types_can_be_told(tmp_path):
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "a.glb").write_bytes(b"x")
    for text in ("glb=model/gltf-binary", ".GLB=model/gltf-binary"):
        assert run(tmp_path / "www", tmp_path / "x.py", "--type", text).returncode == 0, text
        assert b"Content-Type: model/gltf-binary\r\n" in load(tmp_path / "x.py")["a.glb"][4], text
