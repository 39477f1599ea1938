# Who may import whom. No room calls a room above it, and the core knows the extensions through one door only.
import ast

import project
import pytest
from recorder import PURE

CORE = project.ROOT / "packages" / "tinyweb-core" / "tinyweb"

# The rooms of the core, from the ground up: each may import those named here. Imports within functions count too.
ROOMS = {
    "extension": {"errors"},
    "reasons": set(),
    "results": {"extension", "fields", "reasons"},
    "cpython": {"extension"},
    "http": {"extension", "query", "paths", "results"},
    "fields": {"http"},
    "query": {"http", "extension"},
    "paths": {"query"},
    "connection": {"cpython", "wait", "pieces", "gone"},
    "tree": {"http", "extension", "query"},
    "router": {"http", "extension", "tree"},
    "wait": {"extension", "connection", "stream", "dispatch"},
    "gone": {"connection"},
    "stream": {"http", "extension", "connection", "wait", "dispatch"},
    "dispatch": {"extension", "connection", "stream", "body", "errors", "fields", "results"},
    "body": {"http", "connection", "wait"},
    "form": {"http", "query", "body", "cpython"},
    "ask": {"extension", "query", "body", "form"},
    "request": {"http", "extension", "ask", "stop"},
    "answer": {"extension", "fields", "reasons", "results", "form", "stream", "dispatch", "pieces"},
    "response": {"http", "extension", "connection", "reasons", "fields", "answer", "results", "stream"},
    "pieces": {"extension", "connection", "stream", "dispatch", "body", "errors"},
    "errors": {"http", "extension", "reasons", "dispatch", "hints", "fields", "cpython"},
    "hints": {"extension", "connection", "errors"},
    "watch": {"http", "connection"},
    "checks": {"http"},
    "limits": {"extension", "checks"},
    "stop": {"http", "extension", "connection", "request", "errors"},
    "admission": {"extension", "connection", "errors", "body", "stop"},
    "engine": {"http", "extension", "connection", "request", "response", "ask", "dispatch", "stop",
               "admission", "errors", "pieces", "wait"},
    "setup": {"http", "extension", "connection", "router", "request", "engine", "hints", "limits", "watch"},
    "registration": {"http", "extension", "setup", "paths", "checks", "limits"},
    "server": {"http", "extension", "connection", "engine", "request", "setup", "registration", "stop", "admission",
               "gone"},
    "inside": set(),
    "__init__": {"extension", "http", "request", "response", "router", "server", "inside"},
}
# What is imported at once: here no room calls a room above it. What room() loads on first use may look up: it is a
# part of the room that loads it, set apart because few programs need it.
AT_ONCE = {
    "extension": set(),
    "reasons": set(),
    "results": {"extension"},
    "cpython": {"extension"},
    "http": set(),
    "fields": {"http"},
    "query": {"http", "extension"},
    "paths": {"query"},
    "connection": {"extension", "cpython"},
    "tree": {"http", "extension"},
    "router": {"http", "extension"},
    "wait": {"extension", "connection"},
    "gone": {"connection"},
    "stream": {"http", "extension", "connection"},
    "dispatch": {"extension", "connection"},
    "body": {"http", "connection", "wait"},
    "form": {"http", "query", "body", "cpython"},
    "ask": {"extension"},
    "request": {"extension", "http"},
    "answer": {"extension", "fields"},
    "response": {"http", "extension", "connection"},
    "pieces": {"extension", "connection", "stream"},
    "errors": {"http", "extension", "reasons", "dispatch", "cpython"},
    "hints": {"extension", "connection"},
    "watch": {"http", "connection"},
    "checks": {"http"},
    "limits": {"extension"},
    "stop": {"http", "extension", "connection", "request"},
    "admission": {"extension", "connection"},
    "engine": {"http", "extension", "connection", "request", "response"},
    "setup": {"http", "extension", "connection", "router", "request", "engine"},
    "registration": {"http", "extension"},
    "server": {"http", "extension", "connection", "engine", "request"},
    "inside": set(),
    "__init__": {"extension", "http", "request", "response", "router", "server", "inside"},
}
# An extension acts on the objects that it is given.
EXTENSION = {"tinyweb.http", "tinyweb_static_dates", "tinyweb_static_links", "tinyweb_static_words"}

EXTENSIONS = sorted(path for path in project.ROOT.glob("packages/*/*.py") if path.name != "manifest.py")


def imports(path, package=""):
    """Give the modules that a file imports, anywhere in it, by their full names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= 1, f"{path}:{node.lineno}"
            if node.level == 0:
                found.add(node.module)
            elif node.module:
                found.add(f"{package}.{node.module}")
            else:
                found |= {f"{package}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__":
            # the door to the extensions, and nobody else, makes a name up
            assert path.name == "extension.py", f"{path}:{node.lineno}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "room":
            # the door to the rooms that are loaded on first use
            if isinstance(node.args[0], ast.Constant):  # but for cpython's, which loads them all
                found |= {f"{package}.{node.args[0].value}"}
    return found


def ours(names):
    return {name for name in names if name.partition(".")[0] == "tinyweb" or name.startswith("tinyweb_")}


def test_every_room_is_in_the_table():
    assert {path.stem for path in CORE.glob("*.py")} == set(ROOMS) == set(AT_ONCE)


def test_the_table_has_no_circles():
    seen = []
    for room, allowed in AT_ONCE.items():
        assert allowed <= set(seen), f"{room} may import what stands below it: {allowed - set(seen)}"
        seen.append(room)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_of_the_table(room):
    got = {name.removeprefix("tinyweb.") for name in ours(imports(CORE / f"{room}.py", "tinyweb"))}
    assert got <= ROOMS[room] | AT_ONCE[room], got - ROOMS[room]


@pytest.mark.parametrize("room", AT_ONCE)
def test_what_is_imported_at_once_stands_below(room):
    tree = ast.parse((CORE / f"{room}.py").read_text())
    tree.body = [node for node in tree.body if isinstance(node, ast.ImportFrom | ast.If)]
    got = {f"{node.module or node.names[0].name}" for node in ast.walk(tree)
           if isinstance(node, ast.ImportFrom) and node.level}
    assert got <= AT_ONCE[room], got - AT_ONCE[room]


@pytest.mark.parametrize("room", sorted(PURE))
def test_a_pure_room_knows_neither_sockets_nor_asyncio(room):
    got = imports(CORE / f"{room}.py", "tinyweb") & {"asyncio", "socket", "select", "ssl", "time"}
    assert not got, got


def test_the_core_does_not_import_what_no_firmware_has():
    # logging comes from micropython-lib: only the room that reports errors may try it
    for path in CORE.glob("*.py"):
        if path.stem != "errors":
            assert "logging" not in imports(path, "tinyweb"), path


@pytest.mark.parametrize("path", EXTENSIONS, ids=lambda path: path.stem)
def test_an_extension_imports_the_http_words_alone(path):
    got = ours(imports(path))
    assert got <= EXTENSION, got - EXTENSION


def test_only_the_door_names_an_extension():
    for path in CORE.glob("*.py"):
        names = [node.value for node in ast.walk(ast.parse(path.read_text()))
                 if isinstance(node, ast.Constant) and isinstance(node.value, str) and "tinyweb_" in node.value]
        assert not names or path.name == "extension.py", (path, names)
