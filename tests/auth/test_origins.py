# Who sends a request: a login without a name is one of a browser all the same, and a page of another origin sends none.
import base64
import json

import harness
import pytest

PROGRAM = """
import tinyweb
import tinyweb_auth as auth

app = tinyweb.webserver()
basic = auth.Basic(lambda user, password: password == "right")
login = auth.Session(app)
admin = auth.Session(app, cookie="admin", page="/admin/login")
basic.protect(app, "/basic")
login.protect(app, "/session")
admin.protect(app, "/admin/", "ada")
auth.csrf(app, "https://panel.example")


async def who(req, resp):
    return repr(req.user)


for url in "/basic", "/session", "/admin/a", "/admin/login":
    app.add_route(url, who, methods=["GET", "POST"])


@app.post("/form")
def form(req, resp):
    return "taken"


@app.post("/start/<name>")
async def start(req, resp, name):
    {"login": login, "admin": admin}[name].start(resp, await req.json())


app.run(HOST, PORT)
"""
EVIL = {"Origin": "http://evil.example"}
NAMELESS = {"Authorization": "Basic " + base64.b64encode(b":right").decode()}


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(PROGRAM, heap="320k", compiled=True)


def post(server, path, fields, body=b""):
    return harness.get(server.port, path, fields, "POST", body)


def session(server, name, data):
    got = post(server, "/start/" + name, {}, json.dumps(data).encode())
    assert got.code == 204, got
    return {"Cookie": got.headers["set-cookie"].split(";")[0]}


def test_a_login_without_a_name_is_sent_by_browsers_too(server):
    for path, login in (("/basic", NAMELESS), ("/session", session(server, "login", {"n": 1})),
                        ("/session", session(server, "login", {"user": None}))):
        assert post(server, path, login).text == "''", path
        assert post(server, path, {**login, **EVIL}).code == 403, path


def test_an_origin_is_allowed_whole(server):
    assert post(server, "/form", {"Origin": "https://panel.example"}).code == 200
    for fields in ({"Origin": "https://panel.ex"}, {"Origin": "https"}, {"Origin": ""},
                   {"Sec-Fetch-Site": "cross-site"}):
        assert post(server, "/form", fields).code == 403, fields


def test_an_origin_that_is_no_text_is_another_one(server):
    with harness.Client(server.port) as c:
        for path in b"/form", b"/basic":
            head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nAuthorization: %s\r\nOrigin: http://\xff\r\n\r\n"
            assert c.request(head % (path, NAMELESS["Authorization"].encode())).code == 403, path


def test_at_the_login_page_another_user_may_log_in(server):
    ada, bob = (session(server, "admin", {"user": user}) for user in ("ada", "bob"))
    assert harness.get(server.port, "/admin/a", ada).text == "'ada'"
    assert harness.get(server.port, "/admin/a", bob).code == 403
    assert harness.get(server.port, "/admin/login", bob).text == "'bob'"
    assert post(server, "/admin/login", bob).code == 200
    assert post(server, "/admin/login", {**bob, **EVIL}).code == 403


@pytest.mark.parametrize("data", ["ada", ["user", "ada"], None])
def test_a_session_is_a_dict(server, data):
    assert post(server, "/start/login", {}, json.dumps(data).encode()).code == 500
    assert "A session is a dict" in server.output()
    server._log.write_text("")  # the traceback was wanted
