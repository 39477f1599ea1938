# What real clients send as a form with a file arrives as it was: curl, requests, httpx, undici (node's fetch).
import os
import subprocess

import harness
import have
import httpx
import pytest
import requests
import uploads

DATA = bytes(range(256)) * 390 + b"\r\n--"  # 100 KB, with the beginnings of boundaries
NAME = "grün \"1\".bin"
NODE = """
const [url, path, name] = process.argv.slice(1);
const form = new FormData();
form.append("text", "ä\\r\\nb");
form.append("file", new Blob([require("fs").readFileSync(path)], {type: "image/png"}), name);
fetch(url, {method: "POST", body: form}).then(r => r.text()).then(console.log);
"""


@pytest.fixture(scope="module")
def url(serve_module):
    port = serve_module(uploads.PROGRAM, heap="4m", compiled=True).port
    return f"http://{harness.HOST}:{port}/parts/1024"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(DATA)
    return path


def by_curl(url, file):
    part = f"file=@{file};type=image/png;filename={quoted(NAME)}"
    return run([have.find("curl"), "-sS", "-F", "text=ä\r\nb", "-F", part, url])


def quoted(name):
    return '"' + name.replace('"', '\\"') + '"'


def by_node(url, file):
    return run([have.find("node"), "-e", NODE, url, str(file), NAME])


def run(command):
    if not command[0]:
        (pytest.fail if have.in_ci() else pytest.skip)("it is not installed")
    env = dict(os.environ, NO_PROXY="*")
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


def by_requests(url, file):
    with requests.Session() as session:
        session.trust_env = False
        return session.post(url, data={"text": "ä\r\nb"}, files={"file": (NAME, DATA, "image/png")}, timeout=30).text


def by_httpx(url, file):
    return httpx.post(url, data={"text": "ä\r\nb"}, files={"file": (NAME, DATA, "image/png")}, timeout=30,
                      trust_env=False).text


@pytest.mark.parametrize("send", [by_curl, by_node, by_requests, by_httpx])
def test_a_client(url, file, send):
    got = uploads.parts(send(url, file))
    assert [part[0] for part in got] == ["text", "file"]
    assert got[0][1:] == (None, None, "ä\r\nb".encode()), got[0]
    # a quote in a name comes with a backslash or as %22, which stays (RFC 7578 2, 4.2)
    assert got[1][1].replace("%22", '"') == NAME and got[1][2] == "image/png", got[1][:3]
    assert got[1][3] == DATA
