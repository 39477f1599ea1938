# Every public call works as docs/reference.md prints its signature: with all arguments by position, and by name, each
# as the first call of a process. The signatures are read from the type stubs, which that page is made from.

import ast

import harness
import pytest

STUBS = {
    "app": ("tinyweb-core/tinyweb/server.pyi", "webserver"),
    "req": ("tinyweb-core/tinyweb/request.pyi", "request"),
    "resp": ("tinyweb-core/tinyweb/response.pyi", "response"),
    "tinyweb.http": ("tinyweb-core/tinyweb/http.pyi", None),
    "tinyweb_rest": ("tinyweb-rest/tinyweb_rest.pyi", None),
    "tinyweb_static": ("tinyweb-static/tinyweb_static.pyi", None),
}

# What is given for each parameter, as source; a name alone where several calls have it, else owner.call.name.
VALUES = {
    "access_log": "print",
    "allowed_access_control_headers": "'X-A'",
    "allowed_access_control_origins": "'http://a.example'",
    "allowed_hosts": "('localhost', HOST)",
    "app": "app",
    "backlog": "5",
    "buf": "bytearray(3)",
    "buf_size": "512",
    "cls": "Thing",
    "code": "404",
    "content_encoding": "'gzip'",
    "content_type": "'image/png'",
    "data": "{'a': '1'}",
    "debug": "True",
    "domain": "'x.example'",
    "error": "str",
    "f": "handler",
    "fallback": "'index.html'",
    "filename": "'index.html'",
    "first": "'x'",
    "folder": "'.'",
    "guard": "lambda f: f",
    "headers": "{'X-A': 'b'}",
    "host": "HOST",
    "httponly": "False",
    "idle_timeout": "2",
    "index": "'index.html'",
    "io_timeout": "3",
    "key": "'X-A'",
    "last": "True",
    "lines": "b''",
    "location": "'/there'",
    "loop_forever": "False",
    "max_age": "60",
    "max_body_size": "10",
    "max_concurrency": "3",
    "max_connections": "7",
    "max_fields": "20",
    "max_head": "2000",
    "max_line": "500",
    "max_links": "6",
    "message": "'m'",
    "method": "'PUT'",
    "methods": "['POST']",
    "mime_types": "{'abc': 'text/abc'}",
    "most": "100",
    "msg": "'m'",
    "n": "2",
    "name": "'a'",
    "off": "0",
    "path": "'/p'",
    "payload": "'x'",
    "port": "PORT",
    "prefix": "'/p'",
    "quiet": "True",
    "request_timeout": "2",
    "resp": "resp",
    "s": "'a=1&b=2'",
    "samesite": "'Strict'",
    "save_headers": "['X-A']",
    "secure": "True",
    "ssl": "None",
    "slot_timeout": "4",
    "sz": "-1",
    "stop_timeout": "1",
    "url": "'/x'",
    "url_prefix": "'/s'",
    "value": "'v'",
    "what": "404",
}


def documented():
    """Give {"owner.call": (parameters, whether it takes more by name, whether it is awaited)} of what is explained."""
    found = {}
    for owner, (path, cls) in STUBS.items():
        body = ast.parse((harness.PACKAGES / path).read_text()).body
        if cls:
            body = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == cls).body
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if not ast.get_docstring(node) and node.name != "__init__":
                    continue
                name = "webserver" if node.name == "__init__" else node.name
                args = node.args
                assert not args.kwonlyargs and not args.posonlyargs, (owner, name)
                gives = ast.unparse(node.returns) if node.returns else ""
                awaited = isinstance(node, ast.AsyncFunctionDef) or gives.startswith(("Awaitable", "Coroutine"))
                names = [a.arg for a in args.args if a.arg != "self"]
                found[f"{owner}.{name}"] = names, bool(args.kwarg), awaited
    return found


CALLS = documented()
# Those of the server are made before it runs, the others in a handler.
WAYS = [(call, how) for call in CALLS for how in ("position", "name") if how == "position" or CALLS[call][0]]
OWNERS = ("app.", "tinyweb_static.static", "tinyweb_rest.add_resource", "tinyweb_rest.resource")
AT_START = [way for way in WAYS if way[0].startswith(OWNERS)]
IN_HANDLERS = [way for way in WAYS if way not in AT_START]


def arguments(call, how):
    """Give the arguments of a call as source, all of them by position or by name."""
    names, more, _ = CALLS[call]
    given = [VALUES[name] if how == "position" else f"{name}={VALUES[name]}" for name in names]
    return ", ".join(given + ["extra=1"] * more)


