# Guards: what is asked in which order, in every spelling of a request, on both interpreters.
import base64

import harness
import pytest

PROGRAM = """
import gc
import os
import tinyweb
import tinyweb_auth as auth

app = tinyweb.webserver(max_concurrency=3)
loose = auth.Limit(tries=100000)
basic = auth.Basic(lambda user, password: (user, password) == ("ada", "p:ä"), limit=loose)
hashed = auth.Basic(auth.Passwords({"ada": auth.hash("secret", rounds=60)}), limit=loose)
tokens = auth.Bearer({"token-1": "panel", "token-2": "phone"}, limit=loose)


async def check(token):
    return "late" if token == "slow" else None

late = auth.Bearer(check, limit=loose)
limited = auth.Basic(lambda user, password: password == "right", limit=auth.Limit(tries=3, seconds=2))
read = 0


async def who(req, resp, *params):
    return "%s %s" % (req.user, ",".join(params))


async def upload(req, resp):
    global read
    read += len(await req.body())
    return "taken"


async def stream(req, resp):
    for i in range(3):
        await resp.send("part %d of %s " % (i, req.user))


class Thing:
    def get(self, data):
        return {"thing": 1}

    def put(self, data):
        return data


if "www" not in os.listdir("."):
    os.mkdir("www")
    with open("www/a.html", "w") as f:
        f.write("a file")

app.add_route("/basic/early", who)  # registered before the guard
basic.protect(app, "/basic/")
app.add_route("/basic/late/<name>", who)
app.add_route("/basic/upload", upload, methods=["POST"])
app.add_route("/basic/stream", stream)
app.add_route("/basic/own", who, methods=["GET", "OPTIONS"])
app.add_resource(Thing, "/basic/thing")
app.static("/basic/files", "www")
hashed.protect(app, "/hashed")
app.add_route("/hashed", who)
tokens.protect(app, "/tokens/")
app.add_route("/tokens/a", who, methods=["GET", "POST"])
app.add_resource(Thing, "/tokens/thing")
late.protect(app, "/late/")
app.add_route("/late/a", who)
limited.protect(app, "/limited/")
app.add_route("/limited/a", who)
tokens.protect(app, "/team/", "panel")
app.add_route("/team/a", who)


@app.get("/one")
@basic
async def one(req, resp):
    return "one for " + req.user


@app.get("/other")
@basic("bob", "eve")
async def other(req, resp):
    return "other"


@app.get("/read")
def how_much(req, resp):
    return str(read)


auth.csrf(app, allow=("https://panel.example",))
app.add_route("/form", upload, methods=["POST"])
app.run(HOST, PORT)
"""


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


GOOD = basic("ada", "p:ä")
TOKEN = {"Authorization": "Bearer token-1"}


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(PROGRAM, heap="320k", compiled=True)  # it has every kind of guard


@pytest.fixture
def get(server):
    def get(path, *fields, method="GET", body=b""):
        merged = {name: value for each in fields for name, value in each.items()}
        return harness.get(server.port, path, merged, method, body)

    return get


def test_all_below_a_prefix_asks_and_lets_the_right_user_in(get):
    for path, text in (("/basic/early", "ada "), ("/basic/late/x", "ada x"), ("/basic/thing", '{"thing": 1}'),
                       ("/basic/files/a.html", "a file"),
                       ("/basic/stream", "part 0 of ada part 1 of ada part 2 of ada "), ("/one", "one for ada")):
        got = get(path)
        assert got.code == 401, (path, got)
        assert got.headers["www-authenticate"] == 'Basic realm="board", charset="UTF-8"', got
        assert get(path, method="HEAD").code == 401, path
        got = get(path, GOOD)
        assert (got.code, got.text) == (200, text), (path, got)
    assert get("/read").text == "0"


def test_spellings_of_a_path_do_not_lead_around_a_guard(get):
    for path in ("/basic/%65arly", "/%62asic/early", "/%62%61%73%69%63/early", "/basic/late/%78", "/basic/late/a%2Fb",
                 "/basic/files//a.html", "/basic/files/%2e%2e/a.html", "/basic/files/", "/basic/files",
                 "/basic/thing?x=1", "/basic/early?", "http://localhost/basic/early"):
        assert get(path).code == 401, path
    for path in ("//basic/early", "/basic//early", "/BASIC/early", "/basic/./early", "/x/../basic/early",
                 "/basic%2Fearly", "/basic%2fearly", "/basic;x/early", "/basic/early/", "\\basic\\early"):
        assert get(path).code in (400, 401, 404), path


