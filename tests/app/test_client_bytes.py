# Bytes that are no text, wherever a client may put them, and numbers that only look like numbers: never a 500.
import harness
import pytest

PROGRAM = """
import tinyweb

app = tinyweb.webserver(max_concurrency=3{options})
ORIGINS = ("http://good", "http://\u00fc")


@app.get("/")
def hello(req, resp):
    return "Hello"


@app.route("/cors", methods=["GET", "POST"], allowed_access_control_origins=ORIGINS)
def cors(req, resp):
    resp.add_access_control_headers()
    return "cors"


@app.resource("/rest/<x>", allowed_access_control_origins=ORIGINS)
def rest(data, x):
    return data


@app.route("/all", methods=["GET", "POST"], save_headers=["Cookie", "X", "Origin", "Content-Type"])
async def all_of_it(req, resp):
    seen = [req.headers, req.header("x"), req.host, req.peer, req.version, req.path, req.query_string, req.route]
    return str(len(seen)) + str(len(req.cookies)) + str(len(req.query)) + str(await req.read_parse_form_data())


@app.get("/length/<int:n>")
async def length(req, resp, n):
    resp.headers["Content-Length"] = LENGTHS[n]
    await resp.send("12345")


@app.get("/returned/<int:n>")
def returned(req, resp, n):
    resp.add_header("content-length", LENGTHS[n])
    return "12345"


LENGTHS = {lengths!r}
app.run(HOST, PORT)
"""
BAD = ["1_0", " 5", "5 ", "+5", "-5", "5.0", "5.", "0x5", "", " ", "five", "5,5", "5;", "\u0665", "\xb2", 5.0,
       None, ("5", "5"), ["5"], True, "1e1", "5_"]
GOOD = ["5", 5, "05"]
NAMES = ["Origin", "Cookie", "X", "Content-Type", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range",
         "Access-Control-Request-Method", "Referer", "User-Agent", "Accept", "Expect", "Connection"]
VALUES = [b"\xff", b"\xff=\xff", b"a=\xff", b"http://good\xff", b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80",
          b"http://\xfc", b"\xc3\xbc\xff; b=\xfe", b"application/json; charset=\xff", b"text/\xff"]


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(PROGRAM.format(options="", lengths=BAD + GOOD), compiled=True, heap="192k", traceback=True)


@pytest.fixture(scope="module")
def hosted(serve_module):
    program = PROGRAM.format(options=', allowed_hosts=("a",)', lengths=[])
    return serve_module(program, compiled=True, heap=harness.ROOMY)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("target", ["/cors", "/rest/1", "/all", "/none", "/rest/a/b"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PUT"])
def test_a_field_that_is_no_text(server, name, target, method):
    before = len(server.output())
    with harness.Client(server.port) as c:
        for value in VALUES:
            line = f"{method} {target} HTTP/1.1\r\nHost: a\r\n{name}: "
            c.send(line.encode() + value + b"\r\n\r\n")
            got = c.answer(method)
            assert got.code != 500 and got.code < 501, (value, got)
            allowed = got.headers.get("access-control-allow-origin")
            assert allowed in (None, "*"), got
            if name == "Expect":
                break  # 417 ends the connection
    assert not server.trouble(before), server.output()[before:]


@pytest.mark.parametrize("target", ["/cors", "/rest/1"])
@pytest.mark.parametrize(("origin", "allowed"), [
    (b"http://good", True), ("http://\u00fc".encode(), True), (b"http://good\xff", False), (b"\xff", False),
    (b"http://Good", False), (b"http://evil", False), (b"null", False), (b"", False), (None, False),
])
def test_an_origin_is_allowed_if_it_is_one_of_them(server, target, origin, allowed):
    for method in (b"GET", b"OPTIONS"):
        with harness.Client(server.port) as c:
            field = b"" if origin is None else b"Origin: " + origin + b"\r\n"
            c.send(method + b" " + target.encode() + b" HTTP/1.1\r\nHost: a\r\n" + field + b"\r\n")
            got = c.answer(method)
        assert got.code in (200, 204), got
        assert ("access-control-allow-origin" in got.headers) == allowed, got
        assert "Origin" in got.headers["vary"], got


@pytest.mark.parametrize("line", [b"GET /\xff HTTP/1.1", b"G\xffT / HTTP/1.1", b"GET / HTTP/\xff.1",
                                  b"GET http://\xff/ HTTP/1.1", b"GET /?\xff HTTP/1.1"])
def test_a_request_line_that_is_no_text_is_400(server, line):
    with harness.Client(server.port) as c:
        c.send(line + b"\r\nHost: a\r\n\r\n")
        assert c.answer().code == 400


@pytest.mark.parametrize("target", ["/rest/%ff", "/rest/%C3", "/all?a=%ff", "/all?%ff=a", "/%ff", "/cors%ff",
                                    "/rest/1?a=%ff"])
def test_an_escape_that_is_no_text_is_400_or_not_there(server, target):
    assert harness.get(server.port, target).code in (400, 404)


@pytest.mark.parametrize("host", [b"\xff", b"a\xff", b"[::1]\xff", b"\xc3\xbc", b"a:\xff", b"a:\xb2", b"a: 1", b"a:+1",
                                  b"a:1_0"])
def test_a_host_that_is_no_text_is_400(hosted, host):
    for fields in (b"Host: " + host, b"host:" + host + b"\r\nX: y"):
        with harness.Client(hosted.port) as c:
            c.send(b"GET / HTTP/1.1\r\n" + fields + b"\r\n\r\n")
            assert c.answer().code == 400
    assert harness.get(hosted.port, fields=[("Host", "a:80")]).code == 200
    assert harness.get(hosted.port).code == 421


@pytest.mark.parametrize("field", ["Content-Length: 1_0", "Content-Length: +5", "Content-Length: 0x5",
                                   "Content-Length: 5.0", "Content-Length: -5", "Content-Length: 5 5",
                                   "Content-Length: \xb2", "Content-Length: \xd9\xa5", "Content-Length:"])
def test_a_clients_content_length_is_digits(server, field):
    with harness.Client(server.port) as c:
        c.send(b"POST /all HTTP/1.1\r\nHost: a\r\n" + field.encode("latin-1") + b"\r\n\r\n" + b"a" * 10)
        assert c.answer("POST").code == 400


@pytest.mark.parametrize("size", [b"1_0", b"+5", b"-5", b"0x5", b"5.0", b" 5", b"5 5", b"\xb2", b"\xd9\xa5", b"", b";x",
                                  b"g", b"5_", b"123456789"])
def test_a_chunk_size_is_hex_digits(server, size):
    with harness.Client(server.port) as c:
        c.send(b"POST /all HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
               + size + b"\r\n12345\r\n0\r\n\r\n")
        assert c.answer("POST").code == 400


@pytest.mark.parametrize("n", range(len(BAD + GOOD)))
@pytest.mark.parametrize("target", ["/length/%d", "/returned/%d"])
def test_a_programs_own_content_length_is_digits(server, target, n):
    with harness.Client(server.port) as c:
        got = c.request(harness.message(target % n))
        if n < len(BAD):
            assert got.code == 500, (BAD[n], got)
        else:
            assert (got.code, got.body, int(got.headers["content-length"])) == (200, b"12345", 5), got
    assert harness.get(server.port).body == b"Hello"
