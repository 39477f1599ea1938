# Validators, 304, ranges: RFC 9110 13 and 14.
import gzip
import os

import harness
import pytest
from sites import BIG, DATE, PAGE, SCRIPT, TIME, program, write


def get(port, target="/s/index.html", method="GET", **fields):
    return harness.get(port, target, [(k.replace("_", "-"), v) for k, v in fields.items()], method)


def test_a_file_comes_with_all_that_a_cache_wants_to_know(site):
    got = get(site)
    assert (got.code, got.body) == (200, PAGE), got
    assert got.headers["content-type"] == "text/html; charset=utf-8", got.headers
    assert got.headers["content-length"] == str(len(PAGE)), got.headers
    assert got.headers["last-modified"] == DATE, got.headers
    assert got.headers["cache-control"] == "max-age=0", got.headers
    etag = got.headers["etag"]
    assert etag[0] == etag[-1] == '"' and len(etag) > 6, etag
    assert get(site, "/one").headers["cache-control"] == "max-age=2592000"


@pytest.mark.parametrize("target", ["/s/index.html", "/one"])
def test_what_the_client_has_is_not_sent_again(site, target):
    first = get(site, target)
    etag = first.headers["etag"]
    for value in (etag, "W/" + etag, '"x", {}, "y"'.format(etag), "*"):
        got = get(site, target, If_None_Match=value)
        assert (got.code, got.body) == (304, b""), (value, got)
        assert got.headers["etag"] == etag and "cache-control" in got.headers, got.headers
        assert "content-length" not in got.headers and "content-type" not in got.headers, got.headers
    for value in ('"other"', etag[:-2] + '"', ""):
        assert get(site, target, If_None_Match=value).code == 200, value


@pytest.mark.parametrize("options, extra", [
    ("access_log=print", ""),
    ("", "app.after_request(lambda req, resp: None)"),
    ("allowed_hosts=('localhost',)", ""),
])
def test_what_is_remembered_is_answered_once_whatever_is_hooked(serve, www, options, extra):
    port = serve(program(www, options=options, extra=extra), heap=harness.ROOMY).port
    with harness.Client(port) as c:
        for method, fields, code in (("GET", [("If-None-Match", "*")], 304), ("HEAD", [], 200), ("GET", [], 200)):
            request = harness.message("/s/index.html", fields, method)
            c.send(request * 3 + harness.message("/hello"))
            assert [c.answer(method).code for _ in range(3)] == [code] * 3, method
            assert c.answer().body == b"Hello", method


def test_dates_are_compared_where_there_is_no_etag(site):
    for value, code in (
        (DATE, 304),
        ("Wed, 15 Nov 2023 00:00:00 GMT", 304),
        ("Sat, 14 Dec 2024 22:13:20 GMT", 304),
        ("Tue, 14 Nov 2023 22:13:19 GMT", 200),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 200),
        ("yesterday", 200),
        ("Sun Nov  6 08:49:37 1994", 200),
        ("", 200),
    ):
        assert get(site, If_Modified_Since=value).code == code, value
    # the ETag decides where both are sent
    assert get(site, If_None_Match='"other"', If_Modified_Since=DATE).code == 200


def test_a_changed_file_is_sent_again(serve, www):
    path = www / "changing.html"
    write(path, b"<p>first")
    port = serve(program(www), heap=harness.ROOMY).port
    first = get(port, "/s/changing.html")
    for data in (b"<p>second, longer", b"<p>third, larger."):
        path.write_bytes(data)
        got = get(port, "/s/changing.html", If_None_Match=first.headers["etag"])
        assert (got.code, got.body) == (200, data), got
        assert get(port, "/s/changing.html", If_None_Match=got.headers["etag"]).code == 304
    # the same bytes of a head, again and again: what was remembered of it must not outlive the file
    with harness.Client(port) as c:
        request = harness.message("/s/changing.html")
        assert c.request(request).body == data
        # of the same length, at another time
        path.write_bytes(data.upper())
        os.utime(path, (TIME, TIME))
        etag = c.request(request).headers["etag"]
        os.utime(path, (TIME + 1, TIME + 1))
        assert c.request(request).headers["etag"] != etag
        path.write_bytes(b"<p>fourth, of another length")
        assert c.request(request).body == b"<p>fourth, of another length"
        path.unlink()
        assert c.request(request).code == 404
        path.write_bytes(b"<p>back")
        assert c.request(request).body == b"<p>back"