@pytest.mark.parametrize("value", [
    "basic  {}", "BASIC {}", "bAsIc\t {}", "Basic {} ",
])
def test_a_scheme_in_any_case_and_with_spaces(get, value):
    fields = {"Authorization": value.format(GOOD["Authorization"][6:])}
    assert get("/one", fields).code == (200 if "\t" not in value else 401)
    assert get("/one", {"AUTHORIZATION": GOOD["Authorization"]}).code == 200


def test_malformed_credentials_are_none(get):
    b64 = [b"", b"ada", b"\xff\xfe:x", b":", b"ada:", b":p:\xc3\xa4", b"ada:p:\xe4", b"x" * 300 + b":y"]
    values = ["Basic", "Basic ", "Basic !!!", "Basic YQ", "Basic YWRh=OnA", "Basic =", "Basic YWRhOnA6w6Q=x",
              "Digest x", "Bearer token-1", "Basic" + GOOD["Authorization"][6:], "", ","]
    values += ["Basic " + base64.b64encode(text).decode() for text in b64]
    for value in values:
        assert get("/one", {"Authorization": value}).code == 401, value
    for value in ("Bearer", "Bearer \xff", "Bearer token-1 x", "Bearer token-", "Bearer token-11", "Basic token-1"):
        assert get("/tokens/a", {"Authorization": value}).code == 401, value


def test_another_user_is_forbidden_and_not_asked_again(get):
    got = get("/other", GOOD)
    assert got.code == 403 and "www-authenticate" not in got.headers, got
    assert get("/other").code == 401
    assert get("/team/a", TOKEN).code == 200
    assert get("/team/a", {"Authorization": "Bearer token-2"}).code == 403


def test_tokens(get):
    assert get("/tokens/a", TOKEN).text == "panel "
    assert get("/tokens/a?access_token=token-1").code == 401
    got = get("/tokens/a")
    assert got.headers["www-authenticate"] == 'Bearer realm="board"', got
    got = get("/tokens/a", {"Authorization": "Bearer token-3"})
    assert got.headers["www-authenticate"] == 'Bearer realm="board", error="invalid_token"', got
    assert get("/late/a", {"Authorization": "Bearer slow"}).text == "late "
    assert get("/late/a", {"Authorization": "Bearer quick"}).code == 401
    got = get("/tokens/thing")
    assert (got.code, got.headers["content-type"]) == (401, "application/json"), got


def test_hashed_passwords(get):
    for _ in range(2):
        assert get("/hashed", basic("ada", "secret")).text == "ada "
        assert get("/hashed", basic("ada", "Secret")).code == 401
        assert get("/hashed", basic("eve", "secret")).code == 401
        assert get("/hashed", basic("", "")).code == 401


def test_a_refused_body_is_not_read(get, server):
    before = get("/read").text
    assert get("/basic/upload", method="POST", body=b"x" * 500).code == 401
    with harness.Client(server.port) as c:
        c.send(harness.message("/basic/upload", {"Expect": "100-continue", "Content-Length": "500"}, "POST"))
        got = c.answer("POST")
        assert got.code == 401 and not got.interim, got
        assert c.closed()
    with harness.Client(server.port) as c:
        # a body that has come with the head is read over, and is no second request
        c.send(harness.message("/basic/upload", (), "POST", b"GET /one HTTP/1.1\r\nHost: x\r\n\r\n"))
        assert c.answer("POST").code == 401
        assert c.request(harness.message("/read")).text == before
    assert get("/read").text == before
    with harness.Client(server.port) as c:
        fields = {**GOOD, "Expect": "100-continue", "Content-Length": "5"}
        c.send(harness.message("/basic/upload", fields, "POST"))
        harness.wait_for(lambda: c._receive())
        c.send(b"12345")
        got = c.answer("POST")
        assert got.code == 200 and got.interim == [100], got


def test_a_preflight_passes_and_an_options_of_the_programs_own_does_not(get):
    asks = {"Origin": "https://panel.example", "Access-Control-Request-Method": "PUT"}
    got = get("/basic/thing", asks, method="OPTIONS")
    assert got.code in (200, 204) and "PUT" in got.headers["allow"], got
    assert get("/basic/own", asks, method="OPTIONS").code == 401


