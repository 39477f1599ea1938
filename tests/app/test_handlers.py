# What a handler may be, write and return.
import http
import json

import harness
import pytest

PROGRAM = """
import asyncio
import tinyweb
from tinyweb.server import HTTPException

app = tinyweb.webserver(max_concurrency=3)


def returns(url, what):
    async def f(req, resp):
        return what
    app.add_route(url, f)


returns("/text", "plain \\u00e4\\u20ac")
returns("/html", "<p>\\u00e4</p>")
returns("/bytes", b"bytes \\xff")
returns("/html-bytes", b"<p>b</p>")
returns("/bytearray", bytearray(b"array"))
returns("/empty", "")
returns("/dict", {"a": [1, None, True, "\\u00e4"], "b": {"c": 1.5}})
returns("/list", [1, 2, "\\u20ac"])
returns("/empty-dict", {})
returns("/empty-list", [])
returns("/text-code", ("made", 201))
returns("/dict-code", ({"a": 1}, 202))
returns("/all", ("\\u00e4", 203, {"X-A": "1", "X-B": "2"}))
returns("/type", ("a,b", 200, {"Content-Type": "text/csv"}))
returns("/type-lower", ("a,b", 200, {"content-type": "text/csv"}))
returns("/code-204", ("", 204))
returns("/code-304", ("", 304))
returns("/code-404", ("no such thing", 404))
returns("/code-299", ("odd", 299))
returns("/none", None)
returns("/long", "x" * 5000)
returns("/long-bytes", b"y" * 10000)


@app.get("/plain-def")
def plain_def(req, resp):
    return "plain def"


@app.get("/plain-none")
def plain_none(req, resp):
    pass


@app.get("/writes")
async def writes(req, resp):
    await resp.start_html()
    await resp.send("<p>\\u00e4")
    await resp.send(b" bytes")
    await resp.send(bytearray(b" array"))
    await resp.send(memoryview(b" view"))
    await resp.send("")


@app.get("/only-head")
async def only_head(req, resp):
    await resp.start_html()


@app.get("/send-only")
async def send_only(req, resp):
    await resp.send("no start")


@app.get("/headers")
async def headers(req, resp):
    resp.code = 201
    resp.add_header("X-One", "1")
    resp.headers["X-Two"] = "2"
    resp.add_header("X-Int", 3)
    await resp.start_html()
    await resp.send("x")


@app.get("/own-type")
async def own_type(req, resp):
    resp.add_header("Content-Type", "text/plain")
    resp.code = 200
    await resp.send("typed")


@app.get("/reason/<int:code>")
async def reason(req, resp, code):
    resp.code = code
    return "x"


@app.get("/error/<int:code>")
async def error(req, resp, code):
    await resp.error(code)


@app.get("/error-message")
async def error_message(req, resp):
    await resp.error(400, "what \\u00e4 mess")


@app.get("/exception/<int:code>")
async def exception(req, resp, code):
    raise HTTPException(code)


@app.get("/redirect")
async def redirect(req, resp):
    await resp.redirect("/text")


@app.get("/redirect-msg")
async def redirect_msg(req, resp):
    await resp.redirect("/text?a=b#c", "over \\u00e4 there")


@app.get("/redirect-code")
async def redirect_code(req, resp):
    resp.code = 308
    await resp.redirect("/text")


@app.get("/access")
async def access(req, resp):
    resp.add_access_control_headers()
    return "x"


@app.route("/access-named", methods=["PUT"], allowed_access_control_origins="http://a.example",
           allowed_access_control_headers="X-Key", save_headers=["Origin"])
async def access_named(req, resp):
    resp.add_access_control_headers()
    return "x"


@app.get("/own-length")
async def own_length(req, resp):
    resp.add_header("Content-Length", "10")
    await resp.start_html()
    await resp.send("12345")
    await resp.send("67890")


@app.get("/own-chunks")
async def own_chunks(req, resp):
    resp.add_header("Transfer-Encoding", "chunked")
    await resp.start_html()
    await resp.send("5\\r\\nhello\\r\\n")
    await resp.send("0\\r\\n\\r\\n")


@app.get("/own-both/<int:order>")
def own_both(req, resp, order):
    fields = [("Content-LENGTH", "5"), ("transfer-encoding", "chunked"), ("Content-Length", 15)]
    for name, value in fields if order else fields[::-1]:
        resp.add_header(name, value)
    return "5\\r\\nhello\\r\\n0\\r\\n\\r\\n"


@app.get("/own-1.0")
async def own_10(req, resp):
    resp.version = "1.0"
    await resp.start_html()
    await resp.send("one ")
    await resp.send("zero")


@app.get("/version")
async def version(req, resp):
    return "%s %s" % (resp.version, req.version)


@app.get("/peer")
async def peer(req, resp):
    return str(req.peer)


@app.get("/close")
async def close(req, resp):
    resp.add_header("Connection", "close")
    return "closed"


@app.get("/big-stream")
async def big_stream(req, resp):
    await resp.start_html()
    for i in range(200):
        await resp.send("%06d " % i * 100)


@app.get("/pause")
async def pause(req, resp):
    await resp.start_html()
    await resp.send("<p>first")
    await asyncio.sleep(1)
    await resp.send("<p>second")


app.run(HOST, PORT)
"""

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json"