@pytest.mark.parametrize(
    "value, first, last",
    [
        ("bytes=0-0", 0, 0),
        ("bytes=1-3", 1, 3),
        ("bytes=1000-", 1000, len(BIG) - 1),
        ("bytes=-1", len(BIG) - 1, len(BIG) - 1),
        ("bytes=-5000", len(BIG) - 5000, len(BIG) - 1),
        ("bytes=0-999999999", 0, len(BIG) - 1),
        ("bytes=-999999999", 0, len(BIG) - 1),
        ("Bytes=7-8", 7, 8),
        ("bytes=4095-8200", 4095, 8200),
        ("bytes=5-" + "9" * 300, 5, len(BIG) - 1),
        ("bytes=-" + "9" * 300, 0, len(BIG) - 1),
    ],
)
def test_a_range_is_sent_alone(site, value, first, last):
    got = get(site, "/s/big.bin", Range=value)
    assert got.code == 206, got.code
    assert got.headers["content-range"] == "bytes {}-{}/{}".format(first, last, len(BIG)), got.headers
    assert got.headers["content-length"] == str(last - first + 1), got.headers
    assert got.body == BIG[first : last + 1], len(got.body)


@pytest.mark.parametrize(
    "value",
    [
        "bytes=0-1,4-5",
        "bytes=5-1",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "items=0-1",
        "bytes 0-1",
        "bytes=0-1x",
        "bytes=--1",
        "bytes=+1-2",
        "bytes=1",
        "",
    ],
)
def test_a_range_that_means_nothing_or_several_gives_the_whole(site, value):
    got = get(site, "/s/big.bin", Range=value)
    assert (got.code, got.body == BIG) == (200, True), (value, got.code)


@pytest.mark.parametrize(
    "target, value, size",
    [
        ("/s/big.bin", "bytes=204800-", len(BIG)),
        ("/s/big.bin", "bytes=-0", len(BIG)),
        ("/s/big.bin", "bytes=" + "9" * 300 + "-", len(BIG)),
        ("/s/empty.txt", "bytes=0-", 0),
        ("/s/one.txt", "bytes=1-1", 1),
    ],
)
def test_a_range_that_is_not_in_the_file_is_416(site, target, value, size):
    got = get(site, target, Range=value)
    assert (got.code, got.headers.get("content-range")) == (416, "bytes */{}".format(size)), got


def test_a_range_holds_only_if_the_file_is_still_the_same(site):
    etag = get(site, "/s/big.bin").headers["etag"]
    for value, code in (
        (etag, 206),
        (DATE, 206),
        ('"other"', 200),
        ("W/" + etag, 200),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 200),
    ):
        assert get(site, "/s/big.bin", Range="bytes=0-1", If_Range=value).code == code, value
    # as of a coding that this client does not get
    assert get(site, "/s/script.js", Range="bytes=0-1", If_Range=etag).code == 200
    # what is not modified has no range
    assert get(site, "/s/big.bin", Range="bytes=0-1", If_None_Match=etag).code == 304


def test_head_says_what_get_would_send(site):
    for target in ("/s/index.html", "/s/big.bin", "/s/", "/one", "/s/empty.txt"):
        want, got = get(site, target), get(site, target, "HEAD")
        assert (got.code, got.fields, got.body) == (want.code, want.fields, b""), target
    # a Range is for GET alone (RFC 9110 14.2)
    assert get(site, "/s/big.bin", "HEAD", Range="bytes=0-1").code == 200
    got = get(site, "/s/index.html", "HEAD", If_None_Match="*")
    assert got.code == 304, got


