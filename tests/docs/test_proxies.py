# The configurations of docs/deployment.md, as they stand there, in a real nginx and a real Caddy in front of a board.
import contextlib
import re
import subprocess
import time

import harness
import have
import pages
import pytest

CONFIGURATIONS = {block.language: block.text for block in pages.blocks() if block.language in ("nginx", "caddy")}
BOARD = """
import asyncio
import tinyweb

app = tinyweb.webserver(allowed_hosts=("lamp.example.com",))


@app.get("/")
def client(req, resp):
    return "%s %s" % (req.peer[0], req.header("x-forwarded-for").decode())


@app.get("/slow")
async def slow(req, resp):
    await resp.send("first ")
    await asyncio.sleep(1)
    await resp.send("last")


@app.post("/")
async def size(req, resp):
    return str(len(await req.body()))


@app.get("/port")
def port(req, resp):
    return str(req.peer[1])


app.run(HOST, PORT)
"""


def changed(text, *pairs):
    for old, new in pairs:
        text, count = re.subn(old, new, text, flags=re.M)
        assert count >= 1, (old, text)
    return text


def nginx(text, folder, port, board):
    """Give the command of an nginx with this configuration; http instead of https, with paths of its own."""
    text = changed(text, (r"192\.168\.1\.50:80", f"127.0.0.1:{board}"), (r"listen 443 ssl", f"listen 127.0.0.1:{port}"),
                   (r"^ *ssl_certificate.*\n", ""))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{folders}{text}\n}}\n")
    return ["-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(text, folder, port, board):
    """Give the command of a Caddy with this configuration; http instead of https."""
    text = changed(text, (r"192\.168\.1\.50:80", f"127.0.0.1:{board}"), (r"^lamp\.example\.com", f"http://:{port}"))
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + text)
    return ["run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@contextlib.contextmanager
def proxy(name, folder, board):
    """Run a proxy in front of a board; gives its port."""
    path = have.find(name)
    if not path:
        (pytest.fail if have.in_ci() else pytest.skip)(f"{name} is not installed")
    port = harness.free_port()
    command = {"nginx": nginx, "caddy": caddy}[name](CONFIGURATIONS[name], folder, port, board)
    log = folder / "log"
    with open(log, "w") as output:
        process = subprocess.Popen([path, *command], stdout=output, stderr=subprocess.STDOUT, cwd=folder,
                                   env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
    try:
        harness.wait_for(lambda: process.poll() is not None or harness.accepts(port), 15, log.read_text)
        assert process.poll() is None, log.read_text()
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_a_proxy_of_the_page_stands_in_front_of_a_board(name, tmp_path):
    with harness.start(BOARD, heap="200k") as board, proxy(name, tmp_path, board.port) as port:
        host = [("Host", "lamp.example.com")]
        with harness.Client(port) as c:
            for _ in range(5):
                got = c.request(harness.message("/", host))
                assert (got.code, got.text) == (200, "127.0.0.1 127.0.0.1"), (got, board.output())
            got = c.request(harness.message("/", host, "POST", bytes(1000)))
            assert got.text == "1000", got
            # one connection to the board is kept
            assert len({c.request(harness.message("/port", host)).text for _ in range(5)}) == 1
            # what is sent piece by piece arrives so
            since = time.monotonic()
            c.send(harness.message("/slow", host))
            while b"first" not in c.buffer:
                c._receive()
            assert time.monotonic() - since < 0.8
            assert c.answer().text == "first last"
        assert harness.get(port, "/", [("Host", "evil.example.com")]).code == 421
        assert not board.trouble(), board.trouble()
