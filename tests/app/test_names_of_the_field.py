# Names that programs of 1.x use though it did not document them: app.loop, app._tcp_server(), and the library within a
# package of the program's own. And the port that a server got.

import pathlib
import re
import shutil

import harness
import pytest

OWN_TASK = """
import asyncio

import tinyweb

app = tinyweb.webserver()
count = ends = 0


async def own():
    global count
    while True:
        count += 1
        await asyncio.sleep(0.01)


@app.route("/")
async def index(req, resp):
    await resp.start_html()
    await resp.send(str(count))


@app.route("/more")
async def more(req, resp):
    app.loop.create_task(own())
    await resp.start_html()
    await resp.send("more")


@app.get("/end")
def end(req, resp):
    global ends
    app.shutdown()
    ends += 1
    print("end", app.port == PORT)
    return "end"


"""
STARTS = {
    "run": "app.loop.create_task(own())\napp.run(host=HOST, port=PORT)",
    "loop": "loop = app.loop\nloop.create_task(own())\napp.run(HOST, PORT, loop_forever=False)\nloop.run_forever()",
    "coming run": "app.loop.create_task(own())\napp.run(HOST, PORT, loop_forever=False)\n"
                  "asyncio.run(asyncio.wait_for(own(), 60))",
    "get": "loop = asyncio.get_event_loop_policy().get_event_loop() if hasattr(asyncio, 'get_event_loop_policy') else "
           "asyncio.get_event_loop()\nloop.create_task(own())\n"
           "loop.create_task(app._tcp_server(HOST, PORT, app.backlog))\nloop.run_forever()",
    "tcp": "app.loop.create_task(own())\napp.loop.create_task(app._tcp_server(HOST, PORT, app.backlog))\n"
           "app.loop.run_forever()",
    "named": "app.loop.create_task(own())\napp.loop.create_task(app._tcp_server(host=HOST, port=PORT, backlog=5))\n"
             "app.loop.run_forever()",
}


@pytest.mark.parametrize("way", STARTS)
def test_a_task_of_ones_own_runs_beside_the_server(serve, way):
    server = serve(OWN_TASK + STARTS[way])
    for target in "/", "/more", "/":
        assert harness.get(server.port, target).code == 200
    harness.wait_for(lambda: int(harness.get(server.port).text) > 5)


@pytest.mark.parametrize("way", ["tcp", "named"])
def test_a_server_started_as_a_task_can_be_stopped_and_started_again(serve, way):
    start = STARTS[way].replace("app.loop.run_forever()", """
async def twice():
    while ends < 1:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    app.loop.create_task(app._tcp_server(HOST, PORT, app.backlog))
    while ends < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)


app.loop.run_until_complete(twice())
""")
    server = serve(OWN_TASK + start, ends=True)
    for _ in range(2):
        harness.wait_for(lambda: harness.accepts(server.port))
        assert harness.get(server.port, "/end").text == "end"
    assert server.wait_end() == 0, server.output()
    assert server.output() == "end True\n" * 2, server.output()


PORTS = """
import asyncio

import tinyweb

app = tinyweb.webserver()


@app.get("/")
def index(req, resp):
    return str(app.port)


@app.get("/end")
def end(req, resp):
    app.shutdown()
    return "end"


print("before", app.port)
"""
OPENINGS = {
    "run": "app.run(HOST, {port})",
    "beside": "app.run(HOST, {port}, loop_forever=False)\nprint('port', app.port)\napp.loop.run_forever()",
    "start": """
async def main():
    await app.start(HOST, {port})
    print("port", app.port)
    await asyncio.sleep(60)


asyncio.run(main())
""",
    "tcp": "app.loop.create_task(app._tcp_server(HOST, {port}, 5))\napp.loop.run_forever()",
}


def port_of(running):
    """Wait until a program has told its port, and give it."""
    def told():
        found = [line.split()[1] for line in running.output().splitlines() if line.startswith("port ")]
        return found and int(found[-1])

    return harness.wait_for(told, 10, running.output)


