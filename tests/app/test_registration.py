# What is registered wrongly is an error at once, and its text has the URL or the option, and the nearest right name.

import json

import harness
import pytest

# What cases may use; `expression` is evaluated with it on both interpreters.
PROGRAM = """
import asyncio
import json
import os

import tinyweb


def handler(req, resp, *more):
    return "x"


async def later(req, resp):
    return "x"


class Thing:
    def get(self, data, **more):
        return {}


class Nothing:
    pass


class Shouted:
    def GET(self, data):
        return {}


class Mixed(Thing):
    def PUT(self, data):
        return {}


class Number:
    get = 5


class Own(tinyweb.webserver):
    speed = 1

    def add_route(self, url, f, login=False, **kwargs):
        super().add_route(url, f, **kwargs)


class Empty:
    NAMES = FILES = ()


class Packed:
    NAMES = "docs", "docs/index.html"
    FILES = None, (b"x", 1, b'"x"', b"", b"")


try:
    from pathlib import Path
except ImportError:

    class Path:
        def __init__(self, name):
            self.name = name


with open("a-file", "w") as f:
    f.write("x")
try:
    os.mkdir("a-folder")
    with open("a-folder/index.html", "w") as f:
        f.write("x")
except OSError:
    pass  # it is there
webserver = tinyweb.webserver
for line in CASES:
    app = webserver()
    try:
        eval(line)
        got = ["", ""]
    except Exception as e:
        got = [type(e).__name__, str(e)]
    print(json.dumps(got))
print("end")
"""