# (target, code, reason, type or None, body; for JSON the value)
RETURNED = [
    ("/text", 200, "OK", TEXT, "plain \u00e4\u20ac"),
    ("/html", 200, "OK", HTML, "<p>\u00e4</p>"),
    ("/bytearray", 200, "OK", None, "array"),
    ("/empty", 200, "OK", TEXT, ""),
    ("/dict", 200, "OK", JSON, {"a": [1, None, True, "\u00e4"], "b": {"c": 1.5}}),
    ("/list", 200, "OK", JSON, [1, 2, "\u20ac"]),
    ("/empty-dict", 200, "OK", JSON, {}),
    ("/empty-list", 200, "OK", JSON, []),
    ("/text-code", 201, "Created", TEXT, "made"),
    ("/dict-code", 202, "Accepted", JSON, {"a": 1}),
    ("/all", 203, "Non-Authoritative Information", TEXT, "\u00e4"),
    ("/type", 200, "OK", None, "a,b"),
    ("/code-204", 204, "No Content", None, ""),
    ("/code-304", 304, "Not Modified", None, ""),
    ("/code-404", 404, "Not Found", TEXT, "no such thing"),
    ("/code-299", 299, None, TEXT, "odd"),
    ("/none", 204, "No Content", None, ""),
    ("/long", 200, "OK", TEXT, "x" * 5000),
    ("/long-bytes", 200, "OK", None, "y" * 10000),
    ("/plain-def", 200, "OK", TEXT, "plain def"),
    ("/plain-none", 204, "No Content", None, ""),
    ("/writes", 200, "OK", HTML, "<p>\u00e4 bytes array view"),
    ("/only-head", 200, "OK", HTML, ""),
    ("/send-only", 200, "OK", None, "no start"),
]


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(PROGRAM, compiled=True, heap=harness.ROOMY)


@pytest.mark.parametrize(("target", "code", "reason", "kind", "body"), RETURNED, ids=[row[0] for row in RETURNED])
def test_what_a_handler_gives_is_what_the_client_gets(server, target, code, reason, kind, body):
    with harness.Client(server.port) as c:
        for _ in range(2):  # the second one on the kept connection
            answer = c.request(harness.message(target))
            assert answer.code == code, answer
            assert reason is None or answer.reason == reason, answer
            assert kind is None or answer.headers["content-type"].startswith(kind), answer
            if kind == JSON:
                assert json.loads(answer.body.decode()) == body, answer
            else:
                assert answer.text == body, answer
            if target not in ("/writes", "/send-only", "/only-head"):
                # what is known whole has its length, counted in bytes
                want = "none" if code in (204, 304) else "length"
                assert answer.framing == want, answer


def test_bytes_that_are_no_text_pass_unchanged(server):
    assert harness.get(server.port, "/bytes").body == b"bytes \xff"


def test_bytes_that_look_like_a_page_are_one_or_plain(server):
    answer = harness.get(server.port, "/html-bytes")
    assert answer.body == b"<p>b</p>", answer
    assert answer.headers["content-type"].startswith(("text/html", "text/plain")), answer


def test_returned_headers_are_sent(server):
    answer = harness.get(server.port, "/all")
    assert (answer.headers["x-a"], answer.headers["x-b"]) == ("1", "2"), answer


@pytest.mark.parametrize("target", ["/type", "/type-lower"])
def test_a_returned_content_type_wins_and_stands_once(server, target):
    answer = harness.get(server.port, target)
    assert len(answer.all("content-type")) == 1, answer
    assert answer.headers["content-type"].startswith("text/csv"), answer