def test_gzip_is_sent_to_those_who_take_it(site):
    plain = get(site, "/s/script.js")
    assert (plain.body, plain.headers.get("content-encoding")) == (SCRIPT, None), plain.headers
    assert plain.headers["vary"] == "Accept-Encoding", plain.headers
    for value, taken in (
        ("gzip", True),
        ("deflate, gzip;q=0.5", True),
        ("gzip , br", True),
        ("br, gzip; q=1.0", True),
        ("gzip;q=0.001", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, deflate", False),
        ("gzip;Q=0", False),
        ("gzip\t;\tq=0", False),
        ("gzip;q=0 , br", False),
        ("br", False),
        ("identity", False),
        ("", False),
    ):
        got = get(site, "/s/script.js", Accept_Encoding=value)
        assert (got.headers.get("content-encoding") == "gzip") == taken, value
        assert got.headers["vary"] == "Accept-Encoding", got.headers
        assert got.headers["content-type"] == "text/javascript; charset=utf-8", got.headers
        body = gzip.decompress(got.body) if taken else got.body
        assert body == SCRIPT, value
        if taken:
            assert got.headers["etag"] != plain.headers["etag"], "two codings of a file need two strong ETags"
            assert get(site, "/s/script.js", Accept_Encoding=value, If_None_Match=got.headers["etag"]).code == 304
            assert get(site, "/s/script.js", If_None_Match=got.headers["etag"]).code == 200


def test_a_folder_may_hold_the_gzip_alone(site):
    for fields in ({}, {"Accept_Encoding": "gzip"}):
        got = get(site, "/s/packed.css", **fields)
        assert got.headers["content-encoding"] == "gzip", got.headers
        assert got.headers["content-type"] == "text/css; charset=utf-8", got.headers
        assert gzip.decompress(got.body).startswith(b"body"), got.body


def test_the_etag_of_a_gzip_file_follows_its_content(serve, www):
    port = serve(program(www), heap=harness.ROOMY).port
    tags = set()
    for text in (b"a" * 50, b"b" * 50):
        write(www / "same.js.gz", gzip.compress(text, mtime=0))
        tags.add(get(port, "/s/same.js?" + text[:1].decode()).headers["etag"])
    assert len(tags) == 2, "the same size and time, and another content: {}".format(tags)


def test_a_range_of_a_gzip_file_is_of_its_bytes(site, www):
    packed = (www / "script.js.gz").read_bytes()
    etag = get(site, "/s/script.js", Accept_Encoding="gzip").headers["etag"]
    for fields in ({}, {"If_Range": etag}):
        got = get(site, "/s/script.js", Accept_Encoding="gzip", Range="bytes=3-9", **fields)
        assert (got.code, got.body, got.headers["content-encoding"]) == (206, packed[3:10], "gzip"), got
        assert got.headers["content-range"] == "bytes 3-9/%d" % len(packed), got.headers
        assert got.headers["vary"] == "Accept-Encoding", got.headers


def test_a_condition_that_fails_is_412_and_comes_before_the_others(site):
    etag = get(site).headers["etag"]
    for fields, code in (
        ({"If_Match": etag}, 200),
        ({"If_Match": '"a", ' + etag}, 200),
        ({"If_Match": "*"}, 200),
        ({"If_Match": '"other"'}, 412),
        ({"If_Match": "W/" + etag}, 412),
        ({"If_Match": '"other"', "If_None_Match": etag}, 412),
        ({"If_Match": etag, "If_None_Match": etag}, 304),
        ({"If_Unmodified_Since": DATE}, 200),
        ({"If_Unmodified_Since": "Tue, 14 Nov 2023 22:13:19 GMT"}, 412),
        ({"If_Unmodified_Since": "Sun, 06 Nov 1994 08:49:37 GMT", "If_Match": etag}, 200),
        ({"If_Unmodified_Since": "last week"}, 200),
        ({"If_Match": '"other"', "Range": "bytes=0-1"}, 412),
    ):
        for method in ("GET", "HEAD"):
            assert get(site, method=method, **fields).code == code, (method, fields)