# expression, the kind of error, what its text has
WRONG = [
    # methods
    ("app.route('/a', methods='POST')", "TypeError", ["'/a'", 'methods=["POST"]']),
    ("app.route('/a', 'POST')", "TypeError", ["'/a'", 'methods=["POST"]']),
    ("app.route('/a', methods='get, post')", "TypeError", ["'/a'", 'methods=["GET", "POST"]']),
    ("app.add_route('/a', handler, methods='POST')", "TypeError", ["'/a'", 'methods=["POST"]']),
    ("app.route('/a', methods=['get'])", "ValueError", ["'/a'", "'GET'"]),
    ("app.route('/a', methods=['GET', 'post'])", "ValueError", ["'/a'", "'POST'"]),
    ("app.route('/a', methods=['POTS'])", "ValueError", ["'/a'", "'POTS'", "'POST'"]),
    ("app.route('/a', methods=['DELET'])", "ValueError", ["'/a'", "'DELETE'"]),
    ("app.route('/a', methods=['notify'])", "ValueError", ["'/a'", "'NOTIFY'"]),
    ("app.route('/a', methods=['GET,POST'])", "ValueError", ["'/a'", 'methods=["GET", "POST"]']),
    ("app.route('/a', methods=['GET, POST', 'PUT'])", "ValueError", ["'/a'", 'methods=["GET", "POST"]']),
    ("app.add_route('/a', handler, ('GET POST',))", "ValueError", ["'/a'", 'methods=["GET", "POST"]']),
    ("app.route('/a', methods=[''])", "ValueError", ["'/a'"]),
    ("app.route('/a', methods=[])", "ValueError", ["'/a'", 'methods=["GET"]']),
    ("app.route('/a', methods=())", "ValueError", ["'/a'", 'methods=["GET"]']),
    ("app.route('/a', methods=[b'GET'])", "TypeError", ["'/a'", 'methods=["GET"]']),
    ("app.route('/a', methods=[1])", "TypeError", ["'/a'", 'methods=["GET"]']),
    ("app.route('/a', methods=None)", "TypeError", ["'/a'", 'methods=["GET"]']),
    ("app.route('/a', methods=b'GET')", "TypeError", ["'/a'", 'methods=["GET"]']),
    ("app.route('/a', methods={'GET': 1})", "TypeError", ["'/a'", 'methods=["GET"]']),
    # save_headers
    ("app.route('/a', save_headers='Accept')", "TypeError", ["'/a'", "save_headers=['Accept']"]),
    ("app.get('/a', save_headers='Accept')", "TypeError", ["'/a'", "save_headers=['Accept']"]),
    ("app.route('/a', save_headers=b'Accept')", "TypeError", ["'/a'", "save_headers"]),
    ("app.route('/a', save_headers=[1])", "TypeError", ["'/a'", "save_headers"]),
    ("app.route('/a', save_headers=None)", "TypeError", ["'/a'", "save_headers"]),
    ("app.route('/a', save_headers=['Accept:'])", "ValueError", ["'/a'", "save_headers", "'Accept:'"]),
    ("app.route('/a', save_headers=['Content Type'])", "ValueError", ["'/a'", "'Content Type'"]),
    ("app.route('/a', save_headers=[''])", "ValueError", ["'/a'", "save_headers"]),
    # the other options
    ("app.route('/a', max_body_size='1024')", "TypeError", ["'/a'", "max_body_size='1024'"]),
    ("app.route('/a', max_body_size=-1)", "ValueError", ["'/a'", "max_body_size=-1"]),
    ("app.route('/a', max_body_size=None)", "TypeError", ["'/a'", "max_body_size"]),
    ("app.route('/a', allowed_access_control_origins=5)", "TypeError", ["'/a'", "allowed_access_control_origins=5"]),
    ("app.route('/a', allowed_access_control_origins=[5])", "TypeError", ["'/a'", "allowed_access_control_origins"]),
    ("app.route('/a', allowed_access_control_headers=None)", "TypeError", ["'/a'", "allowed_access_control_headers"]),
    ("app.route('/a', allowed_access_control_headers='a\\r\\nb')", "ValueError", ["allowed_access_control_headers"]),
    ("app.route('/a', error='oops')", "TypeError", ["'/a'", "error='oops'"]),
    # misspelt options
    ("app.route('/a', method='GET')", "TypeError", ["'/a'", 'methods=["GET"]']),
    ("app.route('/a', method='GET')(handler)", "TypeError", ["'/a'", 'methods=["GET"]']),
    ("app.add_route('/a', handler, method=['GET'])", "TypeError", ["'/a'", 'methods=["GET"]']),
    ("app.route('/a', max_bodysize=5)", "TypeError", ["'/a'", "max_body_size"]),
    ("app.post('/a', max_body_sise=5)", "TypeError", ["'/a'", "max_body_sise", "max_body_size"]),
    ("app.route('/a', headers=['A'])(handler)", "TypeError", ["'/a'", "headers", "save_headers"]),
    ("app.route('/a', safe_headers=['A'])", "TypeError", ["'/a'", "save_headers"]),
    ("app.route('/a', nonsense=1)(handler)", "TypeError", ["'/a'", "nonsense", "max_body_size"]),
    ("app.route('/a', allowed_access_control_origin='*')", "TypeError", ["allowed_access_control_origins"]),
    ("app.route('/a', ['GET'], methods=['GET'])", "TypeError", ["'/a'", "methods"]),
    ("app.get('/a', methods=['POST'])", "TypeError", ["'/a'", '@app.route(url, methods=["GET"])']),
    ("app.delete('/a', methods=('DELETE',))", "TypeError", ["'/a'", '@app.route(url, methods=["GET"])']),
    ("app.get(methods=['POST'])", "TypeError", ["None", "methods"]),
    ("app.get('/a', handler)", "TypeError", ["'/a'", "app.add_route(url, handler)", "below"]),
    ("app.post('/a', later)", "TypeError", ["'/a'", "app.add_route(url, handler)"]),
    ("app.route('/a', handler)", "TypeError", ["'/a'", "app.add_route(url, handler)"]),
    ("app.route('/a', ['GET'], handler)", "TypeError", ["'/a'", "app.add_route(url, handler)"]),
    ("app.route('/a', *[1] * 9)", "TypeError", ["'/a'", "methods"]),
    # URLs
    ("app.route('/a/*')", "ValueError", ["'/a/*'", "<path:name>"]),
    ("app.route('/a/*rest')", "ValueError", ["'/a/*rest'", "<path:rest>"]),
    ("app.route('/a/{id}')", "ValueError", ["'/a/{id}'", "<id>"]),
    ("app.route('/a/{user_id}/b')", "ValueError", ["'/a/{user_id}/b'", "<user_id>"]),
    ("app.route('/a/{id:int}')", "ValueError", ["'/a/{id:int}'", "<int:"]),
    ("app.route('/a/:id')", "ValueError", ["'/a/:id'", "<id>"]),
    ("app.route('/a/[id]')", "ValueError", ["'/a/[id]'", "<id>"]),
    ("app.route('/a/${id}')", "ValueError", ["'/a/${id}'", "<id>"]),
    ("app.route('/a/(\\\\d+)')", "ValueError", ["<int:name>"]),
    ("app.route('/a/([0-9]+)')", "ValueError", ["<int:name>"]),
    ("app.route('/a/(.*)')", "ValueError", ["'/a/(.*)'", "<path:name>"]),
    ("app.route('/a/.+')", "ValueError", ["'/a/.+'", "<path:name>"]),
    ("app.route('/a/(b|c)')", "ValueError", ["'/a/(b|c)'", "<name>"]),
    ("app.route('/a$')", "ValueError", ["'/a$'"]),
    ("app.route('^/a')", "ValueError", ["'^/a'"]),
    ("app.route('/a/%s')", "ValueError", ["'/a/%s'", "<name>"]),
    ("app.route('/a/<string:name>')(handler)", "ValueError", ["'/a/<string:name>'", "<name>"]),
    ("app.route('/a/<name:int>')(handler)", "ValueError", ["'/a/<name:int>'", "<int:name>"]),
    ("app.route('/a/<id')(handler)", "ValueError", ["'/a/<id'"]),
    ("app.route('/a/../b')", "ValueError", ["'/a/../b'"]),
    ("app.route('/a ')", "ValueError", ["'/a '"]),
    ("app.route('/a\\n')", "ValueError", ["/a"]),
    ("app.route('a')", "ValueError", ["'a'", "'/a'"]),
    ("app.route('')", "ValueError", ["''", "'/'"]),
    ("app.route('/a?b=1')", "ValueError", ["'/a?b=1'", "'?'"]),
    ("app.route('/a#b')", "ValueError", ["'/a#b'"]),
    ("app.route('http://x/a')", "ValueError", ["'http://x/a'"]),
    ("app.route(b'/a')", "TypeError", ["b'/a'", "str"]),
    ("app.route(5)", "TypeError", ["5"]),
    ("app.route(None)", "TypeError", ["@app.route"]),
    ("app.add_route(handler, '/a')", "TypeError", ["@app.route"]),
    # a decorator without its parentheses, or with some that it does not take
    ("app.route(handler)", "TypeError", ['@app.route("/path")']),
    ("app.route()", "TypeError", ['@app.route("/path")']),
    ("app.get(handler)", "TypeError", ['@app.route("/path")']),
    ("app.delete()", "TypeError", ['@app.route("/path")']),
    ("app.resource(handler)", "TypeError", ['@app.route("/path")']),
    ("app.errorhandler(handler)", "TypeError", ["@app.errorhandler(404)"]),
    ("app.errorhandler()", "TypeError", ["@app.errorhandler(404)"]),
    ("app.catchall(handler)", "TypeError", ["@app.catchall()"]),
    ("app.catchall('/a')", "TypeError", ["@app.catchall()", "'/a'"]),
    ("app.before_request()", "TypeError", ["@app.before_request", "parentheses"]),
    ("app.after_request()", "TypeError", ["@app.after_request", "parentheses"]),
    ("app.before_request('/a')", "TypeError", ["@app.before_request", "'/a'"]),
    # handlers
    ("app.route('/a')(None)", "TypeError", ["'/a'", "None"]),
    ("app.add_route('/a', None)", "TypeError", ["'/a'", "None"]),
    ("app.add_route('/a', 'handler')", "TypeError", ["'/a'", "'handler'"]),
    ("app.add_route('/a', 5)", "TypeError", ["'/a'", "5"]),
    ("app.add_route('/a', later(None, None))", "TypeError", ["'/a'", "without ()"]),
    ("app.add_route('/a', handler(None, None))", "TypeError", ["'/a'", "'x'"]),
    ("app.route('/a')(Thing)", "TypeError", ["'/a'", "Thing", "add_resource"]),
    ("app.get('/a')(later(None, None))", "TypeError", ["'/a'", "without ()"]),
    ("app.catchall()(None)", "TypeError", ["catchall", "None"]),
    ("app.catchall()(later(None, None))", "TypeError", ["catchall", "without ()"]),
    ("app.errorhandler(404)(None)", "TypeError", ["errorhandler"]),
    ("app.errorhandler(404)('x')", "TypeError", ["errorhandler", "'x'"]),
    ("app.before_request(later(None, None))", "TypeError", ["before_request", "without ()"]),
    ("app.after_request(5)", "TypeError", ["after_request", "5"]),
    # error handlers
    ("app.errorhandler('404')", "TypeError", ["@app.errorhandler(404)", "'404'"]),
    ("app.errorhandler(1000)", "ValueError", ["1000"]),
    ("app.errorhandler(99)", "ValueError", ["99"]),
    ("app.errorhandler(-404)", "ValueError", ["-404"]),
    ("app.errorhandler(200)", "ValueError", ["200"]),
    ("app.errorhandler(4.5)", "TypeError", ["4.5"]),
    ("app.errorhandler(Thing)", "TypeError", ["Thing"]),
    ("app.errorhandler(ValueError('x'))", "TypeError", ["class of exceptions"]),
    ("app.errorhandler((404, 500))", "TypeError", ["@app.errorhandler", "one status", "a line for each"]),
    ("app.errorhandler([404, 500])", "TypeError", ["@app.errorhandler", "a line for each"]),
    ("app.errorhandler(404, 500)", "TypeError", ["@app.errorhandler", "a line for each"]),
    ("app.errorhandler(KeyError, ValueError)", "TypeError", ["@app.errorhandler", "a line for each"]),
    # resources
    ("app.add_resource(Nothing, '/r')", "ValueError", ["'/r'", "get"]),
    ("app.add_resource(Shouted, '/r')", "ValueError", ["'/r'", "lower-case get"]),
    ("app.add_resource(Shouted(), '/r')", "ValueError", ["'/r'", "lower-case get"]),
    ("app.add_resource(Mixed, '/r')", "ValueError", ["'/r'", "lower-case put"]),
    ("app.add_resource(Number, '/r')", "TypeError", ["'/r'", "GET"]),
    ("app.add_resource('/r', Thing)", "TypeError", ["'/r'", "class"]),
    ("app.add_resource(Thing)", "TypeError", ["URL"]),
    ("app.add_resource(Thing, 'r')", "ValueError", ["'r"]),
    ("app.add_resource(Thing, '/r/{id}')", "ValueError", ["'/r/{id}'", "<id>"]),
    ("app.add_resource(Thing, '/r', max_body_sise=5)", "TypeError", ["'/r'", "max_body_size"]),
    ("app.add_resource(Thing, '/r', max_bodysize=5)", "TypeError", ["'/r'", "max_body_size"]),
    ("app.add_resource(Thing, '/r', allowed_access_control_origin='*')", "TypeError",
     ["'/r'", "allowed_access_control_origins"]),
    ("app.add_resource(Thing, '/r', allow_access_control_headers='*')", "TypeError",
     ["'/r'", "allowed_access_control_headers"]),
    ("app.add_resource(Thing, '/r', max_body_size='5')", "TypeError", ["'/r'", "max_body_size='5'"]),
    ("app.add_resource(Thing, '/r', allowed_access_control_origins=5)", "TypeError", ["'/r'", "origins=5"]),
    ("app.resource('/r', methods=['GET'])", "TypeError", ["'/r'", "method"]),
    ("app.resource('/r', method=['GET'])(handler)", "TypeError", ["'/r'", 'method="GET"']),
    ("app.resource('/r', method='get')(handler)", "ValueError", ["'/r'", "'GET'"]),
    ("app.resource('/r')(None)", "TypeError", ["'/r'"]),
    ("app.resource('/r')(Thing)", "TypeError", ["'/r'"]),
    ("app.resource('/r', max_body_sise=1)", "TypeError", ["'/r'", "max_body_size"]),
    # folders
    ("app.static('/s', 'nowhere')", "ValueError", ["'/s'", "'nowhere'", "not there"]),
    ("app.static('/', 'nowhere/deep')", "ValueError", ["'nowhere/deep'", "not there"]),
    ("app.static('/s', 'a-file')", "ValueError", ["'/s'", "'a-file'", "is a file"]),
    ("app.static('/s')", "TypeError", ["'/s'", "folder"]),
    ("app.static('/s', 5)", "TypeError", ["'/s'", "5"]),
    ("app.static('s', '.')", "ValueError", ["'s"]),
    ("app.static(5, '.')", "TypeError", ["5"]),
    ("app.static('/<user>', '.')", "ValueError", ["'/<user>'"]),
    ("app.static('/s', '.', indx='a.html')", "TypeError", ["'/s'", "index"]),
    ("app.static('/s', '.', maxage=5)", "TypeError", ["'/s'", "max_age"]),
    ("app.static('/s', '.', max_age='5')", "TypeError", ["'/s'", "max_age='5'"]),
    ("app.static('/s', '.', max_age=-1)", "ValueError", ["'/s'", "max_age=-1"]),
    ("app.static('/s', '.', index=None)", "TypeError", ["'/s'", "index"]),
    ("app.static('/s', 'a-folder', fallback='app.html')", "ValueError", ["'/s'", "'app.html'"]),
    ("app.static('/s', Empty, fallback='app.html')", "ValueError", ["'/s'", "'app.html'"]),
    ("app.static('/s', '.', mime_types={'.abc': 'text/plain'})", "ValueError", ["'/s'", "mime_types"]),
    ("app.static('/s', '.', mime_types={'ABC': 'text/plain'})", "ValueError", ["'/s'", "mime_types"]),
    ("app.static('/s', '.', mime_types={'abc': 1})", "TypeError", ["'/s'", "mime_types"]),
    ("app.static('/s', '.', mime_types={'abc': ''})", "ValueError", ["'/s'", "mime_types"]),
    ("app.static('/s', '.', mime_types={'abc': 'text/plain\\r\\nX: y'})", "ValueError", ["'/s'", "mime_types"]),
    ("app.static('/s', '.', fallback=1)", "TypeError", ["'/s'", "fallback"]),
    ("app.static('/s', '.', fallback='a-folder')", "ValueError", ["'/s'", "'a-folder'", "a file"]),
    ("app.static('/s', Packed, fallback='docs')", "ValueError", ["'/s'", "'docs'", "a file"]),
    ("app.static('/s', b'a-folder')", "TypeError", ["'/s'", "the name of a folder"]),
    ("app.static('/s', Path('a-folder'))", "TypeError", ["'/s'", "the name of a folder"]),
    ("app.static('/s', '.', mime_types=['abc'])", "TypeError", ["'/s'", "mime_types"]),
    # the constructor
    ("webserver(max_conections=3)", "TypeError", ["max_conections", "write max_connections"]),
    ("webserver(max_concurency=3)", "TypeError", ["write max_concurrency"]),
    ("webserver(dbug=True)", "TypeError", ["dbug", "write debug"]),
    ("webserver(timeout=3)", "TypeError", ["timeout", "request_timeout"]),
    ("webserver(idle_time_out=3)", "TypeError", ["write idle_timeout"]),
    ("webserver(nonsense=3)", "TypeError", ["nonsense", "max_connections"]),
    ("webserver(port=80)", "TypeError", ["port", "run(port=80)"]),
    ("webserver(_hooks=1)", "TypeError", ["_hooks"]),
    ("webserver(run=1)", "TypeError", ["run"]),
    ("webserver(max_connections=-1)", "ValueError", ["max_connections=-1"]),
    ("webserver(max_connections='3')", "TypeError", ["max_connections='3'"]),
    ("webserver(max_connections=2.5)", "TypeError", ["max_connections=2.5"]),
    ("webserver(max_concurrency=0)", "ValueError", ["max_concurrency=0"]),
    ("webserver(max_concurrency='6')", "TypeError", ["max_concurrency='6'"]),
    ("webserver(3, -6)", "ValueError", ["max_concurrency=-6"]),
    ("webserver('3')", "TypeError", ["request_timeout='3'"]),
    ("webserver(request_timeout=0)", "ValueError", ["request_timeout=0"]),
    ("webserver(request_timeout=None)", "TypeError", ["request_timeout=None"]),
    ("webserver(idle_timeout=-0.5)", "ValueError", ["idle_timeout=-0.5"]),
    ("webserver(io_timeout='5')", "TypeError", ["io_timeout='5'"]),
    ("webserver(stop_timeout=-1)", "ValueError", ["stop_timeout=-1"]),
    ("webserver(backlog=-1)", "ValueError", ["backlog=-1"]),
    ("webserver(backlog='5')", "TypeError", ["backlog='5'"]),
    ("webserver(max_head=0)", "ValueError", ["max_head=0"]),
    ("webserver(max_line=None)", "TypeError", ["max_line=None"]),
    ("webserver(max_fields=[64])", "TypeError", ["max_fields=[64]"]),
    ("webserver(allowed_hosts=5)", "TypeError", ["allowed_hosts=5"]),
    ("webserver(allowed_hosts=('http://esp.local',))", "ValueError", ["allowed_hosts", "esp.local"]),
    ("webserver(allowed_hosts=['esp.local:8081'])", "ValueError", ["allowed_hosts", "port"]),
    ("webserver(allowed_hosts=[b'esp.local'])", "TypeError", ["allowed_hosts"]),
    ("webserver(access_log=True)", "TypeError", ["access_log=True"]),
    ("webserver(*[3] * 20)", "TypeError", ["too many", "max_connections"]),
    ("webserver(3, 3, 16, False, 8, max_connections=8)", "TypeError", ["max_connections"]),
    # where it is to listen
    ("app.run(port=70000)", "ValueError", ["port=70000"]),
    ("app.run(port=-1)", "ValueError", ["port=-1"]),
    ("app.run(port='80')", "TypeError", ["port='80'"]),
    ("app.run(port=80.5)", "TypeError", ["port=80.5"]),
    ("app.run(port=None)", "TypeError", ["port=None"]),
    ("app.run(8081)", "TypeError", ["host=8081", "port=8081"]),
    ("app.run(host=['127.0.0.1'])", "TypeError", ["host"]),
    ("app.run(host='127.0.0.1:80')", "ValueError", ["'127.0.0.1:80'", "port"]),
    ("app.run(host='http://127.0.0.1')", "ValueError", ["'http://127.0.0.1'"]),
    ("app.run(backlog=-1)", "ValueError", ["backlog=-1"]),
    ("app.run(backlog='5')", "TypeError", ["backlog='5'"]),
    ("app.run(ssl=True)", "TypeError", ["ssl=True"]),
    ("app.run(prot=80)", "TypeError", ["prot", "port"]),
    ("app.run(debug=True)", "TypeError", ["debug", "webserver(debug="]),
    ("asyncio.run(app.start('127.0.0.1', 70000))", "ValueError", ["port=70000"]),
    ("asyncio.run(app.start(prot=80))", "TypeError", ["prot", "port"]),
    # what stands already
    ("(app.get('/a')(handler), app.get('/a')(handler))", "ValueError", ["'/a'", "GET"]),
    ("(app.run('127.0.0.1', 0, loop_forever=False), app.run('127.0.0.1', 0))", "RuntimeError",
     ["runs already", "stop"]),
    # attributes
    ("app.rout", "AttributeError", ["'webserver' object has no attribute 'rout'"]),
    ("app._nothing", "AttributeError", ["'webserver' object has no attribute '_nothing'"]),
    ("app.listen(80)", "AttributeError", ["'webserver' object has no attribute 'listen'"]),
    ("app.option('/a')", "AttributeError", ["'webserver' object has no attribute 'option'"]),
    ("app.options('/a')", "AttributeError", ["'webserver' object has no attribute 'options'"]),
    ("app.GET('/a')", "AttributeError", ["'webserver' object has no attribute 'GET'"]),
    ("Own().rout", "AttributeError", ["'Own' object has no attribute 'rout'"]),
]

