# What a handler can read: forms, JSON, raw bodies, queries, cookies, and what is malformed among them.
import json

import harness
import pytest

PROGRAM = """
import tinyweb

app = tinyweb.webserver(max_concurrency=3)


def answer(value):
    # says the type too: a str and its repr, so that nothing is hidden by JSON
    return {"type": type(value).__name__, "value": value}


@app.route("/form", methods=["POST", "PUT"])
async def form(req, resp):
    return answer(await req.read_parse_form_data())


@app.route("/form-saved", methods=["POST"], save_headers=["Content-Length", "Content-Type"], max_body_size=100)
async def form_saved(req, resp):
    return answer(await req.read_parse_form_data())


@app.route("/body", methods=["GET", "POST"])
async def body(req, resp):
    data = await req.body()
    return {"size": len(data), "hex": bytes(data[:20]).hex(), "again": len(await req.body())}


@app.route("/read", methods=["POST"])
async def read(req, resp):
    parts = []
    while True:
        part = await req.read(7)
        if not part:
            break
        parts.append(part.decode())
    parts.append(len(await req.read(7)))
    return parts


@app.route("/readinto", methods=["POST"])
async def readinto(req, resp):
    parts = []
    buffer = bytearray(8)
    while True:
        n = await req.readinto(buffer)
        if not n:
            return parts
        parts.append(bytes(buffer[:n]).decode())


@app.get("/query")
async def query(req, resp):
    return req.query


@app.get("/list")
async def query_list(req, resp):
    return [req.query_list("a"), req.query_list("nobody")]


@app.get("/cookies")
async def cookies(req, resp):
    return req.cookies


@app.get("/headers", save_headers=["X-One", "x-two", "CONTENT-TYPE", "Never"])
async def headers(req, resp):
    return [[isinstance(k, bytes), isinstance(v, bytes), k.decode(), v.decode()] for k, v in req.headers.items()]


@app.get("/no-headers")
async def no_headers(req, resp):
    return req.headers


@app.get("/raw")
async def raw(req, resp):
    return [isinstance(x, bytes) for x in (req.method, req.path, req.query_string)] + [
        req.path.decode(), req.query_string.decode()]


@app.get("/set-cookie")
async def set_cookie(req, resp):
    resp.set_cookie("plain", "1")
    resp.set_cookie("other", "a-b", max_age=60)
    return "set"


app.run(HOST, PORT)
"""
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(PROGRAM, compiled=True, heap=harness.ROOMY)


@pytest.fixture
def well(server):
    yield server
    assert harness.get(server.port, "/query").text == "{}"


# (Content-Type or None, body, code, what the handler got)
FORMS = [
    (FORM, b"a=1&b=2", 200, {"a": "1", "b": "2"}),
    (FORM, b"a=%C3%A4+b%2B%26%3D", 200, {"a": "\u00e4 b+&="}),
    (FORM, "a=\u00e4".encode(), 200, {"a": "\u00e4"}),
    (FORM, b"a=", 200, {"a": ""}),
    (FORM, b"a", 200, {"a": ""}),
    (FORM, b"a=b=c", 200, {"a": "b=c"}),
    (FORM, b"a=1&a=2", 200, {"a": "2"}),
    (FORM, b"&&a=1&", 200, {"a": "1"}),
    (FORM, b"%61%3D=1", 200, {"a=": "1"}),
    (FORM, b"", 200, {}),
    (FORM + "; charset=utf-8", b"a=1", 200, {"a": "1"}),
    (FORM.upper(), b"a=1", 200, {"a": "1"}),
    (FORM + " ;x", b"a=1", 200, {"a": "1"}),
    ("application/json", b'{"a": [1, null, "\\u00e4"], "b": {"c": 1.5}}', 200,
     {"a": [1, None, "\u00e4"], "b": {"c": 1.5}}),
    ("application/json", '{"a": "\u00e4\u20ac"}'.encode(), 200, {"a": "\u00e4\u20ac"}),
    ("application/json; charset=utf-8", b'{"a": 1}', 200, {"a": 1}),
    ("APPLICATION/JSON", b'{"a": 1}', 200, {"a": 1}),
    ("application/json", b"[1, 2]", 200, [1, 2]),
    ("application/json", b"5", 200, 5),
    ("application/json", b'"x"', 200, "x"),
    ("text/plain", b"a=1", 200, {}),
    ("multipart/form-data; boundary=x", b"--x--\r\n", 415, None),
    ("application/jsonx", b"{}", 200, {}),
    ("application/x-www-form", b"a=1", 200, {}),
    (None, b"a=1", 200, {}),
    (None, b"", 200, {}),
    # malformed: 400
    ("application/json", b"{", 400, None),
    ("application/json", b"{a: 1}", 400, None),
    ("application/json", b"nothing", 400, None),
    ("application/json", b"\xff\xfe", 400, None),
    ("application/json", b'{"a": "\xff"}', 400, None),
    ("application/json", b'{"a": 1', 400, None),
    ("application/json", b"[" * 200, 400, None),
    ("application/json", b"   ", 400, None),
    (FORM, b"a=%ff", 400, None),
    (FORM, b"a=\xff\xfe", 400, None),
    (FORM, b"%C3=1", 400, None),
]