def test_headers_and_code_set_before_the_head_are_sent(server):
    answer = harness.get(server.port, "/headers")
    assert (answer.code, answer.reason) == (201, "Created"), answer
    assert answer.headers["x-one"] == "1", answer
    assert answer.headers["x-two"] == "2", answer
    assert answer.headers["x-int"] == "3", answer
    assert answer.headers["content-type"] == HTML, answer


def test_a_content_type_set_by_hand_stands_once(server):
    answer = harness.get(server.port, "/own-type")
    assert len(answer.all("content-type")) == 1, answer
    assert answer.headers["content-type"].startswith("text/plain"), answer


def test_codes_have_their_real_reason_phrases(server):
    """RFC 9110 15. Phrases are as http.HTTPStatus of any Python writes them, or as the RFC renamed them."""
    renamed = {413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable",
               422: "Unprocessable Content"}
    with harness.Client(server.port) as c:
        for code in (200, 201, 202, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412,
                     413, 414, 415, 416, 417, 421, 422, 429, 431, 500, 501, 503, 505):
            answer = c.request(harness.message("/reason/%d" % code))
            assert answer.code == code, answer
            assert answer.reason in (http.HTTPStatus(code).phrase, renamed.get(code)), answer


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 418, 500, 503])
@pytest.mark.parametrize("how", ["error", "exception"])
def test_errors_of_the_program_are_answered(server, code, how):
    with harness.Client(server.port) as c:
        for _ in range(2):
            answer = c.request(harness.message("/{}/{}".format(how, code)))
            assert answer.code == code, answer
            assert answer.framing == "length", answer
            assert "Traceback" not in answer.text, answer


def test_an_error_carries_its_message(server):
    answer = harness.get(server.port, "/error-message")
    assert answer.code == 400, answer
    assert "what \u00e4 mess" in answer.text, answer


def test_redirect_is_302_with_its_location(server):
    answer = harness.get(server.port, "/redirect")
    assert (answer.code, answer.reason, answer.headers["location"]) == (302, "Found", "/text"), answer
    answer = harness.get(server.port, "/redirect-msg")
    assert (answer.code, answer.headers["location"]) == (302, "/text?a=b#c"), answer
    assert "over \u00e4 there" in answer.text, answer


def test_access_control_headers_are_those_of_the_route(server):
    answer = harness.get(server.port, "/access")
    assert answer.headers["access-control-allow-origin"] == "*", answer
    assert answer.headers["access-control-allow-headers"] == "*", answer
    assert "GET" in answer.headers["access-control-allow-methods"], answer
    for method in ("PUT", "OPTIONS"):
        answer = harness.get(server.port, "/access-named", [("Origin", "http://a.example")], method)
        assert answer.headers["access-control-allow-origin"] == "http://a.example", answer
        assert answer.headers["access-control-allow-headers"] == "X-Key", answer
        assert "PUT" in answer.headers["access-control-allow-methods"], answer


def test_a_programs_own_framing_is_obeyed(server):
    with harness.Client(server.port) as c:
        answer = c.request(harness.message("/own-length"))
        assert (answer.body, answer.framing, answer.all("content-length")) == (b"1234567890", "length", ["10"]), answer
        answer = c.request(harness.message("/own-chunks"))
        assert (answer.body, answer.framing) == (b"hello", "chunked"), answer
        assert answer.all("transfer-encoding") == ["chunked"], answer
        if "close" in answer.headers.get("connection", ""):
            assert c.closed()
            c = harness.Client(server.port)
        assert c.request(harness.message("/text")).code == 200
        answer = c.request(harness.message("/own-1.0"))
        assert (answer.version, answer.body, answer.framing) == ("1.0", b"one zero", "close"), answer
        assert c.closed()


@pytest.mark.parametrize("order", [0, 1])
def test_a_programs_own_length_and_coding_never_go_together(server, order):
    # RFC 9112 6.2
    answer = harness.get(server.port, f"/own-both/{order}")
    assert (answer.body, answer.framing, answer.all("content-length")) == (b"hello", "chunked", []), answer
    answer = harness.get(server.port, f"/own-both/{order}", method="HEAD")
    assert (answer.body, answer.all("content-length")) == (b"", []), answer


def test_a_programs_own_close_is_obeyed(server):
    with harness.Client(server.port) as c:
        answer = c.request(harness.message("/close"))
        assert answer.text == "closed", answer
        assert "close" in answer.headers["connection"], answer
        assert len(answer.all("connection")) == 1, answer
        assert c.closed()