# What looks unusual, and is right.
RIGHT = [
    "app.route('/a', methods=['GET'])(handler)",
    "app.route('/a', methods=['GET', 'POST'], save_headers=['Content-Length'], max_body_size=99)(later)",
    "app.route('/a', methods=('PUT', 'HEAD', 'OPTIONS'))(handler)",
    "app.route('/a', methods={'GET'})(handler)",
    "app.route('/a', methods=['NOTIFY', 'M-SEARCH', 'SET', 'TRACE'])(handler)",
    "app.route('/a', save_headers=[b'Accept', 'X-Own'])(handler)",
    "app.route('/a', save_headers={'Accept'})(handler)",
    "app.route('/a', max_body_size=0)(handler)",
    "app.route('/a', max_body_size=1e3)(handler)",
    "app.route('/a', allowed_access_control_origins=('https://a.example', 'null'))(handler)",
    "app.route('/a', allowed_access_control_headers=['X-A', 'X-B'])(handler)",
    "app.route('/a', error=str)(handler)",
    "app.route('/')(handler)",
    "app.route('/a/')(handler)",
    "app.route('//a')(handler)",
    "app.route('/a/<id>/b/<int:n>/<path:rest>')(handler)",
    "app.route('/.well-known/x')(handler)",
    "app.route('/wiki/Foo_(bar)')(handler)",
    "app.route('/v1/items:batch')(handler)",
    "app.route('/my%20file')(handler)",
    "app.route('/my file')(handler)",
    "app.route('/caf\\u00e9')(handler)",
    "app.route('/a,b;c=d@e!~+&')(handler)",
    "app.route('/$price')(handler)",
    "app.add_route('/a', lambda req, resp: 'x')",
    "app.add_route('/a', Thing().get)",
    "app.errorhandler(404)(handler)",
    "app.errorhandler(ValueError)(later)",
    "app.errorhandler(tinyweb.HTTPException)(handler)",
    "app.catchall()(later)",
    "app.before_request(later)",
    "app.after_request(handler)",
    "app.add_resource(Thing, '/r', name='x', size=5, error=1, body=2, limit=3, methods=4)",
    "app.add_resource(Thing(), '/r/<id>', max_body_size=5)",
    "app.add_resource(Thing, '/r', allowed_access_control_headers=['A', 'B'])",
    "app.resource('/r')(handler)",
    "app.resource('/r', 'PUT', origin=5)(handler)",
    "app.static('/', '.')",
    "app.static('', '.')",
    "app.static('/s/', 'a-folder/')",
    "app.static('/s', '')",
    "app.static('/s', '/')",
    "app.static('/s', Empty)",
    "app.static('/s', Packed, fallback='docs/index.html')",
    "app.static('/s', '.', mime_types={'abc': 'text/plain; charset=utf-8'})",
    "app.static('/s', 'a-folder', fallback='index.html', index='', max_age=60, mime_types={'abc': 'text/plain'})",
    "webserver(request_timeout=0.5, max_concurrency=None, idle_timeout=2.5, io_timeout=1)",
    "webserver(max_connections=0, stop_timeout=0, backlog=0, debug=1)",
    "webserver(allowed_hosts='esp.local')",
    "webserver(allowed_hosts=['ESP.local'])",
    "webserver(allowed_hosts=('esp.local', '[::1]', '192.168.4.1'), access_log=handler)",
    "webserver(access_log=None, allowed_hosts=None)",
    "Own(speed=5, max_head=2048)",
    "Own().route('/a', login=True, max_body_size=5)(handler)",
    "Own().get('/a', login=True)(handler)",
]


