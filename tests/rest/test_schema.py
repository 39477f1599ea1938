# The OpenAPI document of the examples, and schemathesis, which takes it at its word.
import json
import os
import pathlib
import subprocess
import sys

import harness
import have
import openapi
import programs
import pytest

EXAMPLES = ["device_api", "rest_api"]
HERE = pathlib.Path(__file__).parent


def run(program, *options):
    """Run the command on a program."""
    return subprocess.run([sys.executable, harness.ROOT / "tools" / "openapi.py", program, *options],
                          capture_output=True, text=True, timeout=30, check=False)


def describe(name, *options):
    """Run the command on an example; give the document."""
    done = run(programs.FOLDER / name / "main.py", *options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_document_tells_what_the_program_does():
    got = describe("device_api", "--title", "Pins", "--version", "3.1")
    assert got["openapi"].startswith("3.1."), got
    assert got["info"] == {"title": "Pins", "version": "3.1"}, got
    assert sorted(got["paths"]) == ["/", "/api/pins", "/api/pins/{number}", "/api/status"], got["paths"]
    put = got["paths"]["/api/pins/{number}"]["put"]
    assert put["summary"] == "Set an output: value is 0 or 1.", put
    assert "description" not in put, put  # its other lines tell codes
    assert put["parameters"][0]["name"] == "number", put
    assert put["parameters"][0]["schema"]["type"] == "integer", put
    assert sorted(put["responses"]) == ["200", "400", "404", "409", "413", "415"], put
    assert put["responses"]["409"]["description"] == "the pin is an input", put
    assert "value" in put["requestBody"]["content"]["application/json"]["schema"]["properties"], put


PROGRAM = """
import tinyweb
from tinyweb import HTTPException

app = tinyweb.webserver()


class Thing:
    def get(self, data, group, number):
        if "unit" in data:
            raise HTTPException(406)
        if data.get("wait") == "1":
            return {}, 202

    async def delete(self, data, group, number):
        '''Forget it.

        It is gone for good.
        '''

    def patch(self, data, group, number):
        yield data["size"]


app.add_resource(Thing, "/(odd)/<group>/<int:number>")


@app.resource("/(odd)/<family>/<int:n>", method="POST")
def add(data, family, n):
    return {}, 201


@app.route("/page", methods=["GET", "POST"])
async def page(req, resp):
    await resp.send("x")
"""


def test_codes_names_and_texts_come_from_the_source(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    got = openapi.openapi(openapi.load(tmp_path / "program.py", "app"), "t", "1")
    assert sorted(got["paths"]) == ["/(odd)/{group}/{number}", "/page"], got["paths"]
    thing = got["paths"]["/(odd)/{group}/{number}"]
    assert sorted(thing) == ["delete", "get", "patch", "post"], thing
    assert [p["name"] for p in thing["get"]["parameters"]] == ["group", "number", "unit", "wait"], thing["get"]
    assert sorted(thing["get"]["responses"]) == ["202", "204", "400", "404", "406"], thing["get"]
    assert thing["delete"]["summary"] == "Forget it.", thing["delete"]
    assert thing["delete"]["description"] == "It is gone for good.", thing["delete"]
    assert [c for c in thing["delete"]["responses"] if c < "300"] == ["204"], thing["delete"]
    assert [c for c in thing["patch"]["responses"] if c < "300"] == ["200"], thing["patch"]
    assert [c for c in thing["post"]["responses"] if c < "300"] == ["201"], thing["post"]
    assert [p["name"] for p in thing["post"]["parameters"]] == ["group", "number"], thing["post"]
    assert sorted(got["paths"]["/page"]) == ["get", "post"], got
    assert list(got["paths"]["/page"]["get"]["responses"]) == ["200"], got


def test_a_path_is_one_that_a_client_may_send(tmp_path):
    urls = ["/my%20files/<n>", "/his files/<n>", "/a%2Fb/<n>", "/100%25/<n>", "/q%3Fb/<n>", "/\u00e9/<n>", "/b%20c"]
    (tmp_path / "main.py").write_text(f"""
import tinyweb

app = tinyweb.webserver()
for url in {urls}:
    app.add_route(url, lambda req, resp, n=None: n)
""")
    got = openapi.openapi(openapi.load(tmp_path / "main.py", "app"), "t", "1")["paths"]
    want = ["/my%20files/{n}", "/his%20files/{n}", "/a%2Fb/{n}", "/100%25/{n}", "/q%3Fb/{n}", "/\u00e9/{n}", "/b%20c"]
    assert sorted(got) == sorted(want), got


def test_events_and_websockets_are_left_out_by_name(tmp_path):
    (tmp_path / "main.py").write_text("""
import tinyweb
import tinyweb_auth
import tinyweb_events
from tinyweb_websocket import websocket

app = tinyweb.webserver()
login = tinyweb_auth.Basic(lambda user, password: True)
events = tinyweb_events.Events(app, "/events", guard=login)


@app.get("/chat/<name>")
@login
@websocket
async def chat(req, ws, name):
    await ws.send(name)


@app.get("/now")
@login
def now(req, resp):
    return {"pages": len(events)}
""")
    done = run(tmp_path / "main.py")
    assert done.returncode == 0, done.stderr
    assert list(json.loads(done.stdout)["paths"]) == ["/now"], done.stdout
    assert done.stderr == "left out: /chat/{}, a WebSocket\nleft out: /events, server-sent events\n", done.stderr


def test_codes_are_those_that_the_server_takes(tmp_path):
    (tmp_path / "main.py").write_text('''
import tinyweb

app = tinyweb.webserver()


@app.resource("/lamp", method="PUT")
def put(data):
    """Set the lamp → on."""
    if "level" in data:
        return {}, "201"
    if "name" in data:
        return {}, {"X-Lamp": "on"}
    raise tinyweb.HTTPException("404")


@app.resource("/lamp")
def get(data):
    return {}, "no code"
''')
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, harness.ROOT / "tools" / "openapi.py", tmp_path / "main.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environ)
    assert done.returncode == 0, done
    lamp = json.loads(done.stdout)["paths"]["/lamp"]
    assert list(lamp["put"]["responses"]) == ["200", "201", "400", "404", "413", "415"], lamp
    assert list(lamp["get"]["responses"]) == ["200", "400"], lamp
    assert lamp["put"]["summary"] == "Set the lamp → on."


def test_a_program_that_runs_its_server_at_once_is_described(tmp_path):
    (tmp_path / "main.py").write_text(PROGRAM + "\n\napp.run(port=0)\n")
    done = run(tmp_path / "main.py")
    assert done.returncode == 0 and "/page" in json.loads(done.stdout)["paths"], done


BESIDE = """
import asyncio


async def measure():
    while True:
        await asyncio.sleep(1)


"""
OTHERS = {
    "start": """
async def main():
    await app.start(port=80)
    await measure()


asyncio.run(main())
""",
    "a task": """
loop = asyncio.new_event_loop()
loop.create_task(app.start(port=80))
loop.create_task(measure())
loop.run_forever()
""",
    "run and go on": """
app.run(loop_forever=False)
asyncio.run(measure())
""",
}


@pytest.mark.parametrize("how", OTHERS)
def test_a_program_that_does_more_than_serve_is_described(tmp_path, how):
    (tmp_path / "main.py").write_text(PROGRAM + BESIDE + OTHERS[how])
    done = run(tmp_path / "main.py")
    assert (done.returncode, done.stderr) == (0, "") and "/page" in json.loads(done.stdout)["paths"], done


def test_a_folder_is_no_program(tmp_path):
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (1, f"tinyweb: {tmp_path} is a folder, and no program\n"), done


@pytest.mark.parametrize("text, options, want", [
    (None, (), "is not there"),
    ("x = 1", (), "has no webserver 'app'"),
    ("app = 5", (), "has no webserver 'app'"),
    (PROGRAM, ("--app", "api"), "has no webserver 'api'"),
    ("import nothing_such", (), "cannot be imported: ModuleNotFoundError"),
    ("def (", (), "cannot be imported: SyntaxError"),
    ("import sys\nsys.exit()", (), "cannot be imported: it ends with sys.exit()"),
    (PROGRAM, ("-o", "."), "cannot be written: Is a directory"),
])
def test_what_cannot_be_described_is_told_in_a_sentence(tmp_path, text, options, want):
    if text:
        (tmp_path / "main.py").write_text(text)
    done = run(tmp_path / "main.py", *options)
    assert done.returncode == 1 and want in done.stderr and done.stderr.count("\n") == 1, done


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", EXAMPLES)
def test_schemathesis_finds_no_500_and_no_undocumented_answer(name, interpreter, serve, tmp_path):
    command = harness.command("schemathesis")
    if not command:
        (pytest.fail if have.in_ci() else pytest.skip)("no schemathesis: pip install -r requirements/schema.txt")
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(describe(name)))
    server = programs.start(name, serve, interpreter=interpreter, heap="256k")
    done = subprocess.run([command, "--config-file", HERE / "schemathesis.toml", "run", document, "--url",
                           f"http://127.0.0.1:{server.port}", "--checks", "all"], cwd=tmp_path, capture_output=True,
                          text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1000:]
    assert " passed" in done.stdout and "failed" not in done.stdout, done.stdout[-2000:]
