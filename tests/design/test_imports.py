# Who may import whom: imports point downwards, and the core knows the extensions through one module only.
import ast
import re

import project
import pytest
from recorder import PURE

CORE = project.ROOT / "packages" / "tinyweb-core" / "tinyweb"

# The modules of the core, from the ground up: (what each imports, what is a part of it). The first are modules further
# down, whether they are imported at once, within a function or as lazy.NAME. The others stand further up: lazy modules
# that hold what it rarely needs, such as the rare methods of its class, and that may use it in their turn. It reaches
# them as lazy.NAME alone.
MODULES = {
    "lazy": ("", "log"),
    "http": ("lazy", "body results urlencoding"),
    "urlencoding": ("http lazy", "hooks response_methods"),
    "url_patterns": ("lazy urlencoding", ""),
    "http_rare": ("http lazy urlencoding", ""),
    "parameters": ("http", ""),
    "header_fields": ("http", ""),
    "cookies": ("header_fields http lazy urlencoding", ""),
    "status": ("header_fields lazy", ""),
    "packages": ("lazy", ""),
    "compat_cpython": ("lazy", ""),
    "log": ("compat_cpython lazy", "diagnostics"),
    "transport": ("compat_cpython lazy", "disconnects long_response waiting"),
    "results": ("compat_cpython lazy log status transport", ""),
    "diagnostics": ("lazy log transport", ""),
    "disconnects": ("lazy log transport", ""),
    "router": ("http lazy", "path_params"),
    "path_params": ("http lazy router urlencoding", ""),
    "implicit_routes": ("http path_params router", ""),
    "body": ("compat_cpython http lazy transport urlencoding", "long_body"),
    "long_body": ("body lazy transport", "chunked_body"),
    "chunked_body": ("body http long_body", ""),
    "comparisons": ("body lazy", ""),
    "unread_body": ("http lazy long_body transport", ""),
    "request_attrs": ("body cookies lazy urlencoding", ""),
    "request": ("body http http_rare lazy request_attrs", ""),
    "response": ("http lazy results", "framing response_methods streaming"),
    "debug": ("http request response router transport", ""),
    "framing": ("debug header_fields http lazy response status", ""),
    "streaming": ("compat_cpython framing http lazy response transport", "dispatch waiting"),
    "waiting": ("lazy response streaming transport", "dispatch"),
    "dispatch": ("framing header_fields implicit_routes lazy log response results streaming transport unread_body",
                 "failures"),
    "link": ("compat_cpython lazy transport", "slow_links"),
    "slow_links": ("lazy link transport", ""),
    "links": ("dispatch framing header_fields http lazy link response transport", ""),
    "failures": ("diagnostics dispatch header_fields http lazy log response status", ""),
    "errors": ("http lazy log response transport", ""),
    "long_response": ("dispatch framing lazy log response streaming transport unread_body waiting", ""),
    "prepared": ("dispatch framing header_fields lazy response streaming transport waiting", ""),
    "redirect": ("dispatch framing header_fields lazy response status", ""),
    "cors": ("header_fields", ""),
    "hooks": ("lazy", ""),
    "whole_response": ("response", ""),
    "response_methods": ("comparisons cookies cors dispatch header_fields http_rare lazy links long_response "
                         "packages parameters path_params prepared redirect status streaming whole_response", ""),
    "protocol": ("dispatch errors http implicit_routes lazy long_response request response streaming transport "
                 "unread_body waiting", "admission partial_head"),
    "known_fields": ("http", ""),
    "known_routes": ("", ""),
    "known_heads": ("http known_fields known_routes lazy request urlencoding", ""),
    "partial_head": ("http lazy request transport", "admission"),
    "admission": ("lazy log partial_head transport unread_body", ""),
    "registration": ("http lazy router url_patterns urlencoding", "guards positional registration_more route_checks"),
    "route_checks": ("http lazy registration", ""),
    "startup": ("diagnostics known_heads lazy transport", "option_checks"),
    "constructor": ("lazy request response router", "option_checks positional"),
    "positional": ("constructor lazy route_checks", ""),
    "option_checks": ("lazy route_checks", ""),
    "folder_checks": ("lazy route_checks", ""),
    "guards": ("lazy router urlencoding", ""),
    "registration_more": ("folder_checks guards hooks lazy option_checks packages route_checks", ""),
    "shutdown": ("transport", ""),
    "server": ("admission constructor debug diagnostics disconnects http lazy protocol registration request shutdown"
               " startup transport",
               ""),
    "nested": ("", ""),
    "__init__": ("http lazy nested request response router server", ""),
}
# An extension acts on the objects that it is given.
EXTENSION = {"tinyweb.http", "tinyweb.API"}
EXTENSION |= {f"tinyweb_static_{name}" for name in (
    "answers", "coding", "conditions", "dates", "fat", "links", "packed", "sending", "types")}
EXTENSION |= {"tinyweb_template"}
EXTENSION |= {f"tinyweb_template_{name}" for name in ("compiler", "loader", "output", "urls")}

EXTENSIONS = sorted(path for path in project.ROOT.glob("packages/*/*.py") if path.name != "manifest.py")


def tree(path):
    return ast.parse(path.read_text())


