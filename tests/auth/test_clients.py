# Clients that nobody here wrote log in: curl, httpx, requests, aiohttp. Each prints what it was told in its own words.
import asyncio
import subprocess

import aiohttp
import harness
import have
import httpx
import pytest

PROGRAM = """
import tinyweb
import tinyweb_auth as auth

app = tinyweb.webserver()
users = {"ada": auth.secret("ada", "board", "päss"), "Jürgen": auth.secret("Jürgen", "board", "wört")}
passwords = auth.Passwords({"ada": auth.hash("päss", rounds=50), "Jürgen": auth.hash("wört", rounds=50)})
loose = auth.Limit(tries=1000)
for name, guard in (("digest", auth.Digest(users, limit=loose)), ("basic", auth.Basic(passwords, limit=loose)),
                    ("bearer", auth.Bearer({"token-1": "panel"}, limit=loose))):
    guard.protect(app, "/" + name + "/")


@app.route("/<kind>/<path:name>", methods=["GET", "POST", "PUT"])
async def who(req, resp, kind, name):
    return "%s %s %d" % (req.user, name, len(await req.body()))


app.run(HOST, PORT)
"""


@pytest.fixture(scope="module")
def url(serve_module):
    running = serve_module(PROGRAM, heap=harness.ROOMY, compiled=True)
    return f"http://{harness.HOST}:{running.port}"


def curl(*args):
    program = have.find("curl")
    if not program:
        (pytest.fail if have.in_ci() else pytest.skip)("curl is not installed")
    command = [program, "-sS", "--max-time", "10", "-w", " %{http_code}", *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl(url):
    assert curl("-u", "ada:päss", url + "/basic/a") == "ada a 0 200"
    assert curl("-u", "ada:wrong", url + "/basic/a").endswith(" 401")
    assert curl("--oauth2-bearer", "token-1", url + "/bearer/a") == "panel a 0 200"
    assert curl("--digest", "-u", "ada:wrong", url + "/digest/a").endswith(" 401")
    assert curl("--digest", "-u", "ada:päss", url + "/digest/a?b=c&d=%20") == "ada a 0 200"
    assert curl("--digest", "-u", "Jürgen:wört", "-d", "x" * 900, url + "/digest/a") == "Jürgen a 900 200"
    # several requests by one nonce, over one connection
    got = curl("--digest", "-u", "ada:päss", url + "/digest/1", url + "/digest/2", url + "/digest/3")
    assert got.count("200") == 3 and "ada 3 0" in got, got


def test_httpx(url):
    with httpx.Client(base_url=url, trust_env=False, timeout=10) as client:
        login = httpx.DigestAuth("ada", "päss")
        for n in range(4):
            got = client.post(f"/digest/{n}", content=b"x" * n, auth=login)
            assert (got.status_code, got.text) == (200, f"ada {n} {n}"), got
        assert client.get("/digest/a", auth=httpx.DigestAuth("ada", "wrong")).status_code == 401
        assert client.get("/basic/a", auth=("ada", "päss")).text == "ada a 0"
        assert client.get("/basic/a", auth=("ada", "wrong")).status_code == 401


def test_requests(url):
    requests = pytest.importorskip("requests")
    from requests.auth import HTTPDigestAuth

    with requests.Session() as session:
        session.trust_env = False
        session.auth = HTTPDigestAuth("ada", "päss")
        for n in range(4):
            got = session.put(f"{url}/digest/{n}", data=b"x" * n, timeout=10)
            assert (got.status_code, got.text) == (200, f"ada {n} {n}"), got.text
        session.auth = HTTPDigestAuth("ada", "wrong")
        assert session.get(url + "/digest/a", timeout=10).status_code == 401
        session.auth = "ada", "päss".encode()
        assert session.get(url + "/basic/a", timeout=10).text == "ada a 0"


def test_aiohttp(url):
    async def run():
        login = aiohttp.DigestAuthMiddleware("ada", "päss")
        async with aiohttp.ClientSession(middlewares=(login,)) as session:
            for n in range(4):
                async with session.post(f"{url}/digest/{n}", data=b"x" * n) as got:
                    assert (got.status, await got.text()) == (200, f"ada {n} {n}")
        async with aiohttp.ClientSession(auth=aiohttp.BasicAuth("Jürgen", "wört", "utf-8")) as session:
            async with session.get(url + "/basic/a") as got:
                assert await got.text() == "Jürgen a 0"
        async with aiohttp.ClientSession(middlewares=(aiohttp.DigestAuthMiddleware("ada", "wrong"),)) as session:
            async with session.get(url + "/digest/a") as got:
                assert got.status == 401

    asyncio.run(run())
