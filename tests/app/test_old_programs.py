# Programs written for 1.x, as its own pages show them, unchanged but for their address.
import json

import harness
import pytest

HELLO = """
import tinyweb

app = tinyweb.webserver()

@app.route('/')
async def index(request, response):
    await response.start_html()
    await response.send('<html><body><h1>Hello, world! (<a href="/table">table</a>)</h1></html>\\n')


@app.route('/table')
async def table(request, response):
    await response.start_html()
    await response.send('<html><body><h1>Simple table</h1>'
                        '<table border=1 width=400>'
                        '<tr><td>Name</td><td>Some Value</td></tr>')
    for i in range(10):
        await response.send('<tr><td>Name{}</td><td>Value{}</td></tr>'.format(i, i))
    await response.send('</table>'
                        '</html>')

def run():
    app.run(host=HOST, port=PORT)

run()
"""


def test_hello_world(serve):
    server = serve(HELLO)
    answer = harness.get(server.port, "/")
    assert answer.text == '<html><body><h1>Hello, world! (<a href="/table">table</a>)</h1></html>\n', answer
    assert answer.headers["content-type"].startswith("text/html"), answer
    answer = harness.get(server.port, "/table", version="1.0")
    rows = "".join("<tr><td>Name{}</td><td>Value{}</td></tr>".format(i, i) for i in range(10))
    assert answer.text.endswith(rows + "</table></html>"), answer
    assert harness.get(server.port, "/table").text == answer.text


REST = """
import tinyweb

app = tinyweb.webserver()

# Init our customers DB with some fake values
db = {'1': {'firstname': 'Alex', 'lastname': 'River'},
      '2': {'firstname': 'Lannie', 'lastname': 'Fox'}}
next_id = 3


# If you're familiar with FLaskRestful - you're almost all set! :)
class CustomersList():

    def get(self, data):
        \"\"\"Return list of all customers\"\"\"
        return db

    def post(self, data):
        \"\"\"Add customer\"\"\"
        global next_id
        db[str(next_id)] = data
        next_id += 1
        # Return message AND set HTTP response code to "201 Created"
        return {'message': 'created'}, 201


# This is simple one-shot stream of data
class Customer():

    def not_exists(self):
        return {'message': 'no such customer'}, 404

    def get(self, data, user_id):
        \"\"\"Get detailed information about given customer\"\"\"
        if user_id not in db:
            return self.not_exists()
        return db[user_id]

    def put(self, data, user_id):
        \"\"\"Update given customer\"\"\"
        if user_id not in db:
            return self.not_exists()
        db[user_id] = data
        return {'message': 'updated'}

    def delete(self, data, user_id):
        \"\"\"Delete customer\"\"\"
        if user_id not in db:
            return self.not_exists()
        del db[user_id]
        return {'message': 'successfully deleted'}


class Extra():
    def get(self, data, a=None, b=None):
        return {'a': a, 'b': b}


# Regular version
@app.resource('/user/<id>')
def user(data, id):
    return {'id': id, 'name': 'foo'}

# Generator based / different HTTP method
@app.resource('/user/<id>', method='POST')
async def user(data, id):
    yield '{'
    yield '"id": "{}",'.format(id)
    yield '"name": "test"'
    yield '}'


app.add_resource(CustomersList, '/customers')
app.add_resource(Customer, '/customers/<user_id>')
app.add_resource(Extra, '/extra', a=1, b='two')
app.run(host=HOST, port=PORT)
"""


def test_rest_api(serve):
    server = serve(REST, heap=harness.FROZEN)

    def call(target, method="GET", data=None):
        body = b"" if data is None else json.dumps(data).encode()
        answer = harness.get(server.port, target, [("Content-Type", "application/json")] if body else [], method, body)
        assert answer.headers["content-type"].startswith("application/json"), answer
        return answer.code, json.loads(answer.body)

    assert call("/customers")[1]["1"] == {"firstname": "Alex", "lastname": "River"}
    assert call("/customers", "POST", {"firstname": "J\u00fcrgen"}) == (201, {"message": "created"})
    assert call("/customers/3") == (200, {"firstname": "J\u00fcrgen"})
    assert call("/customers/3", "PUT", {"firstname": "Ann"}) == (200, {"message": "updated"})
    assert call("/customers/3") == (200, {"firstname": "Ann"})
    assert call("/customers/3", "DELETE") == (200, {"message": "successfully deleted"})
    assert call("/customers/3") == (404, {"message": "no such customer"})
    assert call("/extra") == (200, {"a": 1, "b": "two"})
    assert call("/user/7") == (200, {"id": "7", "name": "foo"})
    for version in ("1.1", "1.0"):
        answer = harness.get(server.port, "/user/7", method="POST", version=version)
        assert json.loads(answer.body) == {"id": "7", "name": "test"}, answer
    answer = harness.get(server.port, "/customers", method="OPTIONS")
    assert answer.headers["access-control-allow-origin"] == "*", answer
    assert harness.get(server.port, "/customers", method="DELETE").code == 405


