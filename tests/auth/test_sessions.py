# Sessions: the cookie against CPython's own HMAC, its end, its owner, and what an attacker does to it.
import base64
import hashlib
import hmac
import json
import re
import time

import harness
import pytest
import tinyweb_auth
import tinyweb_auth_hash
from hypothesis import given, settings
from hypothesis import strategies as st

KEY = b"sixteen bytes or more, and random"
PROGRAM = """
import os
import tinyweb
import tinyweb_auth as auth

app = tinyweb.webserver()
login = auth.Session(app)
short = auth.Session(app, life=1, cookie="short", page=None)
keyed = auth.Session(app, key=%r, cookie="keyed", page=None)
secure = auth.Session(app, cookie="tls", page=None, secure=True)


def who(req, resp, *params):
    return "%%s %%s" %% (req.user, req.session)


login.protect(app, "/")
app.add_route("/page", who)
app.add_route("/page/<path:name>", who)
app.add_route("/api", who, methods=["GET", "POST"])
app.resource("/thing")(lambda data: {"a": 1})
for name, guard in ("short", short), ("keyed", keyed), ("secure", secure):
    app.add_route("/open/" + name, who)


@app.get("/login")
def page(req, resp):
    return "next " + login.next(req)


@app.post("/login")
async def enter(req, resp):
    login.start(resp, await req.json())
    await resp.redirect(login.next(req), 303)


@app.post("/logout")
def leave(req, resp):
    login.end(resp)
    return "out"
""" % KEY
# What is not below the guard of "/".
OTHERS = """
app2 = tinyweb.webserver()
for name, guard in ("short", short), ("keyed", keyed), ("secure", secure):
    app2.add_route("/" + name, guard(who))


@app2.post("/start/<name>")
async def start(req, resp, name):
    {"short": short, "keyed": keyed, "secure": secure}[name].start(resp, await req.json())


@app2.get("/load")
def load(req, resp):
    return {"keyed": keyed.load(req), "now": req.session}


@app2.post("/end")
def end(req, resp):
    short.end(resp)


@app2.get("/both")
def both(req, resp):
    resp.set_cookie("theme", "dark")
    keyed.start(resp, {"user": "ada"})
    resp.set_cookie("more", "1")
    return "both"


@app2.post("/accept")
async def accept(req, resp):
    resp.set_cookie("theme", "dark")
    result = keyed.accept(resp, await req.json(), default="/start?a=1")
    resp.set_cookie("more", "1")
    return result


@app2.post("/astray")
def astray(req, resp):
    return keyed.accept(resp, {}, "/\\r\\nX-Injected: 1")


app2.run(HOST, PORT2, loop_forever=False)
app.run(HOST, PORT)
"""
HTML = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture(scope="module")
def server(serve_module):
    port = harness.free_port()
    running = serve_module(PROGRAM + OTHERS.replace("PORT2", str(port)), heap="320k", compiled=True)
    harness.wait_for(lambda: harness.accepts(port))
    running.second = port
    return running


def ask(server, path, cookie=None, second=False, method="GET", body=b"", **fields):
    fields = {name.replace("_", "-"): value for name, value in fields.items()}
    if cookie:
        fields["Cookie"] = cookie
    return harness.get(server.second if second else server.port, path, fields, method, body)


def log_in(server, data=None, path="/login", **more):
    got = ask(server, path, method="POST", body=json.dumps(data or {"user": "ada", "n": [1]}).encode(), **more)
    assert got.code in (303, 204), got
    return got.headers["set-cookie"].split(";")[0], got.headers["set-cookie"]


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forge(data, key=KEY, name="keyed", end=None, ident="0123"):
    """Make a cookie as the page says that one is made, by CPython's own modules."""
    payload = f"{name}={encode(json.dumps([end or int(time.time()) + 60, ident, data]).encode())}"
    return payload + "." + encode(hmac.new(key, payload.encode(), hashlib.sha256).digest())


