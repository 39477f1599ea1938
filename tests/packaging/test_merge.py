# The core's eager modules made one for the .mpy flavour: it serves as they do one by one, and what cannot be merged
# without a change of its meaning is refused.
import ast
import builtins
import os
import pathlib
import re
import shutil

import harness
import index
import merge
import project
import pytest
import shorten

HELLO = """
@app.route("/")
async def hello(req, resp):
    await resp.start_html()
    await resp.send("<h1>Hello")


@app.get("/user/<int:n>")
def user(req, resp, n):
    return {"user": n, "query": req.query_string.decode()}


@app.post("/form")
async def form(req, resp):
    return await req.read_parse_form_data()


@app.get("/wait")
async def wait(req, resp):
    await asyncio.sleep(0)
    raise HTTPException(418, "tea")


@app.get("/memory")
def memory(req, resp):
    raise MemoryError


@app.get("/fault")
def fault(req, resp):
    return 1 // 0


@app.get("/words")
def words(req, resp):
    return tinyweb.http.urldecode_plus("a+b"), 200, {"x-own": "1"}
"""
REST = """
class Lamp:
    def get(self, data, name):
        if name == "none":
            raise HTTPException(404, "no lamp")
        return {"name": name, "data": data}

    def put(self, data, name):
        return data, 201


app.add_resource(Lamp, "/lamp/<name>")


@app.get("/memory")
def memory(req, resp):
    raise MemoryError
"""
STATIC = """
app.static("/s", "www")


@app.get("/file")
async def file(req, resp):
    await resp.send_file("www/a.txt")


@app.get("/memory")
def memory(req, resp):
    raise MemoryError
"""
BEGIN = """
import asyncio
import sys
{imported}

app = tinyweb.webserver()
{text}

@app.get("/modules")
def modules(req, resp):
    return " ".join(sorted(sys.modules))


app.run(HOST, PORT)
"""
FORM = [("Content-Type", "application/x-www-form-urlencoded")]
JSON = [("Content-Type", "application/json")]
# (target, fields, method, body)
ASKED = {
    "hello": (HELLO, [("/",), ("/user/7?a=b",), ("/user/x",), ("/none",), ("/form", FORM, "POST", b"a=b+c&d=%C3%A9"),
                      ("/form", FORM, "POST", b"a=%ff"), ("/wait",), ("/memory",), ("/words",), ("/fault",),
                      ("/", (), "OPTIONS"), ("/", (), "POST"), ("/", (), "BREW"), ("/user/8",), ("/%2e%2e/",)]),
    "rest": (REST, [("/lamp/a?x=1",), ("/lamp/none",), ("/lamp/a", JSON, "PUT", b'{"on": true}'), ("/memory",),
                    ("/lamp/a", JSON, "PUT", b"{"), ("/lamp/a", (), "DELETE"), ("/lamp/b?y=2&z=%20",)]),
    "static": (STATIC, [("/s/a.txt",), ("/s/b.txt",), ("/memory",), ("/s/a.txt", [("Range", "bytes=1-2")]), ("/file",),
                        ("/s/a.txt", [("If-None-Match", "*")]), ("/s/../a",)]),
}
IMPORT = "import tinyweb\nimport tinyweb.http\nfrom tinyweb.server import HTTPException"


def served(path, folder, style, imported=IMPORT):
    """Run one style of program; return (what it answers, the modules that are loaded, what it printed)."""
    text, asked = ASKED[style]
    (folder / "www").mkdir(exist_ok=True)
    (folder / "www" / "a.txt").write_text("file")
    os.utime(folder / "www" / "a.txt", (10**9, 10**9))
    got = []
    program = BEGIN.format(imported=imported, text=text)
    with harness.start(program, path=path, cwd=folder, heap=harness.FROZEN) as running:
        for _ in range(2):  # the second time after memory ran out
            for request in asked:
                answer = harness.get(running.port, *request)
                got.append((request, answer.code, answer.text, sorted(answer.headers.items())))
        modules = harness.get(running.port, "/modules").text.split()
        return got, modules, running.output()


def without_lines(output):
    return [line for line in output.splitlines() if not line.startswith("  File ")]


