# Types and codings: what a browser shows is not sent as octet-stream; what is coded has the type of what it holds.
import gzip

import harness
import pytest
from sites import program, write

TYPES = {
    "htm": "text/html; charset=utf-8", "HTM": "text/html; charset=utf-8", "jpeg": "image/jpeg", "JPG": "image/jpeg",
    "Jpeg": "image/jpeg", "ttf": "font/ttf", "otf": "font/otf", "woff": "font/woff", "WOFF2": "font/woff2",
    "log": "text/plain; charset=utf-8", "TXT": "text/plain; charset=utf-8", "md": "text/markdown; charset=utf-8",
    "wav": "audio/wav", "WAV": "audio/wav", "xhtml": "application/xhtml+xml", "bmp": "image/bmp", "ogg": "audio/ogg",
    "webm": "video/webm", "m4a": "audio/mp4", "vtt": "text/vtt; charset=utf-8", "ini": "text/plain; charset=utf-8",
    "conf": "text/plain; charset=utf-8", "yaml": "text/plain; charset=utf-8", "py": "text/plain; charset=utf-8",
    "rss": "application/xml", "PNG": "image/png", "Svg": "image/svg+xml", "JSON": "application/json",
    "bin": "application/octet-stream", "zip": "application/octet-stream", "tar": "application/octet-stream",
    "mpy": "application/octet-stream", "x y": "application/octet-stream",
}
# name: (Content-Type, Content-Encoding), asked for as they are
CODED = {
    "page.html.gz": ("text/html; charset=utf-8", "gzip"), "UP.HTM.GZ": ("text/html; charset=utf-8", "gzip"),
    "app.js.gz": ("text/javascript; charset=utf-8", "gzip"), "data.csv.gz": ("text/csv; charset=utf-8", "gzip"),
    "old.log.gz": ("text/plain; charset=utf-8", "gzip"), "pic.svgz": ("image/svg+xml", "gzip"),
    "src.tar.gz": ("application/octet-stream", None), "what.gz": ("application/octet-stream", None),
    "html": ("application/octet-stream", None), "README": ("application/octet-stream", None),
}
TEXT = b"what it holds, " * 20
TWICE = gzip.compress(gzip.compress(TEXT))

EXTRA = """
import tinyweb_static


@app.get("/file/<name>")
async def file(req, resp, name):
    await resp.send_file({folder!r} + "/" + name)


@app.get("/coded/<coding>/<name>")
async def coded(req, resp, coding, name):
    await resp.send_file({folder!r} + "/" + name, content_encoding=coding)


@app.get("/typed/<name>", save_headers=("Accept",))
async def typed(req, resp, name):
    await resp.send_file({folder!r} + "/" + name, content_type="application/gzip")
"""


@pytest.fixture(scope="module")
def port(serve_module, tmp_path_factory):
    www = tmp_path_factory.mktemp("types")
    for suffix in TYPES:
        write(www / ("file." + suffix), b"x")
    for name in CODED:
        write(www / name, gzip.compress(TEXT))
    write(www / "packed.html.gz.gz", TWICE)
    write(www / "both.html", TEXT)
    write(www / "both.html.gz", gzip.compress(TEXT))
    write(www / "style.css.br", b"as if")
    return serve_module(program(www, extra=EXTRA.format(folder=str(www))), compiled=True, heap="384k").port


def test_what_is_coded_twice_does_not_stand_for_what_is_coded_once(port):
    assert harness.get(port, "/s/packed.html.gz", [("Accept-Encoding", "gzip")]).code == 404
    assert harness.get(port, "/s/packed.html.gz.gz").body == TWICE


@pytest.mark.parametrize("suffix", TYPES)
@pytest.mark.parametrize("place", ["/s/", "/file/"])
def test_a_type_follows_the_suffix_in_any_case(port, suffix, place):
    got = harness.get(port, place + "file." + suffix.replace(" ", "%20"))
    assert (got.code, got.headers["content-type"]) == (200, TYPES[suffix]), got
    assert "content-encoding" not in got.headers