@pytest.mark.parametrize("length", [1, 32, 64, 65, 200])
def test_a_key_of_any_length_signs_as_hmac_does(length):
    key = bytes(range(length))
    got = tinyweb_auth._hmac(tinyweb_auth_hash._pads(key), b"session=payload")
    assert got == hmac.new(key, b"session=payload", hashlib.sha256).digest()


def test_a_session_from_the_login_to_the_logout(server):
    assert ask(server, "/page").code == 401
    cookie, whole = log_in(server)
    assert re.fullmatch(r"session=[\w-]+\.[\w-]{43}; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax", whole), whole
    got = ask(server, "/page", cookie)
    assert got.text == "ada {'user': 'ada', 'n': [1]}" or got.text == "ada {'n': [1], 'user': 'ada'}", got
    assert got.headers["cache-control"] == "no-store", got
    assert ask(server, "/page", "a=b; " + cookie + "; session=x.y").code == 200
    other, _ = log_in(server)
    assert other != cookie  # each login has an id of its own
    got = ask(server, "/logout", cookie, method="POST")
    assert (got.code, got.headers["set-cookie"]) == (200, "session=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"), got
    assert ask(server, "/page", cookie).code == 401
    assert ask(server, "/page", other).code == 200


def test_nothing_of_a_resource_stays_in_a_browser_either(server):
    cookie, _ = log_in(server)
    for method, code in ("GET", 200), ("PUT", 405):
        got = ask(server, "/thing", cookie, method=method)
        assert (got.code, got.headers["access-control-allow-origin"]) == (code, "*"), got
        assert code != 200 or got.headers["cache-control"] == "no-store", got


def test_a_page_is_redirected_and_a_request_of_a_script_is_not(server):
    for path, where in (("/page", "/page"), ("/page/a%2Fb?x=1&y=%26+2", "/page/a%252Fb?x=1%26y=%2526%2B2")):
        got = ask(server, path, **HTML)
        assert (got.code, got.headers["location"]) == (303, "/login?next=" + where), got
        assert ask(server, got.headers["location"], **HTML).text == "next " + path
    got = ask(server, "/api", method="POST", **HTML)
    assert (got.code, got.headers["location"]) == (303, "/login"), got
    assert ask(server, "/page", Accept="application/json").code == 401
    assert ask(server, "/page").headers["www-authenticate"] == "Cookie"
    assert ask(server, "/page", **HTML, method="HEAD").code == 303
    # the login page is below the guarded prefix, and passes; nothing else does
    assert ask(server, "/login").text == "next /"
    for path in ("/login/", "/LOGIN", "/login%2F", "//login"):
        assert ask(server, path).code in (401, 404), path


@pytest.mark.parametrize("path, want", [
    ("/page", "/page"), ("/", "/"), ("/a?b=c", "/a?b=c"), ("//evil.example", "/"), ("/\\evil.example", "/"),
    ("https://evil.example", "/"), ("evil", "/"), ("", "/"), ("/\t/evil.example", "/"), ("/\r\nSet-Cookie: a=b", "/"),
    ("\\\\evil.example", "/"), ("/%2F", "/%2F"), (" /a", "/"), ("/\0", "/"), ("javascript:alert(1)", "/"),
])
def test_next_is_one_path(server, path, want):
    query = "".join(f"%{b:02X}" for b in path.encode())
    got = ask(server, "/login?next=" + query, method="POST", body=b"{}")
    assert got.headers["location"] == want, got