def test_the_version_answered_with_is_known_to_the_handler(server):
    assert harness.get(server.port, "/version").text.startswith("1.1 "), "to a 1.1 client"


def test_the_peer_is_known(server):
    assert "127.0.0.1" in harness.get(server.port, "/peer").text


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_a_stream_larger_than_the_heap_arrives_whole(server, version):
    answer = harness.get(server.port, "/big-stream", version=version)
    assert answer.body == b"".join(b"%06d " % i * 100 for i in range(200)), len(answer.body)
    assert answer.framing == ("chunked" if version == "1.1" else "close"), answer.framing
    assert answer.headers.get("transfer-encoding", "") == ("chunked" if version == "1.1" else ""), answer.headers


def test_what_is_sent_before_a_pause_arrives_before_it_ends(server):
    """A page that streams readings must see each one when it is there."""
    def first():
        c.send(harness.message("/pause"))
        got = b""
        while b"first" not in got:
            got += c.socket.recv(1000)
        c.buffer = got
        assert c.answer().text == "<p>first<p>second"
        return got

    def apart():
        # on a machine that is busy both may have come before we read
        return b"second" not in first()

    with harness.Client(server.port) as c:
        assert any(apart() for _ in range(5))


INJECTION = """
import tinyweb

app = tinyweb.webserver(max_concurrency=3)
BAD = ["a\\r\\nSet-Cookie: x=1", "a\\nb", "a\\rb", "a\\0b", "\\r\\n", "a\\r\\n\\r\\n<script>"]


@app.get("/try")
async def attempt(req, resp):
    said = []

    def refused(what, f, *args):
        try:
            f(*args)
            said.append(what)
        except ValueError:
            pass

    for bad in BAD:
        refused("value", resp.add_header, "X", bad)
        refused("name", resp.add_header, bad, "x")
        refused("cookie value", resp.set_cookie, "a", bad)
        refused("cookie name", resp.set_cookie, bad, "x")
        try:
            await resp.redirect(bad)
            said.append("redirect")
        except ValueError:
            pass
    return said


@app.get("/headers/<int:i>")
async def headers(req, resp, i):
    resp.headers["X"] = BAD[i]
    await resp.start_html()
    await resp.send("sent")


@app.get("/name/<int:i>")
async def name(req, resp, i):
    resp.headers[BAD[i]] = "x"
    return "sent"


@app.get("/tuple/<int:i>")
async def tuples(req, resp, i):
    return "sent", 200, {"X": BAD[i]}


@app.get("/redirect/<int:i>")
async def redirect(req, resp, i):
    await resp.redirect(BAD[i])


@app.get("/raise/<int:code>/<name>/<int:i>")
async def raises(req, resp, code, name, i):
    raise tinyweb.HTTPException(code, "sent", {name: BAD[i]})


@app.get("/fine")
async def fine(req, resp):
    return "fine"


app.run(HOST, PORT)
"""


def test_cr_lf_and_nul_never_pass_into_a_head(serve):
    """CWE-113."""
    server = serve(INJECTION, traceback=True, heap=harness.FROZEN)
    answer = harness.get(server.port, "/try")
    assert json.loads(answer.body) == [], answer
    for what in ("headers", "name", "tuple", "redirect", "raise/503/Retry-After", "raise/413/Retry-After",
                 "raise/405/Allow", "raise/401/WWW-Authenticate"):
        for i in range(6):
            with harness.Client(server.port) as c:
                c.send(harness.message("/{}/{}".format(what, i)))
                c.send(harness.message("/fine"))
                answer = c.answer()
                assert answer.code == 500, (what, i, answer)
                assert "set-cookie" not in answer.headers, answer
                assert "sent" not in answer.text, answer
                assert "Traceback" not in answer.text, answer
    assert harness.get(server.port, "/fine").text == "fine"


