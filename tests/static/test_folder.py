# app.static: names, types, folders, and what must never be served.
import os

import harness
import pytest
from sites import PAGE, SECRET, program, write


def get(port, target, method="GET", fields=()):
    return harness.get(port, target, fields, method)


def test_a_folder_is_its_index(site):
    for target, body in (
        ("/s/", PAGE),
        ("/s/index.html", PAGE),
        ("/s/docs/", b"<p>docs"),
        ("/s/docs/deep/page.html", b"<p>deep"),
    ):
        got = get(site, target)
        assert (got.code, got.body, got.headers["content-type"]) == (200, body, "text/html; charset=utf-8"), target


def test_a_folder_without_its_slash_redirects_for_good(site):
    for target, location in (
        ("/s", "/s/"),
        ("/s/docs", "/s/docs/"),
        ("/s/docs?a=1&b=/x", "/s/docs/?a=1&b=/x"),
        ("/s/docs/deep", "/s/docs/deep/"),
        ("/s/d%6fcs", "/s/docs/"),
    ):
        for _ in range(2):
            got = get(site, target)
            assert (got.code, got.headers.get("location")) == (308, location), target
            assert "etag" not in got.headers and "last-modified" not in got.headers, got.headers


def test_what_is_not_there_is_404(site):
    for target in (
        "/s/none.html",
        "/s/plain/",
        "/s/docs/deep/",
        "/s/none/",
        "/s/index.html/",
        "/s/index.html/x",
        "/s/docs/none",
        "/s/" + "a" * 300,
        "/s/" + "a/" * 100,
        "/s/INDEX.HTML",
    ):
        for method in ("GET", "HEAD"):
            assert get(site, target, method).code == 404, (target, method)
    assert get(site, "/s/index.html", "POST").code == 405


def test_names_are_decoded_once(site):
    for target, body in (
        ("/s/with%20space.txt", b"space"),
        ("/s/%C3%BCml%C3%A4ut.txt", b"umlaut"),
        ("/s/%69ndex.html", PAGE),
        ("/s/docs%2fdeep%2fpage.html", b"<p>deep"),
    ):
        got = get(site, target)
        assert (got.code, got.body) == (200, body), target
    assert get(site, "/s/%2569ndex.html").code == 404


def test_types_follow_the_suffix(serve, tmp_path):
    types = {
        "html": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "mjs": "text/javascript; charset=utf-8",
        "json": "application/json",
        "svg": "image/svg+xml",
        "png": "image/png",
        "jpg": "image/jpeg",
        "gif": "image/gif",
        "webp": "image/webp",
        "avif": "image/avif",
        "ico": "image/x-icon",
        "woff2": "font/woff2",
        "wasm": "application/wasm",
        "txt": "text/plain; charset=utf-8",
        "xml": "application/xml",
        "pdf": "application/pdf",
        "mp3": "audio/mpeg",
        "mp4": "video/mp4",
        "csv": "text/csv; charset=utf-8",
        "webmanifest": "application/manifest+json",
        "map": "application/json",
        "HTML": "text/html; charset=utf-8",
        "glb": "model/gltf-binary",
        "foo": "text/foo",
        "bin": "application/octet-stream",
    }
    for suffix in types:
        (tmp_path / ("file." + suffix)).write_bytes(b"x")
    (tmp_path / "none").write_bytes(b"x")
    extra = "import tinyweb_static; tinyweb_static.mime_types['foo'] = 'text/foo'"
    port = serve(program(tmp_path, ", mime_types={'glb': 'model/gltf-binary'}", extra), heap=harness.ROOMY).port
    types = {"file." + suffix: want for suffix, want in types.items()}
    types["none"] = "application/octet-stream"
    for name, want in types.items():
        assert get(port, "/s/" + name).headers["content-type"] == want, name


def test_max_age_and_index_can_be_chosen(serve, www):
    port = serve(program(www, ", max_age=60, index='one.txt'"), heap=harness.ROOMY).port
    got = get(port, "/s/")
    assert (got.body, got.headers["cache-control"]) == (b"1", "max-age=60"), got


