# What a client may put into one field, path, query or body: many tiny parts are refused, or cost nothing. Each of these
# took hundreds of objects, which a board's heap has no place for.
import harness
import pytest

PROGRAM = """
import tinyweb

app = tinyweb.webserver(max_concurrency=3)


@app.get("/")
def hello(req, resp):
    return "Hello"


@app.get("/cookies")
def cookies(req, resp):
    return str(len(req.cookies))


@app.get("/query")
def query(req, resp):
    return str(len(req.query))


@app.get("/list")
def query_list(req, resp):
    return str(len(req.query_list("a")))


@app.route("/form", methods=["POST"])
async def form(req, resp):
    return str(len(await req.read_parse_form_data()))


@app.get("/p/<path:rest>")
def path(req, resp, rest):
    return str(len(rest))


@app.get("/a/<x>/<int:n>")
def two(req, resp, x, n):
    return x


{more}
app.run(HOST, PORT)
"""
REST = """
@app.resource("/rest")
def rest(data):
    return len(data)


@app.resource("/rest", method="POST")
def posted(data):
    return len(data)


with open("file.txt", "w") as f:
    f.write("text" * 50)
app.static("/s", ".")
"""


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(PROGRAM.format(more=""), compiled=True, heap="192k")


@pytest.fixture(scope="module")
def extended(serve_module):
    return serve_module(PROGRAM.format(more=REST), compiled=True, heap="192k")


def check(server, request, codes):
    """Each of a few such requests gets one of these codes, on a connection of its own, and memory never runs out."""
    before = len(server.output())
    for _ in range(3):
        with harness.Client(server.port) as c:
            got = c.request(request)
            assert got.code in codes, (request[:60], got)
    assert "out of memory" not in server.output()[before:], server.output()
    assert harness.get(server.port).body == b"Hello"
    return got


def field(name, value, target="/", method="GET", body=b""):
    return harness.message(target, [(name, value)], method, body)


LONG = 3900
REFUSED = (400, 414, 431)


