# One server program for the tests of the wire. Its handlers say what arrived, so that a test can tell whether the
# request that was understood is the request that was sent.
import harness
import pytest

PROGRAM = """
import asyncio
import tinyweb

app = tinyweb.webserver(max_concurrency=3)  # as on an ESP8266, whose heap this has


@app.route("/")
async def hello(req, resp):
    await resp.start_html()
    await resp.send("<h1>hello</h1>")


@app.get("/short")
async def short(req, resp):
    return "short"


@app.route("/echo", methods=["GET", "POST", "PUT"], max_body_size=2000)
async def echo(req, resp):
    return bytes(await req.body())


@app.route("/unread", methods=["GET", "POST"])
async def unread(req, resp):
    return "unread"


@app.route("/count", methods=["POST", "PUT"], max_body_size=100000000)
async def count(req, resp):
    total = 0
    buffer = bytearray(512)
    while True:
        n = await req.readinto(buffer)
        if not n:
            return str(total)
        total += n


@app.route("/begun", methods=["POST"])
async def begun(req, resp):
    await resp.send("begun ")
    if req.query_string:
        await asyncio.sleep(0.001)
    else:
        await resp.flush()
    await resp.send(await req.body())


@app.route("/form", methods=["POST"], max_body_size=2000)
async def form(req, resp):
    return await req.read_parse_form_data()


@app.route("/what/<path:rest>", methods=["GET", "POST"], save_headers=["X-Test", "Host"])
async def what(req, resp, rest):
    return {"method": req.method.decode(), "path": req.path.decode(), "query": req.query_string.decode(),
            "rest": rest, "test": req.headers.get(b"X-Test", b"(none)").decode(), "version": str(req.version)}


@app.route("/stream")
async def stream(req, resp):
    await resp.start_html()
    for i in range(20):
        await resp.send("<p>piece %d</p>" % i)


@app.get("/long")
async def long(req, resp):
    await resp.start_html()
    for i in range(2000):
        await resp.send("0123456789")


@app.get("/nothing")
async def nothing(req, resp):
    pass


app.run(HOST, PORT)
"""


@pytest.fixture(scope="module")
def server(serve_module):
    """The server of the wire tests: give its Running."""
    # a traceback is laid at the door of the test during which it came: see `well`
    return serve_module(PROGRAM, traceback=True, heap=harness.ROOMY)


@pytest.fixture
def well(server):
    """Look after the test whether the server still answers, on a connection of its own."""
    printed = len(server.output())
    yield server
    answer = harness.get(server.port, "/short")
    assert (answer.code, answer.body) == (200, b"short"), answer
    assert not server.trouble(printed), server.trouble(printed)