def test_cookies_that_cpython_signs_are_taken_and_no_others(server):
    cookie = forge({"user": "ada", "ü": [None, 1.5]})
    assert ask(server, "/keyed", cookie, True).text.startswith("ada {")
    mine, _ = log_in(server, {"user": "eve"}, "/start/keyed", second=True)
    payload, _, signature = mine.rpartition(".")
    assert encode(hmac.new(KEY, payload.encode(), hashlib.sha256).digest()) == signature
    end, ident, data = json.loads(decode(payload[6:]))
    assert 3500 < end - time.time() <= 3600 and len(ident) == 16 and data == {"user": "eve"}
    wrong = [forge({"user": "ada"}, b"another key that is not right"), forge({"user": "ada"}, end=int(time.time()) - 1),
             forge({"user": "ada"}, end=1), forge({"user": "ada"}, name="session").replace("session=", "keyed="),
             cookie[:-1], cookie + "x", cookie.replace(".", ""), "keyed=.", "keyed=", "keyed", "xkeyed=" + cookie[6:],
             "keyed=" + "A" * 3000, "keyed=" * 40, cookie.replace("keyed", "KEYED"), "a=" + cookie]
    for text in wrong:
        assert ask(server, "/keyed", text, True).code == 401, text
    # of other servers of this host, which a browser sends as well
    for text in "keyed=a.b; " * 3, "my-keyed=a.b; " * 9, "akeyed=a.b; keyed=a.b; " * 3:
        assert ask(server, "/keyed", text + cookie, True).text.startswith("ada {"), text
    assert ask(server, "/load", cookie, True).text.count('"user": "ada"') == 2
    assert json.loads(ask(server, "/load", wrong[0], True).text) == {"keyed": {}, "now": {}}


def test_of_many_cookies_of_one_name_the_first_four_are_looked_at(server):
    right = forge({"user": "eve"})
    for n, code in (3, 200), (4, 401):
        wrong = "".join(f"keyed=x{i}.y; " for i in range(n))
        assert ask(server, "/keyed", wrong + right, second=True).code == code, n


def test_one_flipped_bit_is_refused(server):
    cookie = forge({"user": "ada"})
    assert ask(server, "/keyed", cookie, True).code == 200
    flips = st.tuples(st.integers(6, len(cookie) - 1), st.integers(0, 6))

    @settings(max_examples=60, deadline=None, database=None)
    @given(flips)
    def flip(place):
        at, bit = place
        changed = bytearray(cookie.encode())
        changed[at] ^= 1 << bit
        if changed[at] in b"\r\n\0 \t;":
            return  # another field, or a shorter cookie: tried above
        with harness.Client(server.second) as c:
            head = b"GET /keyed HTTP/1.1\r\nHost: x\r\nCookie: %s\r\n\r\n" % changed
            assert c.request(head).code in (400, 401), changed

    flip()


def test_a_session_ends_with_its_seconds(server):
    cookie, _ = log_in(server, path="/start/short", second=True)
    assert ask(server, "/short", cookie, True).code == 200
    harness.wait_for(lambda: ask(server, "/short", cookie, True).code == 401, 5)
    # what has ended does not begin again
    assert ask(server, "/short", cookie, True).code == 401


def test_the_end_of_no_session_drops_the_cookie_all_the_same(server):
    got = ask(server, "/end", second=True, method="POST")
    assert got.code == 204 and got.headers["set-cookie"].startswith("short=; Max-Age=0"), got


def test_a_cookie_for_https_says_so(server):
    cookie, whole = log_in(server, path="/start/secure", second=True)
    assert whole.startswith("__Host-tls=") and whole.endswith("; Secure"), whole
    assert ask(server, "/secure", cookie, True).code == 200
    assert ask(server, "/secure", cookie[7:], True).code == 401


def test_other_cookies_of_a_response_stay(server):
    got = ask(server, "/both", second=True)
    assert [value.split("=")[0] for value in got.all("set-cookie")] == ["theme", "keyed", "more"], got


def test_a_login_that_is_accepted_leads_back(server):
    got = ask(server, "/accept?next=/a%3Fb=%C3%A4%26c", method="POST", body=b'{"user": "eve"}', second=True)
    cookies = got.all("set-cookie")
    assert (got.code, got.text) == (303, ""), got
    assert got.headers["location"].encode("latin-1").decode() == "/a?b=ä&c", got
    assert sorted(value.split("=")[0] for value in cookies) == ["keyed", "more", "theme"], got
    mine, = [value for value in cookies if value.startswith("keyed=")]
    assert mine.endswith("; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax"), got
    assert ask(server, "/keyed", mine.split(";")[0], True).text.startswith("eve {")
    for query in "", "?next=//evil.example", "?next=/%0D%0ASet-Cookie:x=y":
        got = ask(server, "/accept" + query, method="POST", body=b'{"user": "eve"}', second=True)
        assert (got.code, got.headers["location"]) == (303, "/start?a=1"), got
        assert len(got.all("set-cookie")) == 3, got