STATIC = """
import tinyweb

app = tinyweb.webserver(request_timeout=3, max_concurrency=3, backlog=16, debug=True)


@app.route('/')
@app.route('/index.html')
async def index(req, resp):
    # Just send file
    await resp.send_file('static/index.simple.html')


# Images
@app.route('/images/<fn>')
async def images(req, resp, fn):
    await resp.send_file('static/images/{}'.format(fn), content_type='image/jpeg')


@app.route('/css/<fn>')
async def css(req, resp, fn):
    await resp.send_file('static/css/{}.gz'.format(fn), content_type='text/css', content_encoding='gzip')


@app.route('/js/<fn>')
async def js(req, resp, fn):
    await resp.send_file('static/js/' + fn, max_age=0)


@app.route('/any/<fn>')
async def any_file(req, resp, fn):
    await resp.send_file(fn)


@app.route('/top/<fn>/x')
async def top(req, resp, fn):
    await resp.send_file(ROOT + '/static/../static/js/' + fn)


app.run(host=HOST, port=PORT)
"""
# An escaped slash is a slash in a parameter, which 1.x did not decode.
LEADS_OUT = (
    "/images/..%2F..%2Fsecret.txt", "/images/%2e%2e%2f%2E%2E%2fsecret.txt", "/js/..%2f..%2Fsecret.txt",
    "/js/a.js%2F..%2F..%2F..%2Fsecret.txt", "/js/..%5c..%5csecret.txt", "/css/..%2F..%2Fsecret",
    "/any/..%2Fsecret.txt", "/any/static%2F..%2F..%2Fsecret.txt", "/any/.%2F..%2Fsecret.txt", "/any/ROOT%2Fsecret.txt",
    "/any/%2F%2Fetc%2Fpasswd", "/top/..%2F..%2Fsecret.txt/x", "/top/..%2F..%2F..%2Fsecret.txt/x",
)


def test_static_content(serve, tmp_path):
    import gzip
    files = {"index.simple.html": b"<html>index</html>", "images/a.jpg": bytes(range(256)) * 40,
             "css/a.css.gz": gzip.compress(b"body {}"), "js/a.js": b"let a = 1;\n" * 300, "js/empty.js": b"",
             "js/a..b.js": b"dots"}
    for name, data in files.items():
        path = tmp_path / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "program").mkdir()
    (tmp_path / "static").rename(tmp_path / "program" / "static")
    for name in "secret.txt", "secret.gz", "program/secret.txt", "program/secret.gz":
        (tmp_path / name).write_text("secret")
    program = STATIC.replace("ROOT", repr(str(tmp_path / "program")))
    server = serve(program, cwd=tmp_path / "program", heap=harness.FROZEN)
    with harness.Client(server.port) as c:
        for target, name, kind in (("/", "index.simple.html", "text/html"),
                                   ("/index.html", "index.simple.html", "text/html"),
                                   ("/images/a.jpg", "images/a.jpg", "image/jpeg"),
                                   ("/css/a.css", "css/a.css.gz", "text/css"), ("/js/a.js", "js/a.js", None),
                                   ("/js/empty.js", "js/empty.js", None)):
            answer = c.request(harness.message(target))
            assert (answer.code, answer.body) == (200, files[name]), answer
            assert answer.headers["content-length"] == str(len(files[name])), answer
            assert kind is None or answer.headers["content-type"].startswith(kind), answer
            assert answer.headers.get("content-encoding") == ("gzip" if name.endswith(".gz") else None), answer
            if target == "/":
                assert "2592000" in answer.headers["cache-control"], answer
            head = c.request(harness.message(target, method="HEAD"))
            assert (head.code, head.headers["content-length"]) == (200, str(len(files[name]))), head
        assert "javascript" in harness.get(server.port, "/js/a.js").headers["content-type"]
        for target in ("/images/none.jpg", "/js/none.js"):
            assert c.request(harness.message(target)).code == 404
        for target in LEADS_OUT:
            answer = c.request(harness.message(target.replace("ROOT", str(tmp_path).replace("/", "%2F"))))
            assert (answer.code, answer.text) == (404, "Not Found\n"), (target, answer)
        for target in "/js/a..b.js", "/any/static%2Fjs%2Fa..b.js", "/top/a..b.js/x":
            assert c.request(harness.message(target)).text == "dots", target