FAULTY = """
import tinyweb

app = tinyweb.webserver(debug=%s)


@app.get("/raise")
async def early(req, resp):
    raise KeyError("the \\u00e4 reason")


@app.get("/late")
async def late(req, resp):
    await resp.start_html()
    await resp.send("<p>begun")
    raise RuntimeError("too late")


@app.get("/late-long")
async def late_long(req, resp):
    await resp.start_html()
    for i in range(20):
        await resp.send("x" * 1000)
    raise RuntimeError("too late")


@app.get("/late-length")
async def late_length(req, resp):
    resp.add_header("Content-Length", "10")
    await resp.start_html()
    await resp.send("12345")
    raise RuntimeError("too late")


@app.get("/short-length")
async def short_length(req, resp):
    resp.add_header("Content-Length", "10")
    await resp.start_html()
    await resp.send("12345")


@app.get("/late-exception")
async def late_exception(req, resp):
    await resp.start_html()
    await resp.send("x" * 3000)
    raise tinyweb.HTTPException(404)


@app.get("/plain")
def plain(req, resp):
    raise ValueError("in a plain function")


@app.get("/wrong-type")
async def wrong_type(req, resp):
    return 1.5


@app.get("/no-json")
async def no_json(req, resp):
    await resp.start_html()
    await resp.send(object())


@app.get("/fine")
async def fine(req, resp):
    return "fine"


app.run(HOST, PORT)
"""


def test_a_handler_that_raises_is_a_500_without_its_traceback(serve):
    server = serve(FAULTY % False, traceback=True, heap=harness.FROZEN)
    for target in ("/raise", "/plain"):
        with harness.Client(server.port) as c:
            answer = c.request(harness.message(target))
            assert (answer.code, answer.reason) == (500, "Internal Server Error"), answer
            for word in ("Traceback", "reason", "KeyError", "main.py", "plain function"):
                assert word not in answer.text, answer
            if "close" not in answer.headers.get("connection", ""):
                assert c.request(harness.message("/fine")).text == "fine"
        server.wait_output(target)  # logged with the path
    assert "KeyError" in server.output(), server.output()
    assert harness.get(server.port, "/fine").text == "fine"


def test_debug_shows_the_traceback_to_the_client(serve):
    server = serve(FAULTY % True, traceback=True, heap=harness.FROZEN)
    answer = harness.get(server.port, "/raise")
    assert answer.code == 500, answer
    for word in ("Traceback", "KeyError", "the \u00e4 reason"):
        assert word in answer.text, answer
    assert harness.get(server.port, "/fine").text == "fine"


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("target", ["/late", "/late-long", "/late-length", "/late-exception"])
def test_an_answer_that_fails_in_the_middle_is_never_falsely_complete(serve, target, version):
    """A client must be able to see that it is cut. Where nothing has left yet, a clean 500 is as good."""
    server = serve(FAULTY % False, traceback=True, heap=harness.FROZEN)
    with harness.Client(server.port) as c:
        c.send(harness.message(target, version=version))
        try:
            answer = c.answer()
            # In 1.0 the end of the connection ends the answer: only a reset could tell, so it must come, or a 500/404
            assert answer.code in (500, 404) and answer.framing == "length", answer
        except (harness.Truncated, harness.NoAnswer, ConnectionResetError):
            assert c.ended()
    assert harness.get(server.port, "/fine").text == "fine"


def test_a_handler_that_writes_less_than_its_length_is_cut(serve):
    server = serve(FAULTY % False, traceback=True, heap=harness.FROZEN)
    with harness.Client(server.port) as c:
        c.send(harness.message("/short-length"))
        with pytest.raises((harness.Truncated, ConnectionResetError)):
            c.answer()
    assert harness.get(server.port, "/fine").text == "fine"


@pytest.mark.parametrize("target", ["/wrong-type", "/no-json"])
def test_a_result_of_no_documented_shape_is_the_programs_error(serve, target):
    server = serve(FAULTY % False, traceback=True, heap=harness.FROZEN)
    with harness.Client(server.port) as c:
        try:
            assert c.request(harness.message(target)).code == 500
        except (harness.Truncated, harness.NoAnswer, ConnectionResetError):
            assert c.ended()
    assert harness.get(server.port, "/fine").text == "fine"


SAME = """
import tinyweb

app = tinyweb.webserver()
TEXT = "<p>the same"
BYTES = bytearray(b"0")


@app.route("/plain")
async def plain(req, resp):
    return TEXT


@app.route("/field")
async def field(req, resp):
    resp.headers["X-A"] = "1"
    return TEXT


@app.route("/code")
async def code(req, resp):
    resp.code = 201
    return TEXT


@app.route("/tuple")
async def shaped(req, resp):
    return TEXT, 202


@app.route("/old")
async def old(req, resp):
    resp.version = "1.0"
    return TEXT


@app.route("/typed")
async def typed(req, resp):
    return TEXT, 200, {"Content-Type": "text/plain"}


@app.route("/changes")
async def changes(req, resp):
    BYTES[0] = 48 + (BYTES[0] - 47) % 10
    return BYTES


@app.post("/unread")
async def unread(req, resp):
    return TEXT


app.run(HOST, PORT)
"""


