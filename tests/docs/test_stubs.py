# The type stubs beside the packages: equal to the code, seen by editors, never on a board.
import json
import pathlib
import shutil
import subprocess
import sys

import have
import jedi
import project
import pytest

HERE = pathlib.Path(__file__).parent
PACKAGES = sorted(project.ROOT.glob("packages/*"))
EXAMPLES = sorted(project.ROOT.glob("examples/*/main.py"))
# What a program writes, with the place behind it where its author waits for help.
PROGRAM = """
import tinyweb

app = tinyweb.webserver(debug=True)


@app.post("/lamp/<int:n>", max_body_size=100)
async def lamp(req: tinyweb.request, resp: tinyweb.response, n):
    data = await req.read_parse_form_data()
    resp.set_cookie("n", str(n), max_age=60)
    await resp.send_file("lamp.html", max_age=0)
    {name}.


app.static("/", "www", index="lamp.html")
app.run(port=80)
"""
COMPLETIONS = {
    "app": ["add_resource", "add_route", "after_request", "before_request", "catchall", "delete", "errorhandler", "get",
            "guard", "idle_timeout", "patch", "post", "put", "remove_hook", "resource", "route", "run",
            "shutdown", "start", "static", "stop"],
    "req": ["body", "cookies", "header", "headers", "host", "method", "path", "peer", "query", "query_list",
            "query_string", "read", "read_parse_form_data", "readinto", "version"],
    "resp": ["add_access_control_headers", "add_header", "code", "error", "flush", "headers", "redirect", "release",
             "send", "send_file", "set_cookie", "start_html", "stream", "upgrade", "version"],
}