def test_a_page_of_another_origin_sends_nothing(get):
    for fields in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:81"},
                   {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://localhost.evil.example"},
                   {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-site"}):
        assert get("/form", fields, method="POST", body=b"a").code == 403, fields
        assert get("/basic/upload", GOOD, fields, method="POST", body=b"a").code == 403, fields
        assert get("/one", GOOD, fields).code == 200, fields
    for fields in ({}, {"Origin": "http://localhost"}, {"Origin": "http://LOCALHOST:80"},
                   {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}):
        assert get("/form", fields, method="POST", body=b"a").code == 200, fields
        assert get("/basic/upload", GOOD, fields, method="POST", body=b"a").code == 200, fields
    panel = {"Origin": "https://panel.example"}
    assert get("/form", panel, method="POST", body=b"a").code == 200
    assert get("/basic/upload", GOOD, panel, method="POST", body=b"a").code == 403  # its own guard allows none
    assert get("/tokens/a", TOKEN, panel, method="POST").code == 200


def test_failed_logins_are_bounded_and_the_right_one_waits_its_seconds(get, server):
    assert get("/limited/a").code == 401
    assert get("/limited/a", basic("ada", "right")).code == 200
    for _ in range(3):
        assert get("/limited/a", basic("ada", "wrong")).code == 401
    got = get("/limited/a", basic("ada", "wrong"))
    assert got.code == 429 and 1 <= int(got.headers["retry-after"]) <= 2, got
    # the right password is not told from a wrong one while it is locked
    assert get("/limited/a", basic("ada", "right")).code == 429
    assert get("/limited/a").code == 429
    got = harness.wait_for(lambda: (r := get("/limited/a", basic("ada", "right"))).code == 200 and r, 5)
    assert got.text == "ada ", got


@pytest.mark.parametrize(("call", "words"), [
    ("auth.Basic(f, realm='a\"b')", 'a"b'), ("auth.Digest({'ada': 'secret'})", "secret()"),
    ("auth.Digest({'a\"b': auth.secret('a', 'board', 'x')})", "without quotes"),
    ("auth.Passwords({})", "without users"), ("auth.Passwords({'ada': 'secret'})", "'ada': write what hash() returns"),
    ("auth.Basic({'ada': 'secret'})", "Passwords({...})"), ("auth.Bearer('token')", "a dict of tokens"),
    ("auth.Session(app, key=b'short')", "16 bytes"), ("auth.Basic(f).protect(app, 'api')", "'/admin/'"),
])
def test_a_mistake_is_an_error_at_once(interpreter, call, words):
    text = f"import tinyweb\nimport tinyweb_auth as auth\napp = tinyweb.webserver()\nf = print\n{call}\n"
    with harness.launch(text, interpreter) as r:
        r.wait_end()
        output = r.output()
    assert ("ValueError" in output or "TypeError" in output) and words in output, output
    # CPython's traceback shows the program
    assert "secret'" not in (output.splitlines()[-1] if interpreter == "cpython" else output), output


NO_MEMORY = """
import tinyweb
import tinyweb_auth as auth

app = tinyweb.webserver()
left = calls = 0


def check(user, password):
    global left
    left -= 1
    if left >= 0:
        raise MemoryError("as on a full heap")
    return password == "right"


async def later(user, password):
    return check(user, password)


auth.Basic(check).protect(app, "/now")
auth.Basic(later).protect(app, "/later")


@app.post("/<when>")
async def handler(req, resp, when):
    global calls
    calls += 1
    return "%s %s %d" % (req.user, (await req.body()).decode(), calls)


@app.put("/short")
def short(req, resp):
    global left
    left = 1


app.run(HOST, PORT)
"""


def test_a_post_whose_login_finds_no_memory_is_served_once(serve):
    server = serve(NO_MEMORY, heap=harness.ROOMY, compiled=True)
    for calls, path in enumerate(("/now", "/later"), 1):
        assert harness.get(server.port, "/short", method="PUT").code == 204
        got = harness.get(server.port, path, basic("ada", "right"), "POST", b"body")
        assert (got.code, got.text) == (200, f"ada body {calls}"), got
