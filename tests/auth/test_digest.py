# Digest (RFC 7616): by clients that nobody here wrote in test_clients.py; here what an attacker does to it.
import hashlib
import re

import harness
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

PROGRAM = """
import tinyweb
import tinyweb_auth as auth
import tinyweb_auth_digest

app = tinyweb.webserver()
users = {"ada": auth.secret("ada", "board", "päss"), "Jürgen": auth.secret("Jürgen", "board", "x")}
digest = auth.Digest(users, limit=auth.Limit(tries=1000))
old = auth.Digest(users, limit=auth.Limit(tries=1000))
digest.protect(app, "/d/")


@app.route("/d/<path:name>", methods=["GET", "POST", "PUT"])
async def who(req, resp, name):
    return "%s %s %s" % (req.user, name, (await req.body()).decode())


@app.get("/aged")
@old
def aged(req, resp):
    return "young"


@app.get("/life/<int:seconds>")
def life(req, resp, seconds):
    tinyweb_auth_digest._LIFE = seconds


app.run(HOST, PORT)
"""


@pytest.fixture(scope="module")
def server(serve_module):
    return serve_module(PROGRAM, heap=harness.ROOMY, compiled=True)


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def nonce(server, path="/d/a"):
    got = harness.get(server.port, path)
    assert got.code == 401, got
    value = got.headers["www-authenticate"]
    found = re.fullmatch(r'Digest realm="board", qop="auth", algorithm=SHA-256, charset=UTF-8, nonce="([\w.]+)"', value)
    return found[1]


def credentials(mine, path="/d/a", count=1, method="GET", user="ada", password="päss", **other):
    nc = count if isinstance(count, str) else f"{count:08x}"
    secret = sha(f"{user}:board:{password}")
    response = sha(":".join((secret, mine, nc, "c", "auth", sha(f"{method}:{path}"))))
    fields = {"username": f'"{user}"', "realm": '"board"', "nonce": f'"{mine}"', "uri": f'"{path}"',
              "algorithm": "SHA-256", "response": f'"{response}"', "qop": "auth", "nc": nc, "cnonce": '"c"'}
    fields.update(other)
    text = "Digest " + ", ".join(f"{name}={value}" for name, value in fields.items() if value is not None)
    return {"Authorization": text.encode().decode("latin-1")}


def ask(server, fields, path="/d/a", method="GET", body=b""):
    return harness.get(server.port, path, fields, method, body)


def stale(got):
    return got.code == 401 and got.headers["www-authenticate"].endswith(", stale=true")


def test_the_right_password_is_taken_and_each_request_once(server):
    mine = nonce(server)
    first = credentials(mine)
    assert ask(server, first).text == "ada a "
    assert stale(ask(server, first))  # replayed
    assert ask(server, credentials(mine, count=3)).code == 200
    assert ask(server, credentials(mine, count=2)).code == 200  # connections overtake one another
    assert stale(ask(server, credentials(mine, count=2)))
    assert stale(ask(server, credentials(mine, count=3)))
    assert ask(server, credentials(mine, count=100)).code == 200
    assert stale(ask(server, credentials(mine, count=70)))  # too far behind to be told from a replay
    assert ask(server, credentials(mine, count=71)).code == 200
    assert ask(server, credentials(mine, count=0x7FFFFFFF)).code == 200
    assert ask(server, credentials(nonce(server), user="Jürgen", password="x")).text == "Jürgen a "


def test_what_is_signed_is_what_is_asked_for(server):
    mine = nonce(server)
    n = 0

    def refused(path="/d/a", method="GET", sent=None, **changes):
        nonlocal n
        n += 1
        got = harness.get(server.port, sent or path, credentials(mine, path, n, method, **changes), "GET")
        assert got.code == 401 and not stale(got), (path, changes, got)

    refused(sent="/d/b")  # another path, a query, another spelling
    refused(sent="/d/a?x=1")
    refused(sent="/d/%61")
    refused(method="POST")
    refused(password="pass")
    refused(user="eve")
    refused(user="")
    refused(uri='"/d/b"')
    refused(uri=None)
    refused(qop=None, nc=None)
    refused(cnonce=None)
    refused(response='""')
    refused(response='"' + "0" * 64 + '"')
    refused(nc="00000009")
    refused(nc="zz")
    refused(nc="")
    refused(nonce=None)
    refused(nonce='"x"')
    refused(username=None)
    refused(algorithm="MD5", response='"' + hashlib.md5(b"x").hexdigest() + '"')
    refused(username='"ada')
    for count in "zz", "1.5", "":  # signed as it is
        assert ask(server, credentials(mine, count=count)).code == 401, count
    assert ask(server, credentials(mine, count=50)).code == 200
    assert ask(server, credentials(mine, "/d/b?x=%20&y", 51), "/d/b?x=%20&y").text == "ada b "
    got = ask(server, credentials(mine, count=52, method="PUT"), method="PUT", body=b"body")
    assert got.text == "ada a body", got