@pytest.mark.parametrize("how", ["length", "chunked", "bytewise"])
@pytest.mark.parametrize(("kind", "body", "code", "want"), FORMS)
def test_a_body_is_decoded_by_its_type(well, kind, body, code, want, how):
    fields = [("Content-Type", kind)] if kind else []
    if how == "chunked":
        fields.append(("Transfer-Encoding", "chunked"))
        data = harness.chunked(*[body[i:i + 3] for i in range(0, len(body), 3)])
    else:
        fields.append(("Content-Length", len(body)))
        data = body
    with harness.Client(well.port) as c:
        answer = c.request(harness.message("/form", fields, "POST", data), pieces=1 if how == "bytewise" else None)
        assert answer.code == code, answer
        if code == 200:
            assert json.loads(answer.body)["value"] == want, answer
            # the connection stays in order
            assert c.request(harness.message("/query")).text == "{}"


@pytest.mark.parametrize("body", [b"a=%", b"a=%4", b"a=%zz&b=1", b"%=%", b"a=%C3%28"])
def test_a_broken_escape_is_400_or_passes_as_it_is(well, body):
    """It is no URL encoding (RFC 3986 2.1): the WHATWG's parser lets it pass, a strict one refuses; never a 500."""
    answer = harness.get(well.port, "/form", [("Content-Type", FORM)], "POST", body)
    assert answer.code in (200, 400), answer


@pytest.mark.parametrize("kind", [b"multipart/\xff", b"multipart/\xc3\xa4", b"application/\xff", b"\xff"])
@pytest.mark.parametrize("target", ["/form", "/body"])
def test_a_type_that_is_no_text_is_never_a_500(well, target, kind):
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 3\r\n\r\n" % (target.encode(), kind)
    want = 415 if target == "/form" and kind.startswith(b"multipart") else 200
    assert harness.fetch(well.port, head + b"a=b", method="POST").code == want


def test_a_form_without_a_body_is_empty(well):
    answer = harness.get(well.port, "/form", [("Content-Type", FORM)], "POST")
    assert json.loads(answer.body) == {"type": "dict", "value": {}}, answer


def test_a_form_is_read_with_or_without_save_headers_and_within_its_bound(well):
    fields = [("Content-Type", FORM)]
    assert json.loads(harness.get(well.port, "/form-saved", fields, "POST", b"a=1").body)["value"] == {"a": "1"}
    assert harness.get(well.port, "/form-saved", fields, "POST", b"a=" + b"x" * 98).code == 200
    assert harness.get(well.port, "/form-saved", fields, "POST", b"a=" + b"x" * 99).code == 413
    # the default bound
    assert harness.get(well.port, "/form", fields, "POST", b"a=" + b"x" * 1022).code == 200
    assert harness.get(well.port, "/form", fields, "POST", b"a=" + b"x" * 1023).code == 413


def test_a_body_is_given_whole_and_once(well):
    for body in (b"", b"hello", bytes(range(256)) * 4):
        answer = harness.get(well.port, "/body", [("Content-Length", len(body))], "POST", body)
        got = json.loads(answer.body)
        assert (got["size"], got["hex"]) == (len(body), body[:20].hex()), answer
    assert json.loads(harness.get(well.port, "/body").body)["size"] == 0
    assert harness.get(well.port, "/body", method="POST", body=bytes(1025)).code == 413


@pytest.mark.parametrize("pieces", [None, 1])
@pytest.mark.parametrize("how", ["length", "chunked"])
@pytest.mark.parametrize("size", [0, 1, 6, 7, 8, 14, 50])
def test_read_and_readinto_give_all_and_then_the_end(well, size, how, pieces):
    body = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"[:size]
    fields, data = [("Content-Length", size)], body
    if how == "chunked":
        fields, data = [("Transfer-Encoding", "chunked")], harness.chunked(*[body[i:i + 5] for i in range(0, size, 5)])
    for target, most in (("/read", 7), ("/readinto", 8)):
        answer = harness.fetch(well.port, harness.message(target, fields, "POST", data), pieces=pieces)
        parts = json.loads(answer.body)
        if target == "/read":
            assert parts.pop() == 0, answer  # after the end there is nothing more
        assert "".join(parts).encode() == body, answer
        assert all(1 <= len(part) <= most for part in parts), answer


