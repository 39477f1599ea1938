# take_over() and resp.raw(): an extension that serves all requests for a while, with responses of its own.
import time

import harness
import pytest

PROGRAM = """
import tinyweb
from tinyweb.http import take_over

app = tinyweb.webserver({options})


@app.get("/")
def index(req, resp):
    return "the program's"


@app.get("/open/<int:n>")
def opened(req, resp, n):
    return "open %d" % n


@app.get("/take")
def take(req, resp):
    take_over(app, taken.find)
    return "taken"


class Taken:
    def find(self, head):
        return None if head.path[:6] == b"/open/" else self

    async def handler(self, req, resp):
        head = req.head
        if head.path == b"/end":
            take_over(app, None)
        if head.path == b"/fail":
            raise tinyweb.HTTPException(403)
        lines = b"HTTP/1.0 200 OK\\r\\nConnection: close\\r\\n\\r\\n"
        conn = await resp.raw(lines)
        body = bytes(memoryview(conn.buf)[len(head.raw) : conn.n])
        while len(body) < head.content_length:
            conn.limit = 5000
            more = await conn.stream.read(head.content_length - len(body))
            if not more:
                return
            body += more
        for _ in range(2):
            await resp.raw(b"taken: " + head.method + b" " + body)


taken = Taken()
app.run(HOST, PORT)
"""
TAKEN = "taken: GET taken: GET "


@pytest.mark.parametrize("options", ["", "debug=True", 'allowed_hosts=("localhost",)'])
@pytest.mark.parametrize("heap", [harness.HEAP, "2m"])  # where memory is ample, heads are remembered with their routes
def test_all_requests_are_taken_over_and_given_back(serve, options, heap):
    port = serve(PROGRAM.format(options=options), heap=heap).port
    for _ in range(3):
        assert harness.get(port).text == "the program's"
        assert harness.get(port, "/open/1").text == "open 1"
    assert harness.get(port, "/take").text == "taken"
    for _ in range(3):
        got = harness.get(port)
        assert got.text == TAKEN and got.headers["connection"] == "close", got
        assert harness.get(port, "/elsewhere").text == TAKEN
        assert harness.get(port, "/open/1").text == "open 1"
    assert harness.get(port, "/fail").code == 403
    assert harness.fetch(port, b"GET / HTTP/1.1\r\n\r\n").code == 400  # no Host
    assert harness.get(port, "/end").text == TAKEN
    for _ in range(3):
        assert harness.get(port).text == "the program's"
        assert harness.get(port, "/elsewhere").code == 404


def test_an_extension_reads_a_body_of_its_own(serve):
    port = serve(PROGRAM.format(options="")).port
    harness.get(port, "/take")
    body = bytes(range(65, 91)) * 20
    want = f"taken: POST {body.decode()}" * 2
    head = harness.message(method="POST", body=body)[: -len(body)]
    assert harness.fetch(port, head + body, "POST").text == want
    with harness.Client(port) as client:
        for part in head, body[:100], body[100:]:
            client.send(part)
            time.sleep(0.3)
        assert client.answer("POST").text == want and client.closed()
    with harness.Client(port) as client:
        client.send(head + body[:100])
        client.half_close()
        assert client.ended()
    assert harness.get(port).text == TAKEN