@pytest.mark.parametrize("way", OPENINGS)
def test_a_fixed_port_is_told(serve, way):
    server = serve(PORTS + OPENINGS[way].format(port="PORT"))
    assert harness.get(server.port).text == str(server.port)
    assert server.output().startswith("before None\n"), server.output()


@pytest.mark.parametrize("way", ["beside", "start"])
def test_a_server_at_port_0_tells_which_it_got(interpreter, way):
    started = [harness.launch(PORTS + OPENINGS[way].format(port=0), interpreter) for _ in range(3)]
    try:
        ports = [port_of(running) for running in started]
        assert len(set(ports)) == 3, ports
        for port in ports:
            assert 1023 < port < 65536, ports
            harness.wait_for(lambda port=port: harness.accepts(port))
            assert harness.get(port).text == str(port)
    finally:
        for running in started:
            running.stop()


def test_an_address_of_another_machine_is_an_error_at_port_0_too(interpreter):
    running = harness.launch("import tinyweb\ntinyweb.webserver().run('192.0.2.1', 0)\n", interpreter)
    try:
        assert running.wait_end() == 1 and "OSError" in running.output(), running.output()
    finally:
        running.stop()


def test_two_servers_of_a_process_get_two_ports(interpreter):
    running = harness.launch("""
import asyncio

import tinyweb


async def main():
    servers = [tinyweb.webserver() for _ in range(4)]
    for app in servers:
        app.get("/")(lambda req, resp: "x")
        await app.start(HOST, 0)
    print(sorted(set(app.port for app in servers)) == sorted(app.port for app in servers), "port", app.port)
    for app in servers:
        await app.stop()
    port = app.port
    await app.start(HOST, port)
    print(app.port == port)
    await app.stop()
    await app.start(HOST, 0)
    print(app.port > 1023)
    await app.stop()


asyncio.run(main())
""", interpreter, heap=harness.ROOMY)
    try:
        assert running.wait_end() == 0, running.output()
        lines = running.output().splitlines()
        assert lines[0].startswith("True port ") and lines[1:] == ["True", "True"], lines
    finally:
        running.stop()


def test_a_taken_port_is_passed_over_where_the_socket_does_not_tell():
    # On MicroPython the port is chosen; what it takes first is taken here, so it has to go on.
    running = harness.launch("""
import asyncio
import errno

import tinyweb
from tinyweb import diagnostics

asked = []
refused = 3
real = diagnostics.Listener


def listener(host, port, *more):
    asked.append(port)
    if len(asked) <= refused:
        raise OSError(errno.EADDRINUSE)
    return real(host, port, *more)


diagnostics.Listener = listener
app = tinyweb.webserver()


async def main():
    global refused
    await app.start(HOST, 0)
    print(len(set(asked)) >= 4, app.port == asked[-1], min(asked) > 49151, max(asked) < 65536)
    await app.stop()
    asked.clear()
    refused = 1000
    from tinyweb import diagnostics  # it was unloaded when the port was open

    diagnostics.Listener = listener
    try:
        await app.start(HOST, 0)
    except OSError as e:
        print(e.errno == errno.EADDRINUSE, len(asked))


asyncio.run(main())
""", "micropython", heap=harness.ROOMY)
    try:
        assert running.wait_end() == 0, running.output()
        assert running.output().splitlines() == ["True True True True", "True 100"], running.output()
    finally:
        running.stop()


