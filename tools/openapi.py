"""Describe an application as an OpenAPI 3.1 document. Runs on the host, under CPython; the board pays nothing for it.

    python tools/openapi.py examples/device_api/main.py                       prints the document
    python tools/openapi.py main.py --title "My device" --version 1.2 -o openapi.json

What it knows it reads from the program: the routes and their methods, the names of the URL's parameters from the
methods' own, summaries and descriptions from docstrings, the names asked of `data`, and the codes from
`return ..., 404` and `raise HTTPException(404)`. A code that no such statement shows is told by a line of the
docstring: "404: no such pin". Such a line also describes a code that was found.

Events and WebSockets are left out, and named: OpenAPI describes requests and responses.
"""

import ast
import http
import importlib.util
import inspect
import json
import logging
import pathlib
import re
import sys
import textwrap
import warnings
from unittest import mock

import project

# The kinds of parameters in the router's tree, and their schemas. The tree keeps no names: a method's own tell them.
KINDS = {1: {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}, 2: {"type": "string", "pattern": "^[^/]+$"},
         3: {"type": "string"}}
BODIED = ("POST", "PUT", "PATCH")
# The packages whose handlers take their connection over, for which OpenAPI has no words.
LINKS = {"tinyweb_events": "server-sent events", "tinyweb_websocket": "a WebSocket"}
MESSAGE = {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}
CODE = re.compile(r"^\s*(\d{3}):\s*(.+?)\s*$", re.M)


def openapi(app, title, version):
    """Give the OpenAPI 3.1 document of an app (a tinyweb.webserver) as a dict that json can write."""
    paths = {}
    named = {}
    for path, kinds, route in sorted(routes(app), key=lambda found: found[0]):
        for name, function, resource in methods(route):
            # two functions of one URL may name its parameter in two ways; a path has but one name for it
            names = named.setdefault((path, *kinds), parameter_names(function, len(kinds), 1 if resource else 2))
            url = path.format(*("{" + name + "}" for name in names))
            if link(function):
                continue
            paths.setdefault(url, {})[name.lower()] = operation(name, function, resource, names, kinds)
    document = {"openapi": "3.1.0", "info": {"title": title, "version": version}, "paths": paths}
    if '"#/components/schemas/Message"' in json.dumps(paths):
        document["components"] = {"schemas": {"Message": MESSAGE}}
    return document


def link(function):
    """Return what a handler makes of its connection, as in "a WebSocket", or None if it sends a response."""
    found = [function]
    for f in found:
        module = getattr(f, "__module__", None)
        if module in LINKS:
            return LINKS[module]
        if module in ("tinyweb_auth", "tinyweb_auth_csrf"):  # a login stands before it
            inner = [cell.cell_contents for cell in getattr(f, "__closure__", None) or ()]
            found += [g for g in inner if (inspect.isfunction(g) or inspect.ismethod(g)) and g not in found]


def left_out(app):
    """Return what the document leaves out: [("/chat/{}", "a WebSocket")], in the order of paths."""
    found = [(path, link(route[1])) for path, _, route in routes(app)]
    return sorted((path, what) for path, what in found if what)


def routes(app):
    """Walk an app's routes: (path with {} for each parameter, kinds of the parameters, route)."""
    for path, found in app._router.fixed.items():
        for route in found:
            yield _plain(path), [], route
    yield from _branch(app._router.tree, "", [])


def _plain(path):
    # A brace of a path would look like a parameter's.
    return path.decode().replace("{", "%7B").replace("}", "%7D")


def _branch(node, path, kinds):
    for key, below in node.items():
        if key is None:
            continue  # the guards of a program that was loaded otherwise
        if key == 0:
            for route in below:
                yield path, kinds, route
        elif isinstance(key, bytes):
            # Segments are decoded there, see url_patterns.py of the core.
            for byte in b"% /?#":
                key = key.replace(b"%c" % byte, b"%%%02X" % byte)
            yield from _branch(below, path + "/" + _plain(key), kinds)
        else:
            yield from _branch(below, path + "/{}", kinds + [key])