@pytest.mark.parametrize(("name", "codes"), [
    ("Connection", REFUSED), ("Transfer-Encoding", REFUSED), ("Expect", (*REFUSED, 417)), ("Content-Length", (*REFUSED,
                                                                                                           413)),
    ("Cookie", (200,)), ("Accept-Encoding", (200,)), ("Accept", (200,)), ("Content-Type", (200,)), ("X", (200,)),
])
@pytest.mark.parametrize("value", ["," * LONG, "a," * (LONG // 2), ";" * LONG, "a; " * (LONG // 3), " ," * (LONG // 2),
                                   "a=1," * (LONG // 4), "a" * LONG], ids=lambda v: v[:4])
def test_a_field_of_many_parts(server, name, codes, value):
    check(server, field(name, value), codes)


@pytest.mark.parametrize("value", [",,,,", ",", ",,chunked,chunked", "chunked" + ",chunked" * 100])
def test_a_transfer_encoding_of_nothing(server, value):
    check(server, field("Transfer-Encoding", value, "/form", "POST"), (400,))


@pytest.mark.parametrize("value", ["," * 20 + "keep-alive", "x,,y, ,\t,keep-alive,", "Keep-Alive, Upgrade"])
def test_empty_elements_are_legal(server, value):
    """RFC 9110 5.6.1.2."""
    with harness.Client(server.port) as c:
        for _ in range(2):
            assert c.request(field("Connection", value)).code == 200
        assert c.request(field("Connection", ", ,close," + value)).headers["connection"] == "close"
        assert c.closed()


def test_an_empty_element_beside_chunked_is_legal(server):
    for value in (",chunked", "chunked,,", " , ,chunked"):
        got = harness.get(server.port, "/form", [("Transfer-Encoding", value), (
            "Content-Type", "application/x-www-form-urlencoded")], "POST", harness.chunked(b"a=1&b=2"))
        assert (got.code, got.body) == (200, b"2"), got


@pytest.mark.parametrize("path", ["/" * 1000, "/a" * 490, "//" * 400 + "a", "/p" + "/" * 990, "/p" + "/a" * 490,
                                  "/%2F" * 240,
                                  "/a/" + "/" * 900, "/" + "%41" * 330, "/p/" + "%41" * 330, "/p/" + "%" * 990,
                                  "/p/" + "%4" * 490, "/p/" + "%2f" * 330, "/.." * 330, "/;" * 480, "/p/" + "," * 990,
                                  "/a/" + "x/" * 480, "/" + "<" * 900], ids=lambda p: p[:7])
def test_a_path_of_many_parts(server, path):
    check(server, harness.message(path), (200, 400, 404, 414))


@pytest.mark.parametrize("line", ["GET" + " " * 1000 + "/ HTTP/1.1", "GET / HTTP/1.1" + " x" * 500, "a " * 500,
                                  "GET / " + "/ " * 500 + "HTTP/1.1"])
def test_a_request_line_of_many_parts(server, line):
    check(server, line.encode() + b"\r\nHost: a\r\n\r\n", (400, 414))


@pytest.mark.parametrize("host", ["a" * 3000, ":" * 3000, "[" * 3000, "a." * 1500, "]:" * 1500])
def test_a_host_of_many_parts(server, host):
    check(server, harness.message("/", [("Host", host)]), (400,))


@pytest.mark.parametrize(("n", "code"), [(1, 200), (50, 200), (64, 200), (65, 400), (400, 400)])
def test_cookies(server, n, code):
    text = "; ".join("a%d=%d" % (i, i) for i in range(n))
    got = check(server, field("Cookie", text, "/cookies"), (code,))
    assert code != 200 or got.text == str(n)
    assert code != 400 or "cookies" in got.text
    check(server, field("Cookie", text, "/"), (200,))


PAIRS = ["a%d=%d", "a%d", "%d=", "=%d", "%%41%d=%%42"]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize(("target", "n"), [("/query", 64), ("/query", 65), ("/query", 150), ("/form", 64),
                                           ("/form", 65), ("/form", 110)])
def test_pairs(server, target, n, pair):
    text = "&".join(pair % ((i,) * (pair.count("%d"))) for i in range(n))[:1000]
    if len(text.split("&")) < n:
        n = len(text.split("&"))
    fits = n <= 64
    if target == "/query":
        got = check(server, harness.message("/query?" + text), (200 if fits else 400,))
        check(server, harness.message("/?" + text), (200,))
    else:
        request = field("Content-Type", "application/x-www-form-urlencoded", "/form", "POST", text.encode())
        got = check(server, request, (200 if fits else 400,))
    if fits:
        assert got.text == str(1 if pair == "=%d" else n), got


@pytest.mark.parametrize("text", ["&" * 990, "=" * 990, "a&" * 480, "%41" * 320, "a=1&" * 240, "+" * 990, "%" * 990,
                                  "=&" * 490, "a=%41&" * 160], ids=lambda t: t[:6])
def test_queries_and_forms_of_many_parts(server, text):
    for target in ("/query", "/list"):
        check(server, harness.message(target + "?" + text), (200, 400))
    kind = "application/x-www-form-urlencoded"
    check(server, field("Content-Type", kind, "/form", "POST", text.encode()), (200, 400))


def test_resources_are_bounded_too(extended):
    form = "application/x-www-form-urlencoded"
    for n, code in ((64, 200), (65, 400)):
        text = "&".join("a%d=" % i for i in range(n))
        for request in (harness.message("/rest?" + text), field("Content-Type", form, "/rest", "POST", text.encode())):
            got = check(extended, request, (code,))
            assert got.headers["content-type"] == "application/json"
            assert got.text == "64" if code == 200 else '"message"' in got.text, got


@pytest.mark.parametrize("name", ["Accept-Encoding", "If-None-Match", "If-Match", "Range", "If-Range",
                                  "If-Modified-Since", "If-Unmodified-Since"])
@pytest.mark.parametrize("value", ["," * LONG, "a," * (LONG // 2), " a" * (LONG // 2), "bytes=" + "1" * LONG + "-",
                                   "bytes=0-" + "9" * LONG, "bytes=-" + "9" * LONG, "bytes=" + "0-1," * (LONG // 4),
                                   'W/"a",' * (LONG // 6)], ids=lambda v: v[:9].strip())
def test_a_file_that_is_asked_for_with_many_parts(extended, name, value):
    check(extended, field(name, value, "/s/file.txt"), (200, 206, 304, 412, 416))


HEAP = """
import gc
import tinyweb
from tinyweb import body, http, registration, urlencoding
from tinyweb.router import Route, Router
import tinyweb_static_dates as dates
import tinyweb_static
import tinyweb_static_coding as coding

router = Router()
for url in "/", "/a", "/p/<path:rest>", "/a/<x>/<int:n>":
    registration.enter(router, url, Route((b"GET",), None, (), 1024, "*", "*", None))


def head(raw):
    return http.parse_head(raw, 1024, 64)


START = b"GET / HTTP/1.1\\r\\nHost: a\\r\\n"
typed = http.Head()
typed.raw = START + b"Content-Type: " + b";" * 1000 + b"\\r\\n\\r\\n"
CALLS = [
    (router.find, b"/" * 1000, b"GET"), (router.find, b"/p" + b"/a" * 490, b"GET"),
    (router.find, b"/%2F" * 240, b"GET"), (head, b"GET /" + b" /" * 480 + b" HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    (head, START + b"Connection: " + b"," * 500 + b"\\r\\n\\r\\n"),
    (head, START + b"Connection: " + b"," * 4000 + b"\\r\\n\\r\\n"),
    (head, START + b"Transfer-Encoding: " + b"a," * 240 + b"\\r\\n\\r\\n"),
    (urlencoding.unquote, b"%41" * 330), (urlencoding.unquote, b"%" * 990), (urlencoding.normal, b"%41" * 330),
    (urlencoding.normal, b"%2F" * 330), (coding.accepts_gzip, b"," * 2000), (tinyweb_static._is_hidden, "~" * 990),
    (dates.order, b" a" * 990),
    (body.kind, typed),
]
hold = []


def call(f, *args):
    try:
        f(*args)
    except tinyweb.HTTPException:
        pass
    except MemoryError as e:
        print(f, str(args[0])[:12], e)
    if f == body.kind:
        typed.media_type = None


# the first time what is used is loaded
for _ in range(2):
    for f, *args in CALLS:
        gc.collect()
        call(f, *args)
    gc.collect()
    while gc.mem_free() > 10000:
        hold.append(bytearray(500))
print("done")
"""


def test_what_is_split_finds_a_place_in_ten_kilobytes():
    # a list of 1,000 places alone is 8,000 bytes, without what stands there
    with harness.launch(HEAP, heap="150k") as program:
        assert program.wait_end() == 0, program.output()
        assert program.output() == "done\n", program.output()