def test_a_single_page_program_gets_its_page_for_its_own_addresses(serve, www):
    port = serve(program(www, ", fallback='index.html'"), heap=harness.ROOMY).port
    for target in ("/s/settings", "/s/users/42", "/s/users/42/", "/s/plain/"):
        got = get(port, target)
        assert (got.code, got.body) == (200, PAGE), target
    # a file that is missing is missing, and an attack is none of the program's addresses
    for target in ("/s/missing.js", "/s/users/a.png", "/s/../x", "/s/..%2fx", "/s/.hidden", "/s/.git"):
        assert get(port, target).code == 404, target
    assert get(port, "/s/script.js").code == 200


@pytest.mark.parametrize("index", ["", "docs", "/docs/"])
def test_an_index_that_is_no_file_is_404_and_no_redirect_in_a_circle(serve, www, index):
    port = serve(program(www, f", index={index!r}"), heap=harness.ROOMY).port
    for target in ("/s/", "/s/docs/"):
        assert get(port, target).code == 404, target
    assert get(port, "/s").headers["location"] == "/s/"
    assert get(port, "/s/index.html").body == PAGE
    # a single-page program has its page there
    port = serve(program(www, f", index={index!r}, fallback='/index.html'"), heap=harness.ROOMY).port
    assert get(port, "/s/").body == PAGE


def test_a_folder_below_a_url_with_an_escape(serve, www):
    extra = f"app.static('/my%20files/', {str(www)!r})\napp.static('/his files', {str(www)!r})"
    port = serve(program(www, extra=extra), heap=harness.ROOMY).port
    for prefix in ("/my%20files", "/his%20files"):
        assert get(port, prefix + "/docs/").body == b"<p>docs", prefix
        assert get(port, prefix + "/docs").headers["location"] == prefix + "/docs/"
        assert get(port, prefix).headers["location"] == prefix + "/"


def test_the_whole_file_system_may_be_served(serve, www):
    port = serve(program(www, extra="app.static('/all', '/')"), heap=harness.ROOMY).port
    assert get(port, f"/all{www}/docs/index.html").body == b"<p>docs"


def test_folders_at_the_root_and_beside_routes(serve, www):
    port = serve(program(www, extra="app.static('/', {!r})".format(str(www))), heap=harness.ROOMY).port
    assert get(port, "/").body == PAGE
    assert get(port, "/docs/").body == b"<p>docs"
    assert get(port, "/hello").body == b"Hello"
    assert get(port, "/docs").headers["location"] == "/docs/"
    assert get(port, "//docs").code == 404, "a redirect to //docs would leave the site"


def test_a_program_keeps_its_own_fields_and_code(serve, www):
    extra = """
@app.before_request
def mark(req, resp):
    resp.add_header("X-Own", "yes")

@app.errorhandler(404)
async def lost(req, resp, error):
    await resp.send_file({0!r} + "/docs/index.html", max_age=5)

@app.get("/vary", allowed_access_control_origins=("http://a.example",))
async def vary(req, resp):
    resp.add_access_control_headers()
    await resp.send_file({0!r} + "/script.js")
""".format(str(www))
    port = serve(program(www, extra=extra), heap=harness.ROOMY).port
    got = get(port, "/s/index.html")
    assert (got.headers["x-own"], got.body) == ("yes", PAGE), got.headers
    etag = got.headers["etag"]
    got = get(port, "/s/index.html", fields=[("If-None-Match", etag)])
    assert (got.code, got.headers["x-own"]) == (304, "yes"), got
    for fields in ((), [("If-None-Match", "*")], [("Range", "bytes=0-1")]):
        got = get(port, "/s/none", fields=fields)
        assert (got.code, got.body) == (404, b"<p>docs"), got
    for target in "/s//none", "/s/..%2Fnone", "/s/../none":
        assert get(port, target).body == b"<p>docs", target
    # A cache has to know all that the response depends on.
    for _ in range(2):
        assert sorted(get(port, "/vary").all("vary")) == ["Accept-Encoding", "Origin"]