def imports(path, package=""):
    """Give the modules that a file imports, anywhere in it, by their full names, but for those of lazy.NAME."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level <= 1, f"{path}:{node.lineno}"
            if node.level == 0 and node.module == "tinyweb":
                found |= {f"tinyweb.{name.name}" for name in node.names}
            elif node.level == 0:
                found.add(node.module)
            elif node.module:
                found.add(f"{package}.{node.module}")
            else:
                found |= {f"{package}.{name.name}" for name in node.names}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__":
            # who loads modules of the core, extensions, compiled templates and the parts of an extension that are not
            # kept: nobody else makes a name up
            makers = "lazy.py", "packages.py", "tinyweb_template_loader.py", "tinyweb_auth.py"
            assert path.name in makers, f"{path}:{node.lineno}"
    return found


def settings():
    """Give the attributes of `lazy` that are no modules."""
    for node in tree(CORE / "lazy.py").body:
        if isinstance(node, ast.ClassDef) and node.name == "_Lazy":
            return {target.id for item in node.body if isinstance(item, ast.Assign) for target in item.targets}


def is_lazy(node):
    name = getattr(node, "id", getattr(node, "attr", None))  # lazy or tinyweb.lazy
    return isinstance(node, ast.Name | ast.Attribute) and name in ("lazy", "_lazy")


def lazily(module):
    """Give the names of the modules that a tree loads on first use: lazy.NAME, or " function:NAME " in a text."""
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and is_lazy(node.value):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found |= set(re.findall(r" \w+:(\w+)(?= )", node.value)) & set(MODULES)
    return found - settings()


def ours(names):
    return {name for name in names if name.partition(".")[0] == "tinyweb" or name.startswith("tinyweb_")}


def core(names):
    return {name.removeprefix("tinyweb.") for name in ours(names)}


def test_every_module_is_in_the_table():
    assert {path.stem for path in CORE.glob("*.py")} == set(MODULES)


def test_imports_point_downwards():
    seen = set()
    for name, (below, parts) in MODULES.items():
        assert set(below.split()) <= seen, f"{name} may import what stands below it: {set(below.split()) - seen}"
        seen.add(name)
        assert not set(parts.split()) & seen, f"no part of {name}, but what it imports: {set(parts.split()) & seen}"
    assert {part for _, parts in MODULES.values() for part in parts.split()} <= seen


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_what_the_table_tells(name):
    below, parts = (set(names.split()) for names in MODULES[name])
    at_once = core(imports(CORE / f"{name}.py", "tinyweb"))
    assert at_once <= below, at_once - below
    got = at_once | lazily(tree(CORE / f"{name}.py"))
    assert got == below | parts, (got - below - parts, (below | parts) - got)


@pytest.mark.parametrize(("source", "want"), [
    ("lazy.log.log(1)\nx = app.lazy.body", {"log", "body"}), ("log.log(1)\nlazily.body", set()),
    ("T = ' read:body write:x log log:2 then:log ' + f", {"body", "log"}),
    ("type(lazy).reserve = 1\nlazy.reserve, lazy.permanent, lazy.namespace", set()),
    ("def f():\n    return [lazy.status for _ in ()]", {"status"}),
])
def test_what_is_loaded_on_first_use_is_seen(source, want):
    got = lazily(ast.parse(source))
    assert got == want, got


def eager():
    """Give the modules that an import of the package loads, by the way."""
    found = set()
    left = ["__init__"]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += core(imports(CORE / f"{name}.py", "tinyweb"))
    return found


def test_whatever_takes_a_module_by_a_made_up_name_takes_one_that_is_lazy():
    names = {}
    for path in CORE.glob("*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
                if is_lazy(node.args[0]):
                    names.setdefault(path.stem, []).append(ast.unparse(node.args[1]))
    # unload() takes what is loaded, cpython's Listener all of LAZY, a response and tinyweb.http what the text of
    # response_methods names, and that serves `http` and `server`
    assert names == {"lazy": ["name"], "compat_cpython": ["name"], "response": ["module"],
                     "response_methods": ["name", "_find(_WORDS, 'http', name)"]}, names


def test_a_pc_loads_all_that_a_running_server_may_need():
    lists = [node.value for node in tree(CORE / "compat_cpython.py").body if isinstance(node, ast.Assign)
             and getattr(node.targets[0], "id", "") == "LAZY"]
    got = ast.literal_eval(lists[0]).split(" ")
    # What debug=True, a program's registrations and its extensions load is loaded before the port is open, or by a
    # call of the program's.
    program = {"constructor", "startup", "option_checks", "registration", "registration_more", "route_checks",
               "url_patterns", "packages", "debug", "nested", "positional", "folder_checks", "guards", "hooks"}
    assert sorted(got) == sorted(set(MODULES) - eager() - program), set(got) ^ (set(MODULES) - eager() - program)


@pytest.mark.parametrize("name", sorted(PURE))
def test_a_pure_module_knows_neither_sockets_nor_asyncio(name):
    got = imports(CORE / f"{name}.py", "tinyweb") & {"asyncio", "socket", "select", "ssl", "time"}
    assert not got, got


def test_the_core_does_not_import_what_no_firmware_has():
    # logging comes from micropython-lib: only the log may try it
    for path in CORE.glob("*.py"):
        if path.stem != "log":
            assert "logging" not in imports(path, "tinyweb"), path


@pytest.mark.parametrize("path", EXTENSIONS, ids=lambda path: path.stem)
def test_an_extension_imports_the_http_words_alone(path):
    got = {name for name in ours(imports(path)) if not (path.parent / f"{name}.py").exists()}
    assert got <= EXTENSION, got - EXTENSION


def test_only_one_module_names_an_extension():
    got = {}
    for path in CORE.glob("*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("tinyweb_"):
                got.setdefault(path.stem, set()).add(node.value)
    # `lazy` unloads parts of one that are loaded on first use, too
    assert got == {"packages": {"tinyweb_"}, "lazy": {"tinyweb_static"}}, got