START = """
import asyncio

import tinyweb


def handler(req, resp, *more):
    return "x"


class Thing:
    def get(self, data, **more):
        return {{}}


with open("index.html", "w") as f:
    f.write("x")
app = tinyweb.webserver()
{imports}
{before}
got = {call}
if {decorates}:
    assert got(handler) is handler
if hasattr(got, "send"):
    async def main():
        await got
        await app.stop()

    asyncio.run(main())
print("called")
{behind}
"""
BEFORE = {"app.remove_hook": "app.before_request(handler)"}
BEHIND = {
    "app.webserver": """
limits = ("request_timeout", "max_concurrency", "backlog", "debug", "max_connections", "max_head", "max_line",
          "max_fields", "max_links", "idle_timeout", "io_timeout", "slot_timeout", "stop_timeout", "allowed_hosts",
          "access_log")
got = [getattr(got, name) for name in limits]
assert got == [2, 3, 5, True, 7, 2000, 500, 20, 6, 2, 3, 4, 1, ("localhost", HOST), print], got
""",
    "app.run": "app.shutdown()",
}


@pytest.mark.parametrize(("call", "how"), AT_START)
def test_a_call_of_the_server_takes_its_arguments_by(interpreter, call, how):
    source = call.replace("app.webserver", "tinyweb.webserver")
    decorates = call.split(".")[1] in ("route", "get", "post", "put", "patch", "delete", "catchall", "errorhandler",
                                       "resource")
    text = START.format(call=f"{source}({arguments(call, how)})", decorates=decorates, behind=BEHIND.get(call, ""),
                        before=BEFORE.get(call, ""),
                        imports="" if call.startswith("app.") else "import " + call.split(".")[0])
    running = harness.launch(text, interpreter, heap=harness.ROOMY)
    try:
        assert running.wait_end(20) == 0, running.output()
        assert running.output() == "called\n", running.output()
    finally:
        running.stop()


HANDLER = """
import tinyweb
{imports}

with open("index.html", "w") as f:
    f.write("x")
app = tinyweb.webserver()


@app.post("/", max_body_size=99)
async def index(req, resp):
    got = {call}
    {behind}


app.run(HOST, PORT)
"""
# How the handler goes on, and what the client gets: (status, body, {{field: value}}).
RETURNED = "return str(got)"
OUTCOMES = {
    "req.header": (RETURNED, (200, "b'9'", {})),
    "req.query_list": (RETURNED, (200, "['5', '6']", {})),
    "req.read": (RETURNED, (200, "b'a='", {})),
    "req.readinto": (RETURNED, (200, "3", {})),
    "req.body": (RETURNED, (200, "b'a=1'", {})),
    "req.read_parse_form_data": (RETURNED, (200, "{'a': '1'}", {})),
    "resp.add_header": ("return 'y'", (200, "y", {"x-a": "v"})),
    "resp.set_cookie": ("return 'y'", (200, "y", {
        "set-cookie": "a=v; Max-Age=60; Path=/p; Domain=x.example; SameSite=Strict; Secure"})),
    "resp.add_access_control_headers": ("return 'y'", (200, "y", {"access-control-allow-origin": "*"})),
    "resp.start_html": ("await resp.send('y')", (200, "y", {"content-type": "text/html; charset=utf-8"})),
    "resp.send": ("pass", (200, "x", {})),
    "resp.flush": ("pass", (200, "", {})),
    "resp.release": ("await resp.send('y')", (200, "y", {})),
    "resp.redirect": ("pass", (303, "m", {"location": "/there"})),
    "resp.start": ("await resp.send('y')", (200, "y", {"content-type": "image/png"})),
    "resp.end": ("pass", (204, "", {})),
    "resp.then": ("return 'y'", (200, "y", {"connection": "close"})),
    "resp.run_hooks": ("return 'y'", (200, "y", {})),
    "resp.unpack": ("return got", (201, "y", {})),
    "resp.send_prepared": ("pass", (200, "yz", {"content-length": "2"})),
    "req.json": ("pass", (400, "The body is not JSON", {})),
    "resp.error": ("pass", (404, "m", {})),
    "resp.send_file": ("pass", (200, "x", {"content-type": "image/png", "content-encoding": "gzip",
                                           "cache-control": "max-age=60"})),
    "tinyweb_static.send_file": ("pass", (200, "x", {"content-type": "image/png", "content-encoding": "gzip",
                                                     "cache-control": "max-age=60"})),
    "resp.pieces": ("got = got(None)\n    if got:\n        await got", (200, "", {})),
    "tinyweb_rest.values": (RETURNED, (200, "['1']", {})),
    "tinyweb.http.HTTPException": ("raise got", (404, "m", {"x-a": "b"})),
    "tinyweb.http.urldecode_plus": (RETURNED, (200, "a=1&b=2", {})),
    "tinyweb.http.query_pairs": ("return str(list(got))", (200, "[('a', '1'), ('b', '2')]", {})),
    "tinyweb.http.to_json": ("return got", (200, '"v"', {})),
    "tinyweb.http.parse_query_string": ("return str(sorted(got))", (200, "['a', 'b']", {})),
}
# for extensions: of the core's own words
OWN = {"tinyweb.http.field": {"raw": "b'POST / HTTP/1.1\\r\\nA: 1\\r\\n\\r\\n'", "name": "b'a'"},
       "tinyweb.http.kind": {"head": "req.head"},
       "resp.redirect": {"code": "303"}, "resp.then": {"f": "print"}, "resp.unpack": {"result": "('y', 201)"},
       "resp.send_prepared": {"source": "b'xyz'", "first": "1", "count": "2", "length": "2", "ready": "None"}}
