# tinyweb_testing as its users have it: in pytest and unittest, on an app of the test's own and on programs that run in
# MicroPython and CPython.
import asyncio
import contextlib
import inspect
import os
import ssl
import subprocess
import sys
import threading
import unittest

import httpx
import httpx_sse
import memory
import project
import pytest
import tinyweb
import websockets
from tinyweb_testing import AsyncClient, Client, SyncClient

PROGRAM = """
import tinyweb
import tinyweb_events
import tinyweb_multipart
import tinyweb_websocket

app = tinyweb.webserver()
events = tinyweb_events.Events(app, "/events", hello=lambda: {"on": True}, ping=0)


@app.get("/")
async def index(req, resp):
    return "<h1>It works</h1>"


@app.get("/me")
async def me(req, resp):
    return {"name": req.cookies.get("name"), "host": req.host.decode()}


@app.post("/login")
async def login(req, resp):
    data = await req.read_parse_form_data()
    resp.set_cookie("name", data["name"])
    await resp.redirect("/me")


@app.post("/json")
async def echo(req, resp):
    return await req.json(), 201


@app.post("/upload")
async def upload(req, resp):
    found = []
    async for part in tinyweb_multipart.form(req):
        found.append([part.name, part.filename, await part.text()])
    return found


@app.post("/tell")
async def tell(req, resp):
    return {"told": events.send(await req.json(), event="told", id=7)}


@app.get("/chat")
@tinyweb_websocket.websocket
async def chat(req, ws):
    await ws.send("hello %s %s" % (req.cookies.get("name"), req.header("x-tab")))
    async for message in ws:
        await ws.send(message)


@app.get("/fail")
async def fail(req, resp):
    raise KeyError("broken")


@app.post("/end")
async def end(req, resp):
    import sys

    print("this is the end")
    sys.exit(3)
"""


def new_app():
    space = {}
    exec(PROGRAM, space)
    return space["app"], space["events"]


@pytest.fixture
def program(tmp_path):
    """A program that ends as they do, with an address that no test could have."""
    (tmp_path / "main.py").write_text(PROGRAM + "\napp.run(host='192.0.2.1', port=80)\n")
    return tmp_path / "main.py"


@pytest.fixture(params=["app", "micropython", "cpython"])
def client(request, program):
    return Client(new_app()[0]) if request.param == "app" else Client.of(program, interpreter=request.param)


def test_a_plain_test_sees_what_a_browser_would(client):
    with client as c:
        assert isinstance(c, SyncClient)
        got = c.get("/")
        assert (got.status_code, got.text, got.http_version) == (200, "<h1>It works</h1>", "HTTP/1.1"), got
        assert c.url == f"http://127.0.0.1:{c.port}" and c.get("/me").json() == {"name": None, "host": c.url[7:]}
        # a form, a redirect and a cookie that is kept
        got = c.post("/login", data={"name": "Eva"})
        assert (got.status_code, got.headers["location"]) == (302, "/me"), got
        assert c.get("/me").json()["name"] == "Eva"
        got = c.post("/json", json={"list": [1, None, "ü"]})
        assert (got.status_code, got.json()) == (201, {"list": [1, None, "ü"]}), got
        got = c.post("/upload", data={"note": "old"}, files={"file": ("a.txt", b"text")})
        assert sorted(got.json()) == [["file", "a.txt", "text"], ["note", None, "old"]], got.text
        with c.events("/events", last_id="6") as events:
            first = next(events)
            assert (first.event, first.json()) == ("message", {"on": True}), first
            assert c.post("/tell", json=[1]).json() == {"told": 1}
            told = next(events)
            assert (told.event, told.id, told.json()) == ("told", "7", [1]), told
        with c.websocket("/chat", headers={"X-Tab": "2"}) as ws:
            assert ws.recv(timeout=30) == "hello Eva b'2'"
            ws.send(b"\0\1")
            assert ws.recv(timeout=30) == b"\0\1"
        assert c.get("/fail").status_code == 500
        assert c.get("/").status_code == 200


def test_an_asynchronous_test_sees_the_same(client):
    async def test():
        async with client as c:
            assert isinstance(c, AsyncClient)
            assert (await c.get("/")).text == "<h1>It works</h1>"
            assert (await c.post("/login", data={"name": "Ada"}, follow_redirects=True)).json()["name"] == "Ada"
            async with c.events("/events") as events:
                assert (await anext(events)).json() == {"on": True}
                assert (await c.post("/tell", json={"x": 1})).json() == {"told": 1}
                assert (await anext(events)).json() == {"x": 1}
            async with c.websocket("/chat") as ws:
                assert await ws.recv() == "hello Ada None"
                await ws.send("again")
                assert await ws.recv() == "again"

    asyncio.run(asyncio.wait_for(test(), 90))