@pytest.fixture(scope="module")
def outcome(interpreter):
    """Give {expression: [kind of the error, its text]}, the kind "" where there was none; all in one program."""
    lines = [case[0] for case in WRONG] + RIGHT
    running = harness.launch(f"CASES = {lines!r}\n" + PROGRAM, interpreter, heap=None)
    try:
        assert running.wait_end(60) == 0, running.output()
        output = running.output().splitlines()
    finally:
        running.stop()
    assert output[-1] == "end" and len(output) == len(lines) + 1, output[-3:]
    return {line: json.loads(text) for line, text in zip(lines, output, strict=False)}


@pytest.mark.parametrize(("expression", "kind", "words"), WRONG, ids=[case[0] for case in WRONG])
def test_a_mistake_is_an_error_at_once_that_names_it(outcome, expression, kind, words):
    got, text = outcome[expression]
    assert got == kind, (got, text)
    for word in words:
        assert word in text, text
    assert len(text) < 260, text


@pytest.mark.parametrize("expression", RIGHT)
def test_what_is_unusual_and_right_is_taken(outcome, expression):
    assert outcome[expression] == ["", ""], outcome[expression]


KEPT = """
import sys
import tinyweb

app = tinyweb.webserver(max_connections=5, allowed_hosts=("localhost",))


@app.route("/", methods=["GET", "NOTIFY"], save_headers=["Host"], allowed_access_control_origins=("http://a.example",))
def index(req, resp):
    names = "rout", "nothing", "_none"
    return " ".join([str(hasattr(app, name)) for name in names] + [name for name in sys.modules if "tinyweb." in name])


app.static("/s", ".", max_age=5)
app.run(HOST, PORT)
"""


def test_nothing_that_looks_at_mistakes_stays_in_memory(serve):
    server = serve(KEPT, heap=harness.ROOMY)
    for _ in range(2):
        words = harness.get(server.port).text.split()
        assert words[:3] == ["False"] * 3, words
        assert "tinyweb.server" in words, words
        gone = ("constructor", "startup", "registration", "registration_more", "route_checks", "option_checks",
                "url_patterns", "packages", "positional", "folder_checks")
        left = {f"tinyweb.{name}" for name in gone} & set(words)
        assert not left, left