@pytest.mark.parametrize("style", ASKED)
def test_it_answers_as_the_modules_do_one_by_one(tmp_path, style):
    plain, modules, printed = served([harness.board_folder()], tmp_path, style)
    got, fewer, output = served([harness.merged_folder()], tmp_path, style)
    assert got == plain
    assert without_lines(output) == without_lines(printed)
    # the doors were asked for, and stay
    eager = {f"tinyweb.{name}" for name in merge.EAGER}
    assert eager & set(fewer) == {f"tinyweb.{name}" for name in merge.DOORS}, fewer
    assert {answer[1] for answer in got if answer[0][0] not in ("/fault",)} & {500} == set(), got
    assert set(modules) - set(fewer) <= eager, (modules, fewer)


@pytest.mark.parametrize("style", ASKED)
def test_it_stands_within_a_package_of_the_program(tmp_path, style):
    shutil.copytree(harness.merged_folder(), tmp_path / "lib")
    imported = "from lib import tinyweb\nimport lib.tinyweb.http\nfrom lib.tinyweb.server import HTTPException"
    got, modules, _ = served([str(tmp_path)], tmp_path, style, imported)
    want, _, _ = served([harness.merged_folder()], tmp_path, style)
    assert got == want
    assert [name for name in modules if name.split(".")[0] == "tinyweb" and name.split(".")[-1] not in merge.DOORS] == [
        "tinyweb"], modules


def test_no_door_is_loaded_where_nobody_asks_for_it(tmp_path):
    modules = served([harness.merged_folder()], tmp_path, "static", "import tinyweb")[1]
    assert not {f"tinyweb.{name}" for name in merge.EAGER} & set(modules), modules


def test_the_doors_are_found_without_an_import_of_them(tmp_path):
    # as in programs of 1.x, and again after memory ran out
    text = HELLO.replace("raise HTTPException(418", "raise tinyweb.server.HTTPException(418")
    program = BEGIN.format(imported="import tinyweb", text=text)
    for folder in harness.board_folder(), harness.merged_folder():
        with harness.start(program, path=[folder], heap=harness.FROZEN) as running:
            for _ in range(2):
                assert harness.get(running.port, "/wait").code == 418
                assert harness.get(running.port, "/words").text == "a b"
                assert harness.get(running.port, "/memory").code == 503


@pytest.mark.parametrize("plain, other", [("tinyweb-core", "merged"), ("merged", "tinyweb-core")])
def test_extensions_of_one_flavour_work_with_the_core_of_the_other(tmp_path, plain, other):
    folders = {"tinyweb-core": pathlib.Path(harness.board_folder()), "merged": pathlib.Path(harness.merged_folder())}
    shutil.copytree(folders[plain] / "tinyweb", tmp_path / "lib" / "tinyweb")
    for file in folders[other].glob("tinyweb_*"):
        shutil.copy(file, tmp_path / "lib")
    for style in "rest", "static":
        got, _, _ = served([str(tmp_path / "lib")], tmp_path, style)
        assert got == served([harness.board_folder()], tmp_path, style)[0]


def test_a_traceback_names_the_functions(tmp_path):
    output = served([harness.merged_folder()], tmp_path, "hello")[2]
    assert 'File "tinyweb", line 1, in serve_connection' in output, output
    assert "in fault\nZeroDivisionError" in output, output


def test_private_names_become_names_of_the_firmware():
    core, *_ = project.packages()
    exchanged = {}
    shortened = index.sources(core, exchanged.update)
    assert len(exchanged) > 150 and set(exchanged.values()) <= set(shorten._FIRMWARE), exchanged
    public = shorten.public_names(core) | shorten.SHOWN
    assert not set(exchanged) & (public | {"webserver", "add_route", "send_prepared", "head"}), exchanged
    # Programs set attributes of their own on public objects: `req.user`, `app.state`.
    attributes = {exchanged[name] for name in exchanged if name in ("_body_left", "_connections", "_keep_alive")}
    assert not [name for name in attributes if name.islower() and len(name) < 9 and name.isalpha()], attributes
    # `from tinyweb import *` hides no builtin.
    body = ast.parse(shortened[merge.path_of("__init__")]).body
    inside = [node for block in body if isinstance(block, ast.Try) for node in block.body]
    found = {node.name for node in inside if hasattr(node, "name")}
    assert "serve_connection" in found and not found & set(dir(builtins)), found