def test_a_program_prints_where_its_test_can_see_it(program):
    with Client.of(program) as c:
        c.get("/fail")
        port = c.port
        with pytest.raises(RuntimeError, match="in this process"):
            c.call(print)
    assert "KeyError: broken" in c.output and str(port) not in c.output, c.output
    with pytest.raises(httpx.ConnectError):
        httpx.get(c.url, trust_env=False)


@pytest.mark.parametrize("interpreter", ["micropython", "cpython"])
def test_what_is_printed_before_a_response_is_there_behind_it(tmp_path, interpreter):
    (tmp_path / "main.py").write_text(inspect.cleandoc('''
        import tinyweb

        app = tinyweb.webserver()


        @app.get("/<name>")
        async def index(req, resp, name):
            print("asked for", name)
            return name


        app.run()
    '''))
    with Client.of(tmp_path / "main.py", interpreter) as c:
        for n in range(1500):
            assert c.get(f"/größe-{n}").text == f"größe-{n}"
            assert c.output.endswith(f"asked for größe-{n}\n"), c.output[-50:]


def test_a_test_that_fails_shows_what_the_program_printed(program, tmp_path):
    (tmp_path / "test_it.py").write_text(inspect.cleandoc(f'''
        import pytest
        from tinyweb_testing import Client


        @pytest.fixture
        def c():
            with Client.of({str(program)!r}) as c:
                yield c


        def test_with_a_fixture(c):
            assert c.get("/fail").status_code == 200


        def test_with_a_block():
            with Client.of({str(program)!r}) as c:
                assert c.get("/fail").status_code == 200


        def test_of_its_end(c):
            c.post("/end")


        def test_that_passes(c):
            print("said by a test that passes")
            assert c.get("/fail").status_code == 500
    '''))
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"], cwd=tmp_path,
                          env=dict(os.environ, PYTHONPATH=str(project.ROOT / "host")), capture_output=True, text=True,
                          timeout=90)
    assert done.returncode == 1 and "3 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("KeyError: broken") == 2 and "main.py has ended (3)" in done.stdout, done.stdout