OWN["tinyweb.http.params"] = {"value": "b'A; b=c'", "separator": "b';'"}
OWN["tinyweb.http.same"] = {"a": "b'x'", "b": "b'x'"}
OWN["tinyweb.http.same_origin"] = {"req": "req"}
OUTCOMES["tinyweb.http.params"] = (RETURNED, (200, "(b'a', {b'b': b'c'})", {}))
OWN["tinyweb.http.make_room"] = {"size": "4096"}
OUTCOMES["tinyweb.http.make_room"] = (RETURNED, (200, "None", {}))
OWN["tinyweb.http.take_over"] = {"app": "app", "find": "None"}
OUTCOMES["tinyweb.http.take_over"] = (RETURNED, (200, "None", {}))
OWN["tinyweb.http.to_json"] = {"value": "'v'", "finite": "True"}
OWN["resp.raw"] = {"data": "b'HTTP/1.1 200 OK\\r\\n\\r\\nraw'"}
OUTCOMES["resp.raw"] = ("pass", (200, "raw", {}))
OUTCOMES["tinyweb.http.same"] = OUTCOMES["tinyweb.http.same_origin"] = (RETURNED, (200, "True", {}))
# of a request with a body
OUTCOMES["resp.stream"] = OUTCOMES["resp.upgrade"] = ("pass", (400, "Bad Request\n", {}))
OUTCOMES["tinyweb.http.field"] = (RETURNED, (200, "b'1'", {}))
OUTCOMES["tinyweb.http.kind"] = (RETURNED, (200, "b'application/x-www-form-urlencoded'", {}))


@pytest.mark.parametrize(("call", "how"), IN_HANDLERS)
def test_a_call_of_a_handler_takes_its_arguments_by(serve, monkeypatch, call, how):
    for name, value in OWN.get(call, {}).items():
        monkeypatch.setitem(VALUES, name, value)
    behind, (code, body, fields) = OUTCOMES[call]
    owner = call.rsplit(".", 1)[0]
    text = HANDLER.format(call="await " * CALLS[call][2] + f"{call}({arguments(call, how)})", behind=behind,
                          imports="import " + owner if owner not in ("req", "resp") else "")
    server = serve(text, heap=harness.ROOMY)
    answer = harness.get(server.port, "/?a=5&a=6", [("A", "9"), ("Content-Type", "application/x-www-form-urlencoded")],
                         "POST", b"a=1")
    assert (answer.code, answer.text) == (code, body), (answer, server.output())
    assert {name: answer.headers.get(name) for name in fields} == fields, answer


def test_positions_mean_what_the_reference_says(serve):
    server = serve("""
import tinyweb

app = tinyweb.webserver()


@app.route("/a", ["POST"], ["X-A"], 3, "X-B", "http://b.example", str.upper)
async def route(req, resp):
    resp.add_access_control_headers()
    await req.body()
    return str(sorted(req.headers))


@app.post("/b", ["X-A"], 3, "X-B", "http://b.example", str.upper)
async def post(req, resp):
    resp.add_access_control_headers()
    await req.body()
    return str(sorted(req.headers))


@app.resource("/r", "PUT", 3, "X-B", "http://b.example", unit="C")
def resource(data, unit):
    return {"unit": unit}


class Thing:
    def put(self, data, unit):
        return {"unit": unit}


app.add_resource(Thing, "/t", 3, "X-B", "http://b.example", unit="C")
app.run(HOST, PORT)
""", heap=harness.ROOMY)
    for target, method in ("/a", "POST"), ("/b", "POST"), ("/r", "PUT"), ("/t", "PUT"):
        with harness.Client(server.port) as c:
            body = b"ab" if method == "POST" else b"{}"
            kind = [("Content-Type", "application/json"), ("X-A", "1"), ("X-C", "2")]
            answer = c.request(harness.message(target, kind, method, body))
            assert answer.code == 200, answer
            assert answer.text.replace(" ", "") == ("[b'X-A']" if method == "POST" else '{"unit":"C"}'), answer
            assert answer.headers["access-control-allow-origin"] == "http://b.example", answer
            assert answer.headers["access-control-allow-headers"] == "X-B", answer
            answer = c.request(harness.message(target))
            assert answer.code == 405 and method in answer.headers["allow"], answer
            answer = c.request(harness.message(target, kind, method, b"abcd"))
            assert answer.code == 413, answer
