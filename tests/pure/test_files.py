# Pure functions on files: types, names that are never served, what a client accepts.
import mimetypes

import hypothesis
import pytest
import tinyweb_static
import tinyweb_static_types as types
from hypothesis import strategies as st
from tinyweb_static_coding import accepts_gzip

OCTETS = b"application/octet-stream"
TEXT = "; charset=utf-8"
SUFFIXES = [s for entry in b"".join(types.TYPES).decode().split("|")[1:] for s in entry.split()[1:]]


def test_each_suffix_stands_once():
    assert len(SUFFIXES) == len(set(SUFFIXES)) > 60, SUFFIXES


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_type_is_the_one_that_others_know(suffix):
    # those that the library says otherwise, or does not know everywhere
    ours = {"js": "text/javascript", "mjs": "text/javascript", "cjs": "text/javascript", "xml": "application/xml",
            "ico": "image/x-icon", "wav": "audio/wav", "md": "text/markdown", "flac": "audio/flac",
            "aac": "audio/aac", "bmp": "image/bmp", "apng": "image/apng"}
    media = types.describe("x." + suffix)[0].decode()
    assert media.endswith(TEXT) == media.startswith("text/"), media
    media = media.replace(TEXT, "")
    known = mimetypes.guess_type("x." + suffix)[0]
    # a text that a browser would store is shown
    assert media in (known, ours.get(suffix), "text/plain") or suffix in (
        "map", "cur", "jpe", "jfif", "webmanifest", "xsd", "rss", "atom", "xht", "shtml", "weba", "oga", "m4a", "m4v",
        "woff", "woff2", "ttf", "otf", "ogv", "xsl", "avif", "webp", "opus"), (media, known)


@pytest.mark.parametrize(("name", "encoding", "want"), [
    ("x.html", None, ("text/html; charset=utf-8", None)), ("X.HTM", None, ("text/html; charset=utf-8", None)),
    ("a.b/x.Jpeg", None, ("image/jpeg", None)), ("/x.tar.css", None, ("text/css; charset=utf-8", None)),
    # coded: the type of what it holds
    ("x.html.gz", "gzip", ("text/html; charset=utf-8", "gzip")),
    ("X.HTML.GZ", "gzip", ("text/html; charset=utf-8", "gzip")), ("x.css.br", "br", ("text/css; charset=utf-8", "br")),
    ("x.html", "gzip", ("text/html; charset=utf-8", "gzip")), ("x.html.js", "gzip", ("text/javascript; charset=utf-8",
                                                                                    "gzip")),
    ("x.html.gz", None, ("text/html; charset=utf-8", "gzip")), ("d/X.Js.Gz", None, ("text/javascript; charset=utf-8",
                                                                                   "gzip")),
    ("x.svgz", None, ("image/svg+xml", "gzip")), ("x.SVGZ", "gzip", ("image/svg+xml", "gzip")),
    # nothing that a browser shows
    ("x.tar.gz", None, (OCTETS.decode(), None)), ("x.gz", None, (OCTETS.decode(), None)), (".gz", None, (
        OCTETS.decode(), None)),
    ("x.bin", "gzip", (OCTETS.decode(), "gzip")), ("x", "gzip", (OCTETS.decode(), "gzip")), ("x.html.bin", None, (
        OCTETS.decode(), None)),
    # no suffix
    ("html", None, (OCTETS.decode(), None)), ("x.", None, (OCTETS.decode(), None)), ("", None, (OCTETS.decode(), None)),
    ("x.d/html", None, (OCTETS.decode(), None)), ("x.jpg jpeg", None, (OCTETS.decode(), None)),
    ("x.|text", None, (OCTETS.decode(), None)), ("x.\u00e4", None, (OCTETS.decode(), None)),
])
def test_a_type_follows_the_name(name, encoding, want):
    media, coding = types.describe(name, encoding)
    assert (media.decode(), coding) == want


def test_a_type_that_is_given_stands():
    assert types.describe("x.html.gz", None, "application/gzip") == (b"application/gzip", None)
    assert types.describe("x.html.gz", "gzip", "text/x") == (b"text/x", "gzip")


def test_types_of_a_program_go_first():
    own = {"gz": "application/gzip", "md": "text/plain"}
    assert types.describe("x.html.gz", more=own) == (b"application/gzip", None)
    assert types.describe("x.md", more=own) == (b"text/plain", None)


def test_a_type_that_a_call_names_goes_before_the_programs_own():
    headers = {"content-TYPE": "text/own", "X-Other": "1"}
    assert types.describe("x.html", None, "text/x", {}, headers) == (b"text/x", None)
    assert headers == {"X-Other": "1"}