def test_a_program_ends_with_the_tests_that_never_left_its_client(program):
    text = f"from tinyweb_testing import Client; print(Client.of({str(program)!r}).__enter__().url, flush=True)"
    done = subprocess.run([sys.executable, "-c", text], env=dict(os.environ, PYTHONPATH=str(project.ROOT / "host")),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    with pytest.raises(httpx.ConnectError):
        httpx.get(done.stdout.strip(), trust_env=False)


@pytest.mark.parametrize("call", ['app.run(port="80")', 'app.run("192.0.2.1:80")',
                                  'import asyncio; asyncio.run(app.start("192.0.2.1", 80.5))'])
def test_a_wrong_address_is_an_error_as_on_a_board(tmp_path, call):
    (tmp_path / "main.py").write_text("import tinyweb\n\napp = tinyweb.webserver()\n" + call)
    with pytest.raises(RuntimeError, match="(Type|Value)Error: run.*write a n"):
        Client.of(tmp_path / "main.py").__enter__()


def test_what_comes_too_early_or_too_late_is_told(program):
    for client in Client(new_app()[0]), Client.of(program), Client.at("http://127.0.0.1"):
        for name in "get", "websocket", "port":
            with pytest.raises(AttributeError, match=f"before it is entered: with .* as c: c.{name}"):
                getattr(client, name)
        with pytest.raises(AttributeError, match="no 'gte'$"):
            client.gte  # noqa: B018
    with Client(new_app()[0]) as c:
        pass
    with pytest.raises(RuntimeError, match="the app is stopped"):
        c.call(print)


def test_a_program_that_ends_by_itself_is_an_error(program, tmp_path):
    with pytest.raises(RuntimeError, match=r"main.py has ended \(3\):\nthis is the end"):
        with Client.of(program, interpreter="cpython") as c:
            with contextlib.suppress(httpx.HTTPError):
                c.post("/end")
            c.server._process.wait(30)
    (tmp_path / "broken.py").write_text("import lamp_of_which_there_is_none\n")
    for interpreter in "micropython", "cpython":
        with pytest.raises(RuntimeError, match=r"(?s)broken.py has ended before its port was open:.*lamp_of_which"):
            Client.of(tmp_path / "broken.py", interpreter=interpreter).__enter__()
        (tmp_path / "forgetful.py").write_text("import tinyweb\n\napp = tinyweb.webserver()\n")
        with pytest.raises(RuntimeError, match="forgetful.py has ended before its port .* neither run"):
            Client.of(tmp_path / "forgetful.py", interpreter=interpreter).__enter__()


def test_an_error_of_the_test_is_not_hidden_by_the_programs_end(program):
    with pytest.raises(ZeroDivisionError):
        with Client.of(program, interpreter="cpython") as c:
            with contextlib.suppress(httpx.HTTPError):
                c.post("/end")
            c.server._process.wait(30)
            1 / 0  # noqa: B018


@pytest.mark.parametrize(["interpreter", "path"], [("micropython", lambda p: [p]), ("cpython", lambda p: (str(p),)),
                                                   ("micropython", str)], ids=["list", "tuple", "one"])
def test_a_program_has_its_modules_its_files_and_stand_ins(tmp_path, interpreter, path):
    for folder in "program", "standins", "work":
        (tmp_path / folder).mkdir()
    (tmp_path / "program" / "main.py").write_text(inspect.cleandoc('''
        import os
        import sys

        import tinyweb
        from beside import VALUE
        from sensor_chip import read

        first, app = tinyweb.webserver(), tinyweb.webserver()


        @app.get("/")
        async def index(req, resp):
            with open("name.txt") as f:
                text = f.read()
            return {"value": VALUE, "read": read(), "file": text, "env": os.getenv("PLACE"), "args": sys.argv[1:]}


        print("Starting", end=" ... ")
        app.run(port=80, loop_forever=False)
        first.run(port=443)
    '''))
    (tmp_path / "program" / "beside.py").write_text("VALUE = 1\n")
    (tmp_path / "program" / "sensor_chip.py").write_text("raise OSError('there is no chip')\n")
    (tmp_path / "standins" / "sensor_chip.py").write_text("def read():\n    return 21.5\n")
    (tmp_path / "work" / "name.txt").write_text("Küche", encoding="utf-8")
    with Client.of(tmp_path / "program" / "main.py", interpreter, cwd=tmp_path / "work",
                   path=path(tmp_path / "standins"), env={"PLACE": "shelf"}) as c:
        assert c.get("/").json() == {"value": 1, "read": 21.5, "file": "Küche", "env": "shelf", "args": []}
        assert c.output == "Starting ... "
    assert not list(tmp_path.rglob("__pycache__"))


def test_a_program_may_stop_its_server_and_start_it_again(tmp_path):
    (tmp_path / "main.py").write_text(inspect.cleandoc('''
        import tinyweb

        app = tinyweb.webserver()
        runs = 0


        @app.get("/")
        async def index(req, resp):
            return {"runs": runs}


        @app.post("/again")
        async def again(req, resp):
            app.shutdown()


        while True:
            runs += 1
            app.run(port=80)
    '''))
    with Client.of(tmp_path / "main.py") as c:
        assert c.get("/").json() == {"runs": 1}
        assert c.post("/again").status_code == 204
        # between both runs nobody listens
        for _ in range(1000):
            with contextlib.suppress(httpx.TransportError):
                if c.get("/").json() == {"runs": 2}:
                    break
            threading.Event().wait(0.02)
        else:
            pytest.fail("it does not come back")


def test_an_app_may_be_tested_again_and_again():
    app, events = new_app()
    for _ in range(3):
        with Client(app) as c:
            assert c.get("/").status_code == 200
            # from the test, in the thread of the server
            with c.events("/events") as stream:
                next(stream)
                assert c.call(events.send, "from the test") == 1
                assert next(stream).data == "from the test"
            assert c.call(asyncio.sleep, 0, "awaited") == "awaited"
            with pytest.raises(ValueError, match="line"):
                c.call(events.send, "x", "two\nlines")


def test_options_go_to_httpx():
    app, _ = new_app()
    with Client(app, headers={"Cookie": "name=Bob"}, follow_redirects=True, timeout=None) as c:
        assert c.get("/me").json()["name"] == "Bob"
        assert c.post("/login", data={"name": "Eve"}).url.path == "/me"
        assert c.timeout == httpx.Timeout(None)


def test_no_proxy_of_the_environment_is_asked(monkeypatch):
    for name in "http_proxy", "https_proxy", "all_proxy":
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Client(new_app()[0]) as c:
        assert c.get("/").status_code == 200
        with c.websocket("/chat") as ws:
            assert ws.recv(timeout=30) == "hello None None"


def test_refusals_are_errors():
    with Client(new_app()[0], timeout=0.2) as c:
        with pytest.raises(httpx.HTTPStatusError, match="404"):
            with c.events("/nowhere"):
                pass
        with pytest.raises(httpx_sse.SSEError):
            with c.events("/") as events:
                next(events)
        with pytest.raises(httpx.ReadTimeout):
            with c.events("/events") as events:
                list(events)
        with pytest.raises(websockets.InvalidStatus, match="404"):
            c.websocket("/nowhere")
        with pytest.raises(websockets.InvalidStatus, match="403"):
            c.websocket("/chat", origin="http://evil.example")


def test_an_app_that_cannot_be_started_tells_why():
    app, _ = new_app()

    async def test():
        async with Client(app) as c:
            with pytest.raises(RuntimeError, match="runs already"):
                await asyncio.to_thread(Client(app).__enter__)
            with pytest.raises(RuntimeError, match="runs already"):
                async with Client(app):
                    pass
            assert (await c.get("/")).status_code == 200

    asyncio.run(test())
    for what in (None, "main.py", tinyweb.webserver):
        with pytest.raises(TypeError, match="takes a webserver"):
            Client(what)


def test_wrong_arguments(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="interpreter"):
        Client.of("main.py", interpreter="pypy")
    with pytest.raises(ValueError, match="heap"):
        Client.of("main.py", interpreter="cpython", heap="100k")
    with pytest.raises(FileNotFoundError, match="there is no program"):
        Client.of(tmp_path / "gone.py").__enter__()
    (tmp_path / "here.py").write_text("")
    with pytest.raises(FileNotFoundError, match="there is no folder .*standins"):
        Client.of(tmp_path / "here.py", path="standins").__enter__()
    with pytest.raises(ValueError, match="192.168.4.1"):
        Client.at("192.168.4.1").__enter__()
    client = Client(new_app()[0])
    with client:
        with pytest.raises(RuntimeError, match="open already"):
            client.__enter__()
    monkeypatch.delenv("MICROPYTHON", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    (tmp_path / "main.py").write_text("")
    with pytest.raises(RuntimeError, match="no MicroPython here"):
        Client.of(tmp_path / "main.py").__enter__()


def test_a_server_that_runs_elsewhere(program):
    with Client.of(program) as there:
        with Client.at(there.url + "/") as c:
            assert (c.port, c.output, c.get("/").status_code) == (there.port, "", 200)

        async def test():
            async with Client.at(there.url) as c:
                assert (await c.get("/")).status_code == 200

        asyncio.run(test())
        assert there.get("/").status_code == 200


def test_https(tmp_path):
    if not memory.certificate(tmp_path):
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with Client(new_app()[0], ssl=context) as c:
        assert c.url.startswith("https://") and c.get("/").status_code == 200
        with c.websocket("/chat") as ws:
            assert ws.recv(timeout=30) == "hello None None"
    with Client(new_app()[0], ssl=context, verify=ssl.create_default_context()) as c:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            c.get("/")


class TestWithUnittest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.client = Client(new_app()[0])
        self.c = await self.client.__aenter__()
        self.addAsyncCleanup(self.client.__aexit__, None, None, None)

    async def test_it(self):
        self.assertEqual((await self.c.get("/me")).status_code, 200)


def test_mypy_knows_it(tmp_path):
    (tmp_path / "t.py").write_text(inspect.cleandoc('''
        from tinyweb_testing import Client


        async def test(app: object) -> None:
            async with Client(app) as c:
                reveal_type(await c.get("/"))
                async with c.events("/e") as events:
                    reveal_type((await anext(events)).data)
                async with c.websocket("/w") as ws:
                    reveal_type(await ws.recv())
            with Client.of("main.py", interpreter="micropython") as d:
                reveal_type(d.get("/").status_code)
                with d.events("/e") as stream:
                    reveal_type(next(stream).data)
                with d.websocket("/w") as w:
                    reveal_type(w.recv())
                c.get("/")
    '''))
    host = project.ROOT / "host"
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--enable-error-code", "unused-awaitable",
                           str(tmp_path / "t.py"), *map(str, (host / "tinyweb_testing").glob("[!r]*.py"))],
                          cwd=tmp_path, env={"MYPYPATH": str(host), "PATH": "/usr/bin:/bin"}, capture_output=True,
                          text=True, timeout=150)
    text = done.stdout + done.stderr
    assert [line.split('"')[1].split(".")[-1] for line in text.splitlines() if "Revealed" in line] == [
        "Response", "str", "str | bytes", "int", "str", "str | bytes"], text
    errors = [line for line in text.splitlines() if ": error:" in line]
    assert len(errors) == 1 and "Coroutine" in errors[0] and "must be used" in errors[0], text
