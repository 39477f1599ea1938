# node's WebSocket, with what browsers do not send: pings of its own, fragments, an offer of compression.
import harness
import live_programs
import node
import pytest

SCRIPT = """
const WebSocket = require("ws"), ws = new WebSocket(process.argv[1]), got = {};
const next = () => new Promise(done => ws.once("message", (data, binary) => done(binary ? data : data.toString())));
ws.on("open", async () => {
  got.extensions = ws.extensions;
  got.same = [];
  for (const size of [0, 1, 125, 126, 1000, 65535, 65536]) {
    let came = next();
    ws.send("x".repeat(size));
    got.same.push(await came === "x".repeat(size));
    came = next();
    ws.send(Buffer.alloc(size, 200));
    got.same.push((await came).equals(Buffer.alloc(size, 200)));
  }
  const pong = new Promise(done => ws.once("pong", data => done(data.toString())));
  const came = next();
  ws.send("a part, ", {fin: false});
  ws.ping("between");  // between two fragments
  ws.send("and the rest", {fin: true});
  got.pong = await pong;
  got.fragments = await came;
  ws.on("close", (code, reason) => {
    got.closed = [code, reason.toString()];
    console.log(JSON.stringify(got));
  });
  ws.send("bye");
});
"""
TOO_LONG = """
const WebSocket = require("ws"), ws = new WebSocket(process.argv[1]);
ws.on("open", () => ws.send("x".repeat(70001)));
ws.on("error", () => 0);
ws.on("close", code => console.log(JSON.stringify(code)));
"""
REFUSED = """
const WebSocket = require("ws"), ws = new WebSocket(process.argv[1], {origin: "http://elsewhere.example"});
ws.on("unexpected-response", (request, response) => {
  console.log(JSON.stringify(response.statusCode));
  request.destroy();
});
ws.on("error", () => 0);
"""


@pytest.fixture(scope="module")
def url(serve_module):
    return f"ws://{harness.HOST}:{serve_module(live_programs.SOCKETS, heap='1m').port}/echo"


def test_messages_fragments_a_ping_and_the_close(url):
    got = node.run("ws", SCRIPT, url)
    assert got == {"extensions": "", "same": [True] * 14, "pong": "between", "fragments": "a part, and the rest",
                   "closed": [3001, "gone fishing"]}


def test_a_message_that_is_too_long_and_another_origin(url):
    assert node.run("ws", TOO_LONG, url) == 1009
    assert node.run("ws", REFUSED, url) == 403