def test_a_login_never_puts_a_line_into_the_head(server):
    got = ask(server, "/astray", method="POST", second=True)
    assert got.code == 500 and "x-injected" not in got.headers and "set-cookie" not in got.headers, got
    server._log.write_text("")  # the traceback was wanted


def test_a_session_that_is_too_long_is_refused(server):
    assert ask(server, "/login", method="POST", body=json.dumps({"a": "x" * 600}).encode()).code == 303
    assert ask(server, "/login", method="POST", body=json.dumps({"a": "x" * 700}).encode()).code == 500
    assert "1024 bytes at most" in server.output()
    server._log.write_text("")  # the traceback was wanted


def test_a_restart_ends_the_sessions_without_a_key(serve, interpreter):
    if interpreter == "cpython":
        pytest.skip("seen on MicroPython")
    program = PROGRAM.replace('login.protect(app, "/")', 'login.protect(app, "/page")') + "\napp.run(HOST, PORT)\n"
    first = serve(program, heap="320k", compiled=True, ends=True)
    cookie, _ = log_in(first)
    assert ask(first, "/page", cookie).code == 200
    first.stop()
    again = serve(program, heap="320k", compiled=True)
    assert ask(again, "/page", cookie).code == 401


DAYS = """
import asyncio
import time
import tinyweb
import tinyweb_auth as auth


class Clock:  # a stand-in whose ticks come round after 12 days, as on a board, and whose hours pass quickly
    now = 0
    ticks_ms = lambda self: self.now & 0x3FFFFFFF
    ticks_diff = lambda self, a, b: ((a - b + 0x20000000) & 0x3FFFFFFF) - 0x20000000


class Loop:
    def create_task(self, coroutine):
        return asyncio.create_task(coroutine)

    async def sleep(self, seconds):
        await asyncio.sleep_ms(1)
        clock.now += seconds * 1000


clock = auth.time = Clock()
auth.asyncio = Loop()
app = tinyweb.webserver()
login = auth.Session(app, page=None)


@app.get("/")
@login
def page(req, resp):
    return "in"


@app.get("/start")
def start(req, resp):
    login.start(resp, {"user": "ada"})


@app.get("/days")
def days(req, resp):
    return str(clock.now // 86400000)


app.run(HOST, PORT)
"""


def test_a_session_is_not_valid_again_when_the_ticks_have_come_round():
    with harness.start(DAYS, heap=harness.ROOMY) as server:
        cookie = harness.get(server.port, "/start").headers["set-cookie"].split(";")[0]
        begun = int(harness.get(server.port, "/days").text)
        for days in 2, 5, 8, 11, 13, 14, 20, 26, 40:
            harness.wait_for(lambda n=days: int(harness.get(server.port, "/days").text) - begun >= n, 30)
            assert harness.get(server.port, "/", {"Cookie": cookie}).code == 401, days


UNSET = """
import time
import tinyweb
import tinyweb_auth as auth


class Clock:  # a stand-in for a board's clock, which starts in 2000
    time = lambda self: 100
    localtime = lambda self, *seconds: (2000, 1, 1, 0, 1, 40, 5, 1)


import tinyweb_auth_session
tinyweb_auth_session.time = Clock()
app = tinyweb.webserver()
login = auth.Session(app, key=%r, page=None)


@app.get("/")
@login
def page(req, resp):
    return "in"


@app.get("/start")
def start(req, resp):
    login.start(resp, {})


app.run(HOST, PORT)
""" % KEY


def test_a_session_with_a_key_wants_a_clock_that_is_set(interpreter):
    with harness.start(UNSET, interpreter, heap=harness.ROOMY) as server:
        assert harness.get(server.port).code == 401
        got = harness.get(server.port, "/start")
        assert got.code == 503 and "set-cookie" not in got.headers, got
        got = harness.get(server.port, "/", {"Cookie": forge({}, name="session", end=1000)})
        assert got.code == 401, got
        assert server.output().count("clock that is set") == 1