# (query string, query)
QUERIES = [
    (None, {}),
    ("", {}),
    ("a=1", {"a": "1"}),
    ("a=1&b=2", {"a": "1", "b": "2"}),
    ("a=1&a=2", {"a": "2"}),
    ("a", {"a": ""}),
    ("a=", {"a": ""}),
    ("=1", {"": "1"}),
    ("a=b=c", {"a": "b=c"}),
    ("a+b=c+d", {"a b": "c d"}),
    ("a=%2B%26%3D%25", {"a": "+&=%"}),
    ("a=%C3%A4%E2%82%AC%F0%9F%98%80", {"a": "\u00e4\u20ac\U0001f600"}),
    ("a=/?:@", {"a": "/?:@"}),
    ("&&a=1&&", {"a": "1"}),
    ("k1=v1&k2=v+2", {"k1": "v1", "k2": "v 2"}),
]


@pytest.mark.parametrize(("query", "want"), QUERIES)
def test_a_query_is_decoded(well, query, want):
    answer = harness.get(well.port, "/query" + ("" if query is None else "?" + query))
    assert json.loads(answer.body) == want, answer


@pytest.mark.parametrize("query", ["%", "a=%", "a=%zz", "a=%ff", "%ff=1", "a=%C3&b=1", "a=%00"])
def test_a_broken_query_is_never_a_500(well, query):
    assert harness.get(well.port, "/query?" + query).code in (200, 400)


def test_repeated_names_are_a_list(well):
    answer = harness.get(well.port, "/list?a=1&b=2&a=%C3%A4&a=")
    assert json.loads(answer.body) == [["1", "\u00e4", ""], []], answer


def test_paths_and_queries_are_raw_bytes(well):
    answer = harness.get(well.port, "/raw?a=%20+b")
    assert json.loads(answer.body) == [True, True, True, "/raw", "a=%20+b"], answer
    assert json.loads(harness.get(well.port, "/raw").body) == [True, True, True, "/raw", ""]


# RFC 6265 4.2 and 5.4
COOKIES = [
    (None, {}),
    ("a=1", {"a": "1"}),
    ("a=1; b=2", {"a": "1", "b": "2"}),
    ("a=1;b=2", {"a": "1", "b": "2"}),
    ("a=b=c", {"a": "b=c"}),
    ('a="quoted"; b=1', None),
    ("a=; b=1", {"a": "", "b": "1"}),
    ("", {}),
    ("; ;a=1; ", {"a": "1"}),
]


@pytest.mark.parametrize(("cookie", "want"), COOKIES)
def test_cookies_are_a_dict(well, cookie, want):
    answer = harness.get(well.port, "/cookies", [] if cookie is None else [("Cookie", cookie)])
    assert answer.code == 200, answer
    got = json.loads(answer.body)
    if want is None:
        assert got in ({"a": '"quoted"', "b": "1"}, {"a": "quoted", "b": "1"}), answer
    else:
        assert got == want, answer


@pytest.mark.parametrize("cookie", ["a", "=", ";;;", "a=\xff", "\xe4=1"])
def test_broken_cookies_are_never_a_500(well, cookie):
    assert harness.get(well.port, "/cookies", [("Cookie", cookie)]).code in (200, 400)


def test_set_cookie_makes_one_field_for_each(well):
    answer = harness.get(well.port, "/set-cookie")
    cookies = answer.all("set-cookie")
    assert len(cookies) == 2, answer
    assert cookies[0].split(";")[0] == "plain=1", answer
    assert cookies[1].split(";")[0] == "other=a-b", answer
    assert "max-age=60" in cookies[1].lower(), answer


def test_saved_headers_are_named_as_in_save_headers(well):
    answer = harness.get(well.port, "/headers", [("x-ONE", " a "), ("X-TWO", "b"), ("content-type", "c"),
                                                 ("Other", "d")])
    # bytes on both sides, as in 1.x
    assert sorted(json.loads(answer.body)) == [[True, True, "CONTENT-TYPE", "c"], [True, True, "X-One", "a"],
                                               [True, True, "x-two", "b"]], answer
    assert json.loads(harness.get(well.port, "/no-headers", [("X-One", "a")]).body) == {}