def test_no_extension_has_a_private_name_that_the_core_of_each_program_has():
    """It would be public then, and a name that each program keeps: 26 KB would not do for a hello from .mpy files."""
    core, *_ = project.packages()
    words = set(re.findall(r"\b_[a-z]\w*", index.sources(core)[merge.path_of("__init__")]))
    # what is not the firmware's: three that are not exchanged
    assert words - set(shorten._FIRMWARE) == {"_find_route", "_plain_reply", "_request"}, words


def test_a_name_that_a_string_may_tell_stays():
    text = """
table = "first:second"
_a = getattr(_b, "_third")
print("_fourth is a word of a sentence")


def _third(_fifth):
    return _fifth


def _fourth(_sixth):
    return _third(_fifth=_sixth)


def second():
    return _fourth
"""
    got = shorten.shorten({"x.py": text}, {"public"}, True)["x.py"]
    names = {name for name in ("table", "second", "_third", "_fourth", "_fifth", "_sixth") if f"{name}(" in got
             or f"({name}" in got or f"{name} =" in got}
    assert names == {"second", "_third", "_fifth"}, got
    assert shorten.shorten({"x.py": text}, {"public"}, True)["x.py"] == got


def texts():
    """Return {path: text} of a core of nearly nothing that can be merged."""
    result = {merge.path_of(name): "" for name in merge.EAGER}
    result[merge.path_of("__init__")] = f"from .{merge.EAGER[0]} import one\n"
    first, second = FIRST, SECOND
    result[first] = "import sys\none = 1\n_here = __name__\n"
    result[second] = f"import sys\nfrom .{merge.EAGER[0]} import one\n"
    result[LAZY] = f"from .{merge.EAGER[0]} import one as eins\n"
    return result


FIRST, SECOND = map(merge.path_of, merge.EAGER[:2])
LAZY = merge.path_of("later")
A, B = merge.EAGER[:2]


def run(text):
    """Return the globals that a merged text leaves, the package named `web`."""
    found = {"__name__": "web"}
    exec(text, found)
    return found


def test_all_forms_of_imports_are_rewritten():
    sources = texts()
    sources[SECOND] += f"""
from .{A} import one as uno


def f(x):
    from .{A} import one
    try:
        from .{A} import one as ein
        return ein + one + uno + x
    except ImportError:
        from .{A} import one


if sys:
    from .{A} import one
else:
    from .later import one as late


def g():
    from .{A} import one
"""
    sources[merge.path_of("__init__")] += f"""
try:
    from .{B} import f
except MemoryError:
    raise
from . import {A} as _first
_first.two = 2
del _first
"""
    sources[FIRST] += "two = 0\n"
    sources[LAZY] += f"""
def h():
    from .{B} import f, g as gg
    from . import {A} as space
    return space.two
"""
    got = merge.core(sources)
    found = run(got[merge.path_of("__init__")])
    assert (found["f"](1), found["g"](), found["two"], found["_here"]) == (4, None, 2, f"web.{A}")
    assert got[merge.path_of("__init__")].count("import sys") == 1
    names = [node.names[0].name for node in ast.walk(ast.parse(got[LAZY])) if isinstance(node, ast.ImportFrom)]
    assert names == ["one", "f"] and f".{A}" not in got[LAZY], got[LAZY]
    assert set(got) == {merge.path_of(name) for name in ("__init__", "later", *merge.DOORS)}
    assert merge.core(dict(reversed(sources.items()))) == got


def test_a_number_stands_where_a_module_has_a_private_name_for_it():
    sources = texts()
    sources[LAZY] = """
_FIRST = 1
_SECOND = -2
PUBLIC = 3
_TEXT = "four"
_TWICE = 5
_TWICE = 6
_CHANGED = 7


def f(_UNUSED=_FIRST):
    global _CHANGED
    _CHANGED = _CHANGED + _FIRST
    return _FIRST, _SECOND, PUBLIC, _TEXT, _TWICE, _CHANGED
"""
    got = merge.core(sources)[LAZY]
    assert "_FIRST" not in got and "_SECOND" not in got, got
    found = run(got)
    assert found["f"]() == (1, -2, 3, "four", 6, 8) and found["PUBLIC"] == 3
    # of another module, a name means nothing here
    sources[FIRST] += "_FIRST = 9\n"
    assert run(merge.core(sources)[LAZY])["f"]()[0] == 1