ORDERS = (  # as curl, Chromium, httpx write them, and as no one does
    "username realm nonce uri cnonce nc qop response algorithm",
    "username realm nonce uri algorithm response qop nc cnonce",
    "username realm nonce uri response algorithm qop nc cnonce",
    "response nc uri cnonce nonce username",
)
TARGETS = "/d/a", "/d/b", "/d/long,er", "/d/a?nc=00000001", "/d/b?uri=/d/a", "/d/%6c"
SPOILT = {"username": '"eve"', "nonce": '"x"', "uri": '"/d/c"', "nc": "000000ff", "cnonce": '"d"',
          "response": '"%s"' % ("0" * 64)}  # fmt: skip
PARTS = ("ada", "Jürgen"), TARGETS, ORDERS, (", ", ",", " , "), (False, True), (None,) * 8 + tuple(SPOILT)
ASKED = st.lists(st.tuples(*map(st.sampled_from, PARTS)), min_size=2, max_size=6)


@settings(max_examples=30, deadline=None)
@given(ASKED)
def test_credentials_are_read_alike_whatever_came_before(server, asked):
    mine = nonce(server)
    for count, (user, path, order, comma, quoted, wrong) in enumerate(asked, 1):
        right = credentials(mine, path, count, user=user, password="päss" if user == "ada" else "x")
        text = right["Authorization"].encode("latin-1").decode()
        fields = dict(part.split("=", 1) for part in text[7:].split(", "))
        if quoted:
            fields.update(qop='"auth"', nc='"%s"' % fields["nc"], algorithm='"SHA-256"')
        if wrong:
            fields[wrong] = SPOILT[wrong]
        text = "Digest " + comma.join(f"{name}={fields[name]}" for name in order.split())
        got = ask(server, {"Authorization": text.encode().decode("latin-1")}, path)
        assert (got.code == 200) == (not wrong), (text, got)
        assert wrong or got.text.startswith(user + " "), (text, got)


def test_a_parameter_more_than_the_last_time(server):
    mine = nonce(server)
    for count, more in enumerate(("", ', opaque="x"', "", ", userhash=false"), 1):
        got = ask(server, credentials(mine, count=count, uri='"/d/a"' + more))
        assert got.text == "ada a ", (more, got)
    got = ask(server, credentials(mine, count=9, uri='"/d/b", uri="/d/a"'))
    assert got.code == 401


def test_malformed_credentials_are_refused(server):
    for value in ("Digest", "Digest ", "Digest x", "Digest =", "Digest ,,,", 'Digest username="', "digest",
                  "Digest username=", 'Digest nonce="1.1.x"', "Digest " + "a=b, " * 50):
        assert ask(server, {"Authorization": value}).code == 401, value


def test_nonces_that_are_not_the_servers_are_stale(server):
    number, second, signature = nonce(server).split(".")
    for wrong in ("x", "1.1." + "0" * 32, f"{number}.ffff.{signature}", f"{int(number, 16) + 1:x}.{second}.{signature}",
                  f"{number}.{second}.{signature}.", f".{number}.{second}.{signature}", "..", f"{number}.{second}."):
        got = ask(server, credentials(wrong))
        assert stale(got), (wrong, got)  # the password was right: a browser logs in again without asking


def test_of_many_nonces_the_oldest_is_forgotten_and_not_taken_again(server):
    nonces = [nonce(server) for _ in range(12)]
    for each in nonces:
        assert ask(server, credentials(each)).code == 200, each
    for each in nonces:
        assert stale(ask(server, credentials(each))), each
    for each in nonces[:4]:
        assert stale(ask(server, credentials(each, count=2))), each
    for each in nonces[4:]:
        assert ask(server, credentials(each, count=2)).code == 200, each


def test_a_nonce_ages(server):
    mine = nonce(server, "/aged")
    assert ask(server, credentials(mine, "/aged"), "/aged").text == "young"
    try:
        harness.get(server.port, "/life/0")
        wanted = iter(range(2, 1000))
        harness.wait_for(lambda: stale(ask(server, credentials(mine, "/aged", next(wanted)), "/aged")), 5)
    finally:
        harness.get(server.port, "/life/300")


def test_two_guards_do_not_take_each_others_nonces(server):
    assert stale(ask(server, credentials(nonce(server), "/aged"), "/aged"))


def test_a_hash_that_finds_no_memory_is_not_taken_for_another(monkeypatch):
    import tinyweb_auth_digest

    class Request:
        """A stand-in for a request, of which only the head is asked for."""

        method = b"GET"
        head = property(lambda self: self)

        def __init__(self, target):
            self.raw = b"GET %s HTTP/1.1\r\n" % target

    guard = tinyweb_auth_digest.Digest({"ada": sha("ada:board:päss")})
    head = b"1.%x." % tinyweb_auth_digest._uptime()
    mine = head + guard._sign(head)

    def check(target, signed, count):
        nc = b"%08x" % count
        secret = sha("ada:board:päss")
        response = sha(":".join((secret, mine.decode(), nc.decode(), "c", "auth", sha("GET:" + signed))))
        return guard._check(Request(target), None, "ada", mine, nc, b"c", response.encode(), target)

    def full(data):
        raise MemoryError

    assert check(b"/status", "/status", 1) is True
    with monkeypatch.context() as patch:
        patch.setattr(tinyweb_auth_digest, "_hash", full)
        with pytest.raises(MemoryError):
            check(b"/open-the-door", "/status", 2)
    assert check(b"/open-the-door", "/status", 3) is False
    assert check(b"/open-the-door", "/open-the-door", 4) is True