def test_send_file_takes_what_1x_takes(serve, www):
    extra = """
@app.get("/typed")
async def typed(req, resp):
    await resp.send_file({0!r} + "/script.js.gz", content_type="text/x-own", content_encoding="gzip",
                         max_age=100, buf_size=5000)

@app.get("/none")
async def none(req, resp):
    await resp.send_file({0!r} + "/none.html")

@app.get("/folder")
async def folder(req, resp):
    await resp.send_file({0!r})

@app.get("/bad")
async def bad(req, resp):
    try:
        await resp.send_file({0!r} + "/one.txt", content_type="text/x\\r\\nX-Evil: 1")
    except ValueError:
        return "refused"

@app.post("/posted")
async def posted(req, resp):
    await resp.send_file({0!r} + "/one.txt")
""".format(str(www))
    port = serve(program(www, extra=extra), heap=harness.ROOMY).port
    got = get(port, "/typed")
    want = ("text/x-own", "gzip", "max-age=100")
    assert tuple(got.headers[k] for k in ("content-type", "content-encoding", "cache-control")) == want, got.headers
    assert get(port, "/none").code == 404
    assert get(port, "/folder").code == 404
    assert get(port, "/bad").body == b"refused"
    got = get(port, "/posted", "POST", [("If-None-Match", "*"), ("Content-Length", "0")])
    assert (got.code, got.body) == (200, b"1"), got


def test_a_name_ends_at_no_zero_byte(serve, www):
    # MicroPython's file systems would read the name up to it
    extra = """
@app.get("/named/<name>")
async def named(req, resp, name):
    await resp.send_file({0!r} + "/" + name + ".png")

@app.get("/asked")
async def asked(req, resp):
    await resp.send_file({0!r} + "/" + req.query["name"] + ".png")
""".format(str(www))
    port = serve(program(www, extra=extra), heap=harness.ROOMY).port
    for target in ("/named/index.html%00", "/named/index.html%00x", "/asked?name=index.html%00"):
        assert get(port, target).code == 404, target


def test_a_file_that_cannot_be_opened_leaves_nothing_of_itself_behind(serve, www):
    extra = """
from tinyweb.lazy import lazy


@app.get("/caught")
async def caught(req, resp):
    def refuse(*_):
        raise OSError(24)  # EMFILE

    lazy.prepared.open = refuse
    try:
        await resp.send_file({!r} + "/index.html")
    except OSError:
        return "later"
    finally:
        del lazy.prepared.open
""".format(str(www))
    port = serve(program(www, extra=extra), heap=harness.ROOMY).port
    for fields in (), [("Range", "bytes=0-3")]:
        got = get(port, "/caught", fields=fields)
        assert (got.code, got.body) == (200, b"later"), got
        assert [name for name, _ in got.fields] == ["content-type", "content-length"], got.fields
    assert get(port, "/one").body == PAGE