FORM = """
import tinyweb
from tinyweb.server import webserver, request, HTTPException, urldecode_plus, parse_query_string

app = webserver()


async def login(req, resp):
    if req.method == b'POST':
        if b'Content-Length' not in req.headers:
            raise HTTPException(411)
        data = await req.read_parse_form_data()
        await resp.start_html()
        await resp.send('<p>welcome ' + data['user'])
    else:
        resp.code = 200
        resp.add_header('X-Form', 'login')
        await resp.start_html()
        await resp.send('<form method=POST>')


app.add_route('/login', login, save_headers=['Content-Length'], max_body_size=256)


@app.route('/query', methods=['GET'])
async def query(req, resp):
    args = parse_query_string(req.query_string.decode())
    await resp.start_html()
    await resp.send(args['k1'] + urldecode_plus('+%21'))


@app.route('/old')
async def old(req, resp):
    await resp.redirect('/login')


@app.route('/gone')
async def gone(req, resp):
    await resp.error(410)

app.run(host=HOST, port=PORT)
"""


def test_forms_and_the_old_imports(serve):
    server = serve(FORM, heap=harness.FROZEN)
    assert harness.get(server.port, "/login").text == "<form method=POST>"
    kind = [("Content-Type", "application/x-www-form-urlencoded")]
    answer = harness.get(server.port, "/login", kind, "POST", b"user=a+b%21")
    assert (answer.code, answer.text) == (200, "<p>welcome a b!"), answer
    assert harness.get(server.port, "/login", [*kind, ("Transfer-Encoding", "chunked")], "POST",
                       harness.chunked(b"user=a")).code == 411
    assert harness.get(server.port, "/query?k1=v1&k2=v+2").text == "v1 !"
    answer = harness.get(server.port, "/old")
    assert (answer.code, answer.headers["location"]) == (302, "/login"), answer
    assert harness.get(server.port, "/gone").code == 410


@pytest.mark.parametrize("size", ["64k"])
def test_the_core_is_imported_from_its_sources_in_a_boards_heap(size):
    """Compiled on the board, the largest file decides."""
    with harness.launch("import tinyweb\nprint('imported', tinyweb.__version__)", heap=size,
                        path=harness.source_folders()) as program:
        assert program.wait_end() == 0, program.output()
        assert "imported 2." in program.output(), program.output()


CALLS = """
import tinyweb

app = tinyweb.webserver(debug=DEBUG)


@app.route("/part")
async def part(request, response):
    buf = bytearray(b"0123456789" * 100)
    await response.start_html()
    await response.send(buf, sz=4)
    await response.send(buf, 8, 4)
    await response.send("abc", off=1)
    await response.send("abc", sz=0)
    await response.send(buf, sz=1000)
    await response.send(buf, sz=2000)


@app.route("/text")
async def text(request, response):
    await response.send_file(NAME, max_age="60")


@app.route("/none")
async def none(request, response):
    await response.send_file(NAME, max_age=None)


@app.route("/bytes")
async def name(request, response):
    await response.send_file(NAME.encode(), "text/x-python", None, 0, buf_size=64)


app.run(HOST, PORT)
"""


@pytest.mark.parametrize("debug", [False, True])
def test_the_old_calls_with_unusual_values(serve, tmp_path, debug):
    (tmp_path / "page.txt").write_text("a file")
    name = str(tmp_path / "page.txt")
    server = serve(CALLS.replace("DEBUG", str(debug)).replace("NAME", repr(name)), heap=harness.ROOMY)
    for _ in range(2):
        assert harness.get(server.port, "/part").body == b"01238901bc" + b"0123456789" * 200
        for target, age in {"/text": "max-age=60", "/none": "max-age=0", "/bytes": "max-age=0"}.items():
            answer = harness.get(server.port, target)
            assert (answer.text, answer.headers["cache-control"]) == ("a file", age), target