def test_a_listener_that_is_opened_again_keeps_its_port(interpreter):
    running = harness.launch("""
import asyncio

import tinyweb

app = tinyweb.webserver()
app.get("/")(lambda req, resp: "x")


async def knock():
    # Whoever waits in accept() has been there before: a client has him come back.
    reader, writer = await asyncio.open_connection(HOST, app.port)
    await asyncio.sleep(60)


async def main():
    await app.start(HOST, 0)
    print("port", app.port)
    await asyncio.sleep(0.1)
    accept = type(app._listener).accept
    failures = 0

    async def failing(self):
        nonlocal failures
        failures += 1
        if failures < 5:
            raise OSError(5)
        if failures == 5:
            print("opened again")
        return await accept(self)

    type(app._listener).accept = failing
    knocking = asyncio.create_task(knock())
    await asyncio.sleep(60)
    await knocking


asyncio.run(main())
""", interpreter, heap=harness.ROOMY)
    try:
        port = port_of(running)
        # the listener fails four times, and with a new one the port stays
        running.wait_output("opened again", 15)
        assert harness.get(port, timeout=10).text == "x"
    finally:
        running.stop()


# The library below another name: where it stands, and how a program imports it.
INSIDE = """
{imported}

app = tinyweb.webserver(debug={debug})


class Thing:
    def get(self, data):
        if data:
            raise tinyweb.HTTPException(409, "no")
        return {{"a": 1}}


@app.route("/")
async def index(req, resp):
    await resp.start_html()
    await resp.send("<p>" + req.query.get("a", "-"))


@app.route("/user/<name>", methods=["POST"])
async def user(req, resp, name):
    data = await req.read_parse_form_data()
    return {{name: data}}


@app.get("/modules")
def modules(req, resp):
    import sys
    return "\\n".join(sorted(name for name in sys.modules if "tinyweb" in name))


@app.get("/memory")
def memory(req, resp):
    raise MemoryError


{extensions}
app.run(HOST, PORT)
"""
EXTENSIONS = """
app.add_resource(Thing, "/thing")
app.static("/s", "www")
"""
IMPORTS = ["from lib import tinyweb", "import lib.tinyweb as tinyweb", "from lib.tinyweb.server import webserver\n"
           "from lib import tinyweb", "import lib.deep.tinyweb as tinyweb", "import web as tinyweb",
           "from lib import web as tinyweb"]


def inside(tmp_path, interpreter, imported, beside=True):
    """Put the packages where a program's import finds them; gives (path, cwd) as launch() takes them."""
    words = imported.split("\n")[0].split(" ")
    name = words[1] + "." + words[3] if words[0] == "from" else words[1]
    place = tmp_path / (name.split(".server")[0].replace(".", "/"))
    suffix = ".mpy" if interpreter == "micropython" else ".py"
    packages = [pathlib.Path(harness.board_folder())] if interpreter == "micropython" else [
        pathlib.Path(folder) for folder in harness.source_folders()]
    place.mkdir(parents=True)
    for package in packages:
        for file in package.glob("tinyweb/*" + suffix):
            shutil.copy(file, place)
        for file in package.glob("tinyweb_*" + suffix):
            if beside:
                shutil.copy(file, place.parent)
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "a.txt").write_text("file")
    return [str(tmp_path)], str(tmp_path)


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("imported", IMPORTS)
def test_the_library_stands_within_a_package_of_the_program(serve, interpreter, tmp_path, imported, debug):
    path, cwd = inside(tmp_path, interpreter, imported)
    server = serve(INSIDE.format(imported=imported, extensions=EXTENSIONS, debug=debug), path=path, cwd=cwd,
                   heap=harness.ROOMY)
    for _ in range(2):
        assert harness.get(server.port, "/?a=b").text == "<p>b"
        form = [("Content-Type", "application/x-www-form-urlencoded")]
        assert harness.get(server.port, "/user/x", form, "POST", b"c=d").text.replace(" ", "") == '{"x":{"c":"d"}}'
        assert harness.get(server.port, "/none").code == 404
        assert harness.get(server.port, "/thing").text.replace(" ", "") == '{"a":1}'
        answer = harness.get(server.port, "/thing?x=1")
        assert (answer.code, answer.text.replace(" ", "")) == (409, '{"message":"no"}'), answer
        assert harness.get(server.port, "/s/a.txt").text == "file"
        assert harness.get(server.port, "/s/b.txt").code == 404
        assert harness.get(server.port, "/memory").code == 503  # all that was loaded late goes, and comes again
    names = harness.get(server.port, "/modules").text.split("\n")
    # no second copy of the core: of its own name there are only the two that the extensions ask for
    own = [name for name in names if name.split(".")[0] == "tinyweb"]
    assert own == ["tinyweb", "tinyweb.http"], names