NEVER = [
    "/s/../secret.txt",
    "/s/docs/../../secret.txt",
    "/s/..%2fsecret.txt",
    "/s/%2e%2e/secret.txt",
    "/s/%2e%2e%2fsecret.txt",
    "/s/%252e%252e/secret.txt",
    "/s/%252e%252e%252fsecret.txt",
    "/s/..%5csecret.txt",
    "/s/..\\secret.txt",
    "/s/%5c..%5csecret.txt",
    "/s/docs%5c..%5c..%5csecret.txt",
    "/s//secret.txt",
    "/s///etc/passwd",
    "/s/%2fetc%2fpasswd",
    "/s//etc/passwd",
    "/s/./index.html",
    "/s/docs//index.html",
    "/s/.hidden",
    "/s/%2ehidden",
    "/s/docs/.git/config",
    "/s/docs/%2egit/config",
    "/s/index.html%00",
    "/s/index.html%00.txt",
    "/s/%00",
    "/s/../www/index.html",
    "/s/..",
    "/s/.",
    "/s/...",
    "/s/docs/..",
    "/s/docs/../index.html",
    "/s/..;/secret.txt",
    "/s/%c0%ae%c0%ae/secret.txt",
    "/s/%c0%af..%c0%afsecret.txt",
    "/s/%uff0e%uff0e/secret.txt",
    "/s/..%00/secret.txt",
    "/s/back%5cslash.txt",
    "/s/link.txt",
    "/s/linked/secret.txt",
    "/s/linked/",
    "/s/%ff%fe",
    "/s/con%0d%0aX-Evil:1",
    "/s/" + "../" * 40 + "etc/passwd",
    "/s/" + "%2e%2e%2f" * 40 + "etc/passwd",
    "/s/" + "a" * 900,
    "/s/" + "%61" * 100,
    "/s/file:///etc/passwd",
    "/s/C:%5cwindows",
]


@pytest.mark.parametrize("target", NEVER)
def test_nothing_outside_the_folder_is_ever_served(site, target):
    for method in ("GET", "HEAD"):
        got = get(site, target.encode("latin-1"), method)
        assert got.code in (400, 404), (target, got.code)
        assert SECRET not in got.body and b"root:" not in got.body and b"X-Evil" not in got.body, got.body


@pytest.fixture
def linked(serve, tmp_path):
    """A folder that is reached through a link, with links in it. Gives (folder, port)."""
    write(tmp_path / "secret.txt", SECRET)
    write(tmp_path / "outside" / "index.html", SECRET)
    www = tmp_path / "real"
    for name in ("index.html", "style.css", "docs/index.html", "swap.txt", "sub/plain.txt"):
        write(www / name, PAGE)
    for name, target in (
        ("inside.html", "index.html"),
        ("also", "docs"),
        ("loop", "loop"),
        ("lost", "nothing"),
        ("style.css.gz", "../secret.txt"),
        ("sub/index.html", "../../outside/index.html"),
        ("out", "../outside"),
        ("absolute", str(tmp_path / "secret.txt")),
    ):
        (www / name).symlink_to(target)
    (tmp_path / "www").symlink_to("real")
    return www, serve(program(tmp_path / "www"), heap=harness.ROOMY).port


def test_links_are_followed_within_the_folder_only(linked, interpreter):
    www, port = linked
    assert get(port, "/s/").body == PAGE, "the folder itself may be a link: the program has named it"
    for target in ("/s/loop", "/s/lost", "/s/sub/", "/s/out", "/s/out/", "/s/out/index.html", "/s/absolute"):
        got = get(port, target)
        assert got.code == 404 and SECRET not in got.body, (target, got)
    # MicroPython cannot say where a link leads
    for target, code in (("/s/inside.html", 200), ("/s/also/", 200), ("/s/also", 308)):
        assert get(port, target).code == (code if interpreter == "cpython" else 404), target
    got = get(port, "/s/style.css", fields=[("Accept-Encoding", "gzip")])
    assert (got.body, "content-encoding" in got.headers) == (PAGE, False), got


def test_a_file_that_becomes_a_link_is_looked_at_again(linked):
    www, port = linked
    assert get(port, "/s/swap.txt").body == PAGE
    (www / "swap.txt").unlink()
    (www / "swap.txt").symlink_to("../secret.txt")
    got = get(port, "/s/swap.txt")
    assert got.code == 404, got


def test_what_is_no_file_is_not_opened(serve, tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "zero.bin").symlink_to("/dev/zero")
    (tmp_path / "name.txt").mkdir()
    port = serve(program(tmp_path), heap=harness.ROOMY).port
    for target, code in (("/s/pipe.txt", 404), ("/s/zero.bin", 404), ("/s/name.txt", 308)):
        for method in ("GET", "HEAD"):
            assert get(port, target, method).code == code, target