def run(*command, **environ):
    done = subprocess.run([sys.executable, "-B", *map(str, command)], capture_output=True, text=True, timeout=60,
                          env={"PATH": "/usr/bin:/bin", **environ})
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def stubs(tmp_path_factory):
    """A folder that holds all stubs and no code."""
    folder = tmp_path_factory.mktemp("stubs")
    for package in PACKAGES:
        shutil.copytree(package, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"), dirs_exist_ok=True)
    return folder


def test_the_stubs_say_what_the_code_does():
    code, output = run(HERE / "whole.py")
    assert code == 0, output


# file, what stands there, what would be wrong, where stubtest says so
FAULTS = [
    ("tinyweb/server.pyi", "io_timeout: float = 5,", "io_timeout: float = 6,", "webserver.__init__"),
    ("tinyweb/server.pyi", "f: Handler,\n", "g: Handler,\n", "webserver.add_route"),
    ("tinyweb/server.pyi", "def shutdown(", "def shut(", "webserver.shutdown"),
    ("tinyweb/request.pyi", "n: int = -1", "n: int = 0", "request.read"),
    ("tinyweb/request.pyi", "    path: bytes", "    path: str", "request.path"),
    ("tinyweb/response.pyi", "secure: bool = False", "secret: bool = False", "response.set_cookie"),
    ("tinyweb_static.pyi", "max_age: int = 2592000", "max_age: int = 0", "tinyweb_static.send_file"),
]


def test_a_stub_that_differs_is_seen(stubs, tmp_path):
    folder = shutil.copytree(stubs, tmp_path / "stubs")
    for file, old, new, _ in FAULTS:
        text = (folder / file).read_text()
        assert text.count(old) == 1, (file, old)
        (folder / file).write_text(text.replace(old, new))
    code, output = run(HERE / "whole.py", folder)
    assert code == 1, output
    for *_, place in FAULTS:
        assert place + " " in output, (place, output)


def test_no_stub_reaches_a_board():
    assert list(project.ROOT.glob("packages/*/**/*.pyi"))
    for package in project.packages():
        for target, path in package.files:
            assert target.endswith(".py") and path.suffix == ".py", target


def test_every_module_of_a_program_has_a_stub():
    public = ["tinyweb/__init__", "tinyweb/http", "tinyweb/request", "tinyweb/response", "tinyweb/server"]
    public += [package.name.replace("-", "_") for package in PACKAGES if package.name != "tinyweb-core"]
    got = [path.relative_to(package).with_suffix("").as_posix()
           for package in PACKAGES for path in package.rglob("*.pyi")]
    assert sorted(got) == sorted(public), got
    assert (project.ROOT / "packages/tinyweb-core/tinyweb/py.typed").exists()


@pytest.mark.parametrize("name", COMPLETIONS)
def test_an_editor_completes_and_explains(name):
    text = PROGRAM.format(name=name)
    line = next(n for n, line in enumerate(text.splitlines(), 1) if line == f"    {name}.")
    editor = jedi.Project(project.ROOT, added_sys_path=[str(path) for path in PACKAGES], smart_sys_path=False)
    offered = {item.name: item for item in jedi.Script(text, project=editor).complete(line, len(name) + 5)}
    missing = set(COMPLETIONS[name]) - set(offered)
    assert not missing, sorted(missing)
    for word in COMPLETIONS[name]:
        assert offered[word].type != "function" or len(offered[word].docstring().splitlines()) > 2, word


@pytest.fixture(scope="module")
def check(stubs, tmp_path_factory):
    """Give mypy's (status, output) for programs; what it knows of Python's library is kept for the next."""
    cache = tmp_path_factory.mktemp("mypy")

    def check(*programs):
        return run("-m", "mypy", "--check-untyped-defs", "--ignore-missing-imports", "--disable-error-code=no-redef",
                   "--disable-error-code=var-annotated", "--cache-dir", cache, *programs, MYPYPATH=str(stubs))

    return check


def test_the_examples_call_what_there_is(check, tmp_path):
    programs = [shutil.copy(path, tmp_path / f"{path.parent.name}.py") for path in EXAMPLES]
    _, output = check(*programs)
    # calls and attributes that there are not; of MicroPython's own modules mypy knows what CPython's have
    faults = [line for line in output.splitlines()
              if line.endswith(("[attr-defined]", "[call-arg]")) and "Module has no attribute" not in line]
    assert not faults and "checked" in output, output


def test_a_misspelt_call_is_seen(check, tmp_path):
    program = tmp_path / "main.py"
    program.write_text(PROGRAM.format(name="resp").replace("    resp.\n", "    resp.sent('x')\n    req.read(m=5)\n"))
    code, output = check(program)
    assert code == 1 and '"response" has no attribute "sent"' in output, output
    assert 'Unexpected keyword argument "m"' in output, output


FORGOTTEN = """
import tinyweb
import tinyweb_websocket

app = tinyweb.webserver()


@app.before_request
def who(req: tinyweb.request, resp: tinyweb.response):
    req.user = "ada"


@app.get("/<name>/<int:n>")
async def page(req: tinyweb.request, resp: tinyweb.response, name: str, n: int):
    resp.add_header("X-User", req.user)
    resp.start_html()  # WRONG
    resp.send("<p>")  # WRONG
    resp.flush()  # WRONG
    req.read()  # WRONG
    await resp.send("</p>")
    if n:
        return resp.redirect("/")


@app.get("/file")
def plain(req, resp):
    return resp.send_file("file")


@app.get("/ws")
@tinyweb_websocket.websocket
async def chat(req: tinyweb.request, ws: tinyweb_websocket.WebSocket):
    ws.send("hello")  # WRONG
    ws.push("hello")


@app.get("/few")  # WRONG
async def few(req):
    return "x"


app.add_route("/none", lambda: "x")  # WRONG
app.add_route("/many", lambda req, resp, n, m: n + m)
app.before_request(lambda req: None)  # WRONG


@app.errorhandler(404)
async def missing(req, resp, error):
    app.stop()  # WRONG
    return "x", 404
"""


WRONG = [n for n, line in enumerate(FORGOTTEN.splitlines(), 1) if "# WRONG" in line]


def test_a_forgotten_await_and_a_wrong_handler_are_seen(check, tmp_path):
    program = tmp_path / "main.py"
    program.write_text(FORGOTTEN)
    _, output = check(program)
    got = sorted({int(line.split(":")[1]) for line in output.splitlines() if ": error:" in line})
    assert got == WRONG, output


def test_pyright_sees_them_too(stubs, tmp_path):
    if not have.find("node"):
        (pytest.fail if have.in_ci() else pytest.skip)("pyright needs node, which is not installed")
    program = tmp_path / "main.py"
    program.write_text(FORGOTTEN)
    config = {"extraPaths": [str(stubs)], "reportUnusedCoroutine": "error", "pythonVersion": "3.11"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(config))
    _, output = run("-m", "pyright", "--outputjson", "--project", tmp_path, HOME=str(tmp_path),
                    PYRIGHT_PYTHON_IGNORE_WARNINGS="1")
    faults = [fault for fault in json.loads(output)["generalDiagnostics"] if fault["severity"] == "error"]
    assert sorted(fault["range"]["start"]["line"] + 1 for fault in faults) == WRONG, output