@pytest.mark.parametrize("name", CODED)
@pytest.mark.parametrize("place", ["/s/", "/file/"])
def test_a_gz_that_is_asked_for_is_what_it_holds(port, name, place):
    for fields in ((), [("Accept-Encoding", "gzip")], [("Accept-Encoding", "identity")]):
        got = harness.get(port, place + name, fields)
        assert (got.code, got.headers["content-type"], got.headers.get("content-encoding")) == (200, *CODED[name]), got
        assert gzip.decompress(got.body) == TEXT
        assert "vary" not in got.headers, got
        etag = got.headers["etag"]
        assert harness.get(port, place + name, [*fields, ("If-None-Match", etag)]).code == 304


@pytest.mark.parametrize("name", [name for name in CODED if CODED[name][1]])
def test_a_program_may_say_what_it_is_coded_in(port, name):
    got = harness.get(port, "/coded/gzip/" + name)
    assert (got.headers["content-type"], got.headers["content-encoding"]) == (CODED[name][0], "gzip"), got
    # what it says itself stands
    got = harness.get(port, "/typed/" + name)
    assert (got.headers["content-type"], "content-encoding" in got.headers) == ("application/gzip", False), got


def test_other_codings_are_a_programs_own(port):
    got = harness.get(port, "/coded/br/style.css.br")
    assert (got.headers["content-type"], got.headers["content-encoding"]) == ("text/css; charset=utf-8", "br"), got
    got = harness.get(port, "/s/style.css.br")
    assert (got.headers["content-type"], "content-encoding" in got.headers) == ("application/octet-stream", False), got
    got = harness.get(port, "/coded/gzip/both.html")
    assert got.headers["content-type"] == "text/html; charset=utf-8"


ACCEPT = [("gzip", True), ("GZIP", True), ("x-gzip", True), ("*", True), ("br, *;q=0.5", True), ("br,gzip;q=0.1", True),
          (",gzip,", True), ("gzip;q=0, x-gzip", True), ("", False), ("gzippy", False), ("not-gzip", False),
          ("gzip-ng", False), ("x-gzipped", False), ("gzip;q=0", False), ("gzip;q=0.00", False), ("*;q=0", False),
          ("*, gzip;q=0", False), ("identity", False), ("br", False), ("br;x=gzip", False), ("a,b;gzip", False)]


@pytest.mark.parametrize(("accept", "takes"), ACCEPT)
def test_gzip_goes_to_those_who_take_it(port, accept, takes):
    """RFC 9110 12.5.3."""
    got = harness.get(port, "/s/both.html", [("Accept-Encoding", accept)])
    assert (got.code, got.headers.get("content-encoding")) == (200, "gzip" if takes else None), got
    assert got.headers["vary"] == "Accept-Encoding"
    assert (gzip.decompress(got.body) if takes else got.body) == TEXT


def test_several_lines_are_one_list(port):
    for values, takes in ((("br", "gzip"), True), (("gzippy", "not-gzip"), False), (("*", "gzip;q=0"), False)):
        got = harness.get(port, "/s/both.html", [("Accept-Encoding", value) for value in values])
        assert ("content-encoding" in got.headers) == takes, values


@pytest.mark.parametrize(("value", "code"), [
    ("bytes=0-1", 206), ("bytes=0-" + "9" * 20, 206), ("bytes=-" + "9" * 20, 206), ("bytes=" + "9" * 20 + "-", 416),
    ("bytes=0-" + "9" * 3000, 206), ("bytes=" + "9" * 3000 + "-", 416), ("bytes=0-" + "0" * 3000 + "1", 206),
    ("bytes=1_0-", 200), ("bytes=+1-", 200), ("bytes= 1-2", 200), ("bytes=0x1-", 200),
    ("bytes=1.0-", 200), ("bytes=0-1 ", 206), ("bytes=\u0661-".encode().decode("latin-1"), 200), ("bytes=\xb2-", 200),
])
def test_the_numbers_of_a_range_are_digits(port, value, code):
    got = harness.get(port, "/s/both.html", [("Range", value)])
    assert got.code == code, got
