# The server on each version of CPython that is installed here, beside the one that runs the tests.
import functools
import inspect
import pathlib
import shutil
import signal
import subprocess
import sys

import harness
import pytest
import tinyweb.compat_cpython

PROGRAM = """
import asyncio
import tinyweb
import tinyweb_events

app = tinyweb.webserver(access_log=print)
events = tinyweb_events.Events(app, "/events", hello=lambda: {"on": True})


@app.get("/")
async def index(req, resp):
    return "<h1>Hello</h1>"


@app.get("/wait")
async def wait(req, resp):
    await resp.send("a")
    await asyncio.sleep(0.1)
    await resp.send("b")


@app.post("/form")
async def form(req, resp):
    return await req.read_parse_form_data()


@app.get("/fail")
def fail(req, resp):
    raise KeyError("broken")


app.run(HOST, PORT)
"""


@functools.cache
def others():
    """Return {"3.12": path} of the CPythons from 3.10 on that are installed, without that of the tests."""
    found = {}
    names = [path for n in range(10, 20) if (path := shutil.which(f"python3.{n}"))]
    # where several are installed side by side
    names += map(str, sorted(pathlib.Path(sys.base_prefix).parent.glob("*3.*/bin/python3")))
    for name in names:
        command = [name, "-c", "import sys; print(sys.implementation.name, *sys.version_info[:2])"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        words = done.stdout.split()
        if done.returncode == 0 and words[0] == "cpython" and int(words[1]) == 3 and int(words[2]) >= 10:
            found.setdefault(f"3.{words[2]}", name)
    found.pop("3.%d" % sys.version_info[1], None)
    return found


def test_the_server_runs_on_each_cpython_that_is_installed(interpreter):
    if interpreter != "cpython" or not others():
        pytest.skip("no other CPython is installed")
    for version, name in others().items():
        with harness.start(PROGRAM, "cpython", command=[name, "-W", "error"]) as server:
            assert harness.get(server.port).text == "<h1>Hello</h1>", (version, server.output())
            assert harness.get(server.port, "/wait").text == "ab", version
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            assert harness.get(server.port, "/form", kind, "POST", b"a=1").text == '{"a": "1"}', version
            assert harness.get(server.port, "/fail").code == 500 and "KeyError" in server.output(), version
            with harness.Client(server.port) as c:
                c.send(harness.message("/events"))
                while b'{"on": true}' not in c.buffer:
                    assert c._receive(), server.output()
                assert harness.get(server.port).text == "<h1>Hello</h1>", version
            server.process.send_signal(signal.SIGINT)
            server.process.wait(30)
            assert "never awaited" not in server.output(), (version, server.output())


def test_a_task_gets_a_coroutine():
    # From 3.12 on asyncio takes nothing else.
    it = tinyweb.compat_cpython._drive(None)
    assert inspect.iscoroutine(it)
    it.close()