def test_a_text_that_is_returned_again_is_framed_as_each_request_wants(serve):
    server = serve(SAME)
    text = b"<p>the same"
    with harness.Client(server.port) as c:
        def ask(target, method="GET", fields=(), body=b""):
            # before each, the answer that is remembered
            plain = c.request(harness.message("/plain"))
            assert (plain.code, plain.body, plain.fields) == (200, text, [
                ("content-type", "text/html; charset=utf-8"), ("content-length", "11")]), plain
            return c.request(harness.message(target, fields, method, body))

        assert ask("/plain", "HEAD").headers["content-length"] == "11"
        got = ask("/field")
        assert (got.headers["x-a"], got.body) == ("1", text), got
        assert (ask("/code").code, ask("/tuple").code) == (201, 202)
        assert ask("/typed").headers["content-type"] == "text/plain"
        assert [ask("/changes").body for _ in range(3)] == [b"1", b"2", b"3"]
        assert ask("/unread", "POST", body=b"a body that nobody reads").body == text
        got = ask("/plain", fields=[("Connection", "close")])
        assert (got.headers["connection"], got.body) == ("close", text), got
    got = harness.get(server.port, "/old")
    assert (got.version, got.body) == ("1.0", text), got
    old = harness.raw(server.port, b"GET /plain HTTP/1.0\r\n\r\n")
    assert b"Connection: close\r\n" in old and old.endswith(text), old


ERRORS = """
import tinyweb

app = tinyweb.webserver()
calls = []


def fails(message):
    calls.append(message)
    return 1 // 0


def refuses(message):
    raise tinyweb.HTTPException(418, message)


def takes_nothing():
    return "nothing"


@app.get("/fails/<int:n>", error=fails)
@app.get("/refuses/<int:n>", error=refuses)
@app.get("/number/<int:n>", error=lambda message: 7)
@app.get("/nothing/<int:n>", error=takes_nothing)
def handler(req, resp, n):
    raise tinyweb.HTTPException(400 + n)


@app.get("/handled", error=fails)
def handled(req, resp):
    raise tinyweb.HTTPException(409)


@app.get("/fields/<int:n>")
def fields(req, resp, n):
    resp.headers = (5, [1], "abc")[n]
    return 1 // 0


@app.errorhandler(409)
def conflict(req, resp, error):
    return "conflict %d" % len(calls), 409


app.run(HOST, PORT)
"""


def test_an_error_function_that_fails_is_a_500_like_any_other(serve):
    server = serve(ERRORS, traceback=True)
    with harness.Client(server.port) as c:
        # an error handler comes before it
        got = c.request(harness.message("/handled"))
        assert (got.code, got.text) == (409, "conflict 0"), got
        for what in "fails", "refuses", "number", "nothing":
            for method, path in (("GET", "3"), ("GET", "x"), ("POST", "3")):  # 403, 404, 405
                got = c.request(harness.message(f"/{what}/{path}", method=method), method)
                assert (got.code, got.text) == (500, "Internal Server Error\n"), got
        for n in range(3):  # what stands in place of the fields is none
            got = c.request(harness.message(f"/fields/{n}"))
            assert (got.code, got.text) == (500, "Internal Server Error\n"), got
    text = server.output()
    assert text.count("The response to an error failed") == 15, text
    assert text.count("error= with (message)") == 3, text


RELEASED = """
import tinyweb

app = tinyweb.webserver()
RESULTS = {"text": "text", "bytes": b"bytes", "dict": {"a": 1}, "list": [1, 2], "tuple": ("in a tuple", 201),
           "nested": ({"a": 1}, 200, {"X-A": "b"})}


@app.get("/<name>")
async def released(req, resp, name):
    await resp.release()
    return RESULTS[name]


app.run(HOST, PORT)
"""


def test_what_is_returned_behind_release_is_sent(serve):
    server = serve(RELEASED)
    with harness.Client(server.port) as c:
        for name, want in (("text", "text"), ("bytes", "bytes"), ("dict", '{"a": 1}'), ("list", "[1, 2]"),
                           ("tuple", "in a tuple"), ("nested", '{"a": 1}')):
            got = c.request(harness.message("/" + name))
            assert (got.code, got.text, got.framing) == (200, want, "chunked"), (name, got)