def methods(route):
    """Walk a route's methods: (name, the program's function, is it a resource's?)."""
    function = route[1]
    calls = None
    if getattr(function, "__module__", "") == "tinyweb_rest":
        calls = inspect.getclosurevars(function).nonlocals["calls"]
    for name in route[0]:
        if name.decode() in ("GET", "PUT", "POST", "DELETE", "PATCH", "TRACE"):  # HEAD and OPTIONS come by themselves
            yield name.decode(), calls[name] if calls else function, bool(calls)


def parameter_names(function, count, skip):
    """Give the names that a function gives the URL's parameters, behind the `skip` that are not the URL's."""
    try:
        found = [p.name for p in inspect.signature(function).parameters.values()
                 if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)][skip:]
    except (TypeError, ValueError):
        found = []
    return [found[i] if i < len(found) else "parameter%d" % (i + 1) for i in range(count)]


def operation(method, function, resource, names, kinds):
    """Give the Operation Object of one method (OpenAPI 3.1, 4.8.10)."""
    source = Source(function)
    text = inspect.getdoc(function) or ""
    told = dict(CODE.findall(text))
    summary, _, description = CODE.sub("", text).strip().partition("\n")
    out = {}
    if summary:
        out["summary"] = summary.strip()
    if description.strip():
        out["description"] = description.strip()
    parameters = [{"name": name, "in": "path", "required": True, "schema": KINDS[kind]}
                  for name, kind in zip(names, kinds, strict=True)]
    if resource and method not in BODIED:
        parameters += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in source.asked]
    if parameters:
        out["parameters"] = parameters
    codes = dict.fromkeys(source.codes) | {int(code): words for code, words in told.items()}
    if resource:
        out["responses"] = _answers(method, codes, kinds)
        if method in BODIED:
            fields = {"type": "object", "properties": {name: {} for name in source.asked}}
            words = {"type": "object", "properties": {name: {"type": "string"} for name in source.asked}}
            out["requestBody"] = {"content": {"application/json": {"schema": fields},
                                              "application/x-www-form-urlencoded": {"schema": words}}}
    else:
        # who ends without a result has sent something, and what is not known
        codes.setdefault(200, codes.pop(204, None))
        out["responses"] = {str(code): {"description": codes[code] or phrase(code)} for code in sorted(codes)}
    return out