@pytest.mark.parametrize("text, want", [
    ("1 if MICROPYTHON else 2", "1"),
    ("1 if not MICROPYTHON else 2", "2"),
    ("MICROPYTHON and x", "x"),
    ("not MICROPYTHON and x", "False"),
    ("x and not MICROPYTHON and y", "x and False"),
    ("not MICROPYTHON or x or y", "x or y"),
    ("x or MICROPYTHON or y", "x or True"),
    ("x and MICROPYTHON", "x and True"),
    ("x or y and not x", "x or (y and (not x))"),
    ("0 or x", "0 or x"),
])
def test_what_another_interpreter_would_do_is_left_out(text, want):
    sources = texts()
    sources[LAZY] = f"def f(x, y):\n    return {text}\n"
    got = merge.core(sources)[LAZY].strip().removeprefix("def f(x, y):\n    return ")
    assert ast.unparse(ast.parse(got)) == ast.unparse(ast.parse(want)), got


@pytest.mark.parametrize("path, text, sentence", [
    (SECOND, "one = 2", "imports one and binds it anew"),
    (SECOND, "two = 1\ndef f():\n    return _here", "uses _here without an import"),
    (SECOND, "_here = 3", f"{FIRST} and {SECOND} both have a global _here"),
    (SECOND, "import json as sys", "both have a global sys|imports sys|different things"),
    (SECOND, "later = 1", "has a global later: when the module of that name is loaded"),
    (SECOND, "print(__file__)", "uses __file__"),
    (SECOND, f"from .{A} import nothing", f"{A}.py has no nothing"),
    (SECOND, f"from .{A} import *", "merges from .MODULE import NAME"),
    (SECOND, f"from ..{A} import one", "merges from .MODULE import NAME"),
    (SECOND, "from . import later", "that is a lazy module"),
    (SECOND, f"def f():\n    from . import {A}\n    return {A}.one", "as a module within a function"),
    (SECOND, f"from . import {A} as a\ndef f():\n    return a.one", "within a function: import the name"),
    (SECOND, f"from . import {A} as a\nprint(a)", "a is no module of its own"),
    (SECOND, f"def f():\n    from .{A} import one\n    one += 1", "bound anew in f"),
    (SECOND, f"class C:\n    from .{A} import one", "an import in a class"),
    (SECOND, "import tinyweb.later", "import tinyweb.later: the core may have another name"),
    (SECOND, "from tinyweb import later", "from tinyweb: the core may have another name"),
    (FIRST, "def f():\n    global one\n    one = 2", "changes one later"),
    (FIRST, "del sys", "changes sys later"),
    (FIRST, "def print():\n    pass", "^$"),
    (LAZY, f"from .{A} import nothing", f"{A}.py has no nothing"),
    (SECOND, "x = = 1", "does not compile: SyntaxError in line 3"),
])
def test_what_would_mean_something_else_is_refused(path, text, sentence):
    sources = texts()
    sources[path] += text + "\n"
    if sentence == "^$":  # alone it is right, and wrong beside who means the builtin
        merge.core(sources)
        sources[SECOND] += "print(1)\n"
        sentence = "uses print without an import"
    with pytest.raises(project.ProjectError, match=sentence):
        merge.core(sources)


def test_a_core_without_one_of_the_modules_is_told():
    sources = texts()
    del sources[SECOND]
    with pytest.raises(project.ProjectError, match=f"has no {SECOND}"):
        merge.core(sources)


def test_an_extension_imports_from_the_package_what_each_core_has_there():
    text = "def f():\n    from tinyweb.http import HTTPException, dumps as d\nfrom tinyweb.server import webserver\n"
    got = merge.extension("tinyweb_x.py", text, {"HTTPException", "webserver"})
    assert got == ("def f():\n    from tinyweb import HTTPException\n    from tinyweb.http import dumps as d\n"
                   "from tinyweb import webserver\n"), got


def test_only_the_core_and_its_extensions_are_rewritten():
    core, *others = project.packages()
    assert set(index.sources(core)) < {target for target, _ in core.files}
    for package in others:
        texts = index.sources(package)
        assert set(texts) == {target for target, _ in package.files}
        plain = "".join(path.read_text() for target, path in package.files if target.endswith(".py"))
        rewritten = "from tinyweb import HTTPException" in "".join(texts.values())
        assert rewritten == ("from tinyweb.http import HTTPException" in plain), package.name