def test_the_commonest_types_are_those_of_the_table():
    entries = tinyweb_static._TYPES.decode().strip("|").split("|")
    assert len(entries) > 5
    for entry in entries:
        suffix, media = entry.split(":")
        assert types.describe("x" + suffix) == (media.encode(), None)


@pytest.mark.parametrize("path", [
    "..", "../x", "x/../y", ".hidden", "docs/.git/config", ".", "x/.", "./x", "/x", "x//y", "x//", "/", "//", "a\\b",
    "x\0", "x\0.txt", "x\n", "x\x1f/y",
    # names that FAT makes others of
    "x.", "x ", "x..", "x. ", "docs./x", "docs /x", "docs. . /x/", "index.html.", "index.html ", "docs./", "docs /",
    # its short names
    "~1.GIT/config", "~1.GIT", "ENV~1.TXT", "x/ENV~1.TXT", "env~12.txt", "ENV~9", "A~1/", "LONGNA~1.HTM", "~1", "a~1b",
    "EN1A2B~1.TXT", "EN~8C2F.TXT", "EN~C2F1.TXT", "~ABCD.GIT/x", "~abcd", "a~b/c~2", "~~1", "a~~F00D.x",
])
def test_a_name_that_is_never_served(path):
    assert tinyweb_static._is_hidden(path) is True


@pytest.mark.parametrize("path", [
    "", "x", "x/", "docs/deep/page.html", "a b/c d.txt", "a..b", "x.y.z", " x", "x/ y", "\u00fc\u00e4", "~", "~user/x",
    "x~", "x~.txt", "a~b.txt", "main.c~", "a~face-book.html", "a~b~c", "x.~y", "~ab", "a/~/b", "a~feedback",
])
def test_a_name_that_is_served(path):
    assert tinyweb_static._is_hidden(path) is False


@pytest.mark.parametrize(("accept", "want"), [
    ("gzip", True), ("GZip", True), ("x-gzip", True), ("X-GZIP;q=0.5", True), ("deflate, gzip", True),
    ("br,gzip", True),
    ("gzip;q=1.0", True), ("gzip ; q=0.001", True), ("gzip;Q=0.5", True), ("*", True), ("*;q=0.1", True),
    ("br;q=1, *;q=0.5", True), ("identity, gzip", True), (",,gzip,,", True), (" gzip\t", True),
    ("gzip;q=0, x-gzip", True),
    ("*;q=0, gzip", True), ("gzip, *;q=0", True), ("deflate, gzip;q=1.0, *;q=0.5", True),
    ("", False), ("identity", False), ("gzippy", False), ("not-gzip", False), ("gzip-not", False), ("xgzip", False),
    ("gzip x", False), ("x gzip", False), ("x-gzip2", False), ("br, gzippy;q=1", False), ("x;gzip", False),
    ("br;v=gzip", False), ("gzip;q=0", False), ("gzip;q=0.000", False), ("gzip; q=0", False), ("GZIP;Q=0.0", False),
    ("gzip;q=0;x=1", False), ("*;q=0", False), ("gzip;q=0, *", False), ("*, gzip;q=0", False), ("identity;q=1, *;q=0",
                                                                                               False),
    ("**", False), ("*gzip", False), ("gzip*", False), ("\"gzip\"", False), (";gzip", False), ("br;q=0.9", False),
    ("," * 4000, False), ("a," * 2000, False), ("a," * 2000 + "gzip", True), ("gzip;" * 800, True),
])
def test_what_an_accept_encoding_takes(accept, want):
    assert bool(accepts_gzip(accept.encode())) == want


CODINGS = st.sampled_from(["gzip", "x-gzip", "GZIP", "*", "br", "identity", "gzippy", "not-gzip", "deflate", ""])
WEIGHTS = st.sampled_from(["", ";q=0", ";q=0.0", "; q=0.5", " ;q=1", ";Q=0", ";q=1.000"])


@hypothesis.given(st.lists(st.tuples(CODINGS, WEIGHTS, st.sampled_from([",", ", ", " ,\t"])), max_size=6))
def test_codings_are_read_as_a_slow_reader_reads_them(items):
    text = "".join(name + weight + comma for name, weight, comma in items)
    takes = {}
    for name, weight, _ in items:
        ok = float(weight.lower().partition("q=")[2] or 1) > 0
        name = "gzip" if name.lower() == "x-gzip" else name.lower()
        takes[name] = ok or name == "gzip" and takes.get(name, False)
    assert bool(accepts_gzip(text.encode())) == takes.get("gzip", takes.get("*", False)), text