def _answers(method, codes, kinds):
    # What tinyweb-rest and the server themselves may answer comes with what the method does.
    codes.setdefault(400, "What came is malformed: not UTF-8, or not JSON where that was said")
    if method in BODIED:
        codes.setdefault(413, None)
        codes.setdefault(415, None)
    out = {}
    for code in sorted(codes):
        out[str(code)] = answer = {"description": codes[code] or phrase(code)}
        if code >= 400:
            answer["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}}
            if code == 400 and kinds:
                answer["content"]["text/plain"] = {}  # a URL whose parameter is not UTF-8 leads to no resource
        elif code not in (204, 304):
            answer["content"] = {"application/json": {}}
    if 1 in kinds:
        out.setdefault("404", {"description": phrase(404), "content": {}})["content"]["text/plain"] = {}
    return out


def phrase(code):
    """Give the reason phrase of a code."""
    try:
        return http.HTTPStatus(code).phrase
    except ValueError:
        return str(code)


class Source:
    """What the text of a method shows: .codes, a sorted list, and .asked, the names that it asks of `data`."""

    def __init__(self, function):
        self.codes = [200]
        self.asked = []
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        except (OSError, TypeError, SyntaxError, IndexError):
            return  # a function without a source: written in C, or typed at a prompt
        if not isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return  # the line that a lambda stands in
        codes = set()
        own = list(_own(tree))
        for node in own:
            if isinstance(node, ast.Return):
                codes.add(_code(node.value))
            elif isinstance(node, (ast.Yield, ast.YieldFrom)):
                codes.add(200)
            elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                name = getattr(node.exc.func, "id", getattr(node.exc.func, "attr", ""))
                if name == "HTTPException":
                    codes.add(_status(node.exc.args[0]))
        codes.discard(None)
        if _falls_off(tree.body) and 200 not in codes:
            codes.add(204)
        self.codes = sorted(codes)
        data = next((a.arg for a in tree.args.posonlyargs + tree.args.args if a.arg != "self"), None)
        asked = (_asked(node, data) for node in own)
        self.asked = list(dict.fromkeys(name for name in asked if name))


def _own(function):
    # The nodes of a function, without those of the functions in it.
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield node
            yield from _own(node)


def _code(value):
    if value is None or isinstance(value, ast.Constant) and value.value is None:
        return 204
    if isinstance(value, ast.Tuple) and len(value.elts) > 1:
        return _status(value.elts[1]) or 200
    return 200


def _status(node):
    # Return the code of an expression that is written as a status, None for any other.
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    return value if type(value) is int and 200 <= value < 600 else None


def _falls_off(body):
    last = body[-1]
    if isinstance(last, (ast.Return, ast.Raise)):
        return False
    if isinstance(last, ast.If):
        return not last.orelse or _falls_off(last.body) or _falls_off(last.orelse)
    if isinstance(last, (ast.With, ast.AsyncWith)):
        return _falls_off(last.body)
    if isinstance(last, ast.Try):
        return any(_falls_off(b) for b in [last.orelse or last.body] + [h.body for h in last.handlers])
    return not (isinstance(last, ast.While) and isinstance(last.test, ast.Constant) and last.test.value)


def _asked(node, data):
    # data["name"], data.get("name"...), "name" in data
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        place, key = node.value, node.slice
    elif (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop")
          and node.args):
        place, key = node.func.value, node.args[0]
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        place, key = node.comparators[0], node.left
    else:
        return None
    named = isinstance(place, ast.Name) and place.id == data and isinstance(key, ast.Constant)
    return key.value if named and isinstance(key.value, str) else None


class _Served(SystemExit):
    """Ends a program where its server would begin to serve; as a SystemExit it ends an event loop, too."""


def _serve(*args, **kwargs):
    raise _Served


async def _start(*args, **kwargs):
    raise _Served


def load(path, name):
    """Import a program by its path, up to its run() or start(); give its app. Raises ProjectError where it fails."""
    sys.path[:0] = [str(folder) for folder in sorted(project.ROOT.glob("packages/tinyweb-*"))] + [str(path.parent)]
    import tinyweb

    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not spec:
        raise project.ProjectError(f"{path} is no Python program")
    module = importlib.util.module_from_spec(spec)
    # A board's main.py runs its server as it is imported. Guards would stand before the functions that are described.
    with (mock.patch.object(tinyweb.webserver, "run", _serve),
          mock.patch.object(tinyweb.webserver, "start", _start, create=True),
          mock.patch.object(tinyweb.webserver, "guard", lambda self, prefix, guard: None, create=True)):
        try:
            spec.loader.exec_module(module)
        except _Served:
            # Nobody waits for the tasks of its loop.
            logging.getLogger("asyncio").disabled = True
            warnings.filterwarnings("ignore", "coroutine .* was never awaited")
        except SystemExit:
            raise project.ProjectError(f"{path} cannot be imported: it ends with sys.exit()") from None
        except Exception as error:
            raise project.ProjectError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    app = getattr(module, name, None)
    if not isinstance(app, tinyweb.webserver):
        raise project.ProjectError(f"{path} has no webserver {name!r}: name it with --app")
    return app


def main(argv=None):
    parser = project.parser("openapi", "Describe an application as an OpenAPI 3.1 document.")
    parser.add_argument("program", type=pathlib.Path, help="the program, a .py file")
    parser.add_argument("--app", default="app", help="the name of its webserver (default: app)")
    parser.add_argument("--title", help="default: the program's folder")
    parser.add_argument("--version", default="1.0.0", help="the version of the interface")
    parser.add_argument("-o", "--output", type=pathlib.Path, help="a file to write (default: the console)")
    args = parser.parse_args(argv)
    path = args.program.resolve()
    if not path.is_file():
        raise project.ProjectError(f"{args.program} is {'a folder, and no program' if path.is_dir() else 'not there'}")
    app = load(path, args.app)
    document = openapi(app, args.title or path.parent.name, args.version)
    for url, what in left_out(app):
        print(f"left out: {url}, {what}", file=sys.stderr)
    # JSON is UTF-8 (RFC 8259 8.1); a console, or a pipe on Windows, may have another encoding.
    utf8 = args.output or (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(document, indent=2, ensure_ascii=not utf8) + "\n"
    if args.output:
        try:
            args.output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise project.ProjectError(f"{args.output} cannot be written: {error.strerror}") from error
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    project.run(main)