def test_an_extension_that_the_program_imported_by_its_package_is_the_one_used(serve, interpreter, tmp_path):
    path, cwd = inside(tmp_path, interpreter, "from lib import tinyweb")
    imported = 'from lib import tinyweb\nfrom lib import tinyweb_static\ntinyweb_static.mime_types["txt"] = "text/own"'
    server = serve(INSIDE.format(imported=imported, extensions=EXTENSIONS, debug=False), path=path, cwd=cwd,
                   heap=harness.ROOMY)
    assert harness.get(server.port, "/s/a.txt").headers["content-type"].startswith("text/own")


def test_an_extension_on_the_path_is_found_from_a_core_within_a_package(serve, interpreter, tmp_path):
    path, cwd = inside(tmp_path, interpreter, "from lib import tinyweb", beside=False)
    more = [harness.board_folder()] if interpreter == "micropython" else harness.source_folders()
    server = serve(INSIDE.format(imported="from lib import tinyweb\nimport tinyweb_rest", extensions=EXTENSIONS,
                                 debug=False), path=path + more, cwd=cwd, heap=harness.ROOMY)
    answer = harness.get(server.port, "/thing?x=1")
    assert (answer.code, answer.text.replace(" ", "")) == (409, '{"message":"no"}'), answer
    assert harness.get(server.port, "/s/a.txt").text == "file"
    names = harness.get(server.port, "/modules").text.split("\n")
    assert [name for name in names if name.split(".")[0] == "tinyweb"] == ["tinyweb", "tinyweb.http"], names


def test_a_missing_extension_is_told_from_a_core_within_a_package(interpreter, tmp_path):
    path, cwd = inside(tmp_path, interpreter, "from lib import tinyweb", beside=False)
    running = harness.launch(INSIDE.format(imported="from lib import tinyweb", extensions=EXTENSIONS, debug=False),
                             interpreter, path=path, cwd=cwd, heap=harness.ROOMY)
    try:
        assert running.wait_end() == 1
        assert 'this needs the package tinyweb-rest: mip.install("tinyweb-rest")' in running.output(), running.output()
    finally:
        running.stop()


ATTRIBUTES = """
import tinyweb

app = tinyweb.webserver()


@app.get("/")
def index(req, resp):
    said = []
    for what in (lambda: req.foo, lambda: resp.foo, lambda: app.foo, lambda: req.form, lambda: resp.write,
                 lambda: resp.send_html("x"), lambda: req.json_data, lambda: app.server):
        try:
            what()
            said.append("?")
        except AttributeError as e:
            said.append(str(e))
    return "\\n".join(said)


app.run(HOST, PORT)
"""


def test_a_wrong_attribute_is_told_as_python_does(serve):
    server = serve(ATTRIBUTES)
    want = [f"'{cls}' object has no attribute '{name}'" for cls, name in (
        ("request", "foo"), ("response", "foo"), ("webserver", "foo"), ("request", "form"), ("response", "write"),
        ("response", "send_html"), ("request", "json_data"), ("webserver", "server"))]
    for _ in range(2):
        got = harness.get(server.port).text.split("\n")
        assert got == want, got


def test_no_file_of_the_core_names_it_absolutely():
    for path in (harness.PACKAGES / "tinyweb-core" / "tinyweb").glob("*.py"):
        if path.stem != "nested":  # it gives the core that name
            code = "\n".join(line.split("#")[0] for line in path.read_text().splitlines())
            found = re.findall(r"""["']tinyweb["'.]|\bfrom tinyweb\b|\bimport tinyweb\b""", code)
            assert found in ([], ['"tinyweb"']) and (not found or path.stem == "__init__"), (path, found)
