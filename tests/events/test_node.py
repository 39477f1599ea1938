# node's EventSource, which comes back with the id that it had last.
import harness
import node

PROGRAM = """
import asyncio
import tinyweb
import tinyweb_events

app = tinyweb.webserver()
events = tinyweb_events.Events(app, "/events", history=8, retry=0.1)


@app.get("/say/<int:n>")
def say(req, resp, n):
    events.send("line one\\nline two \U0001f600", event="named", id=n)
    return str(len(events))


@app.get("/drop")
def drop(req, resp):
    for link in events._links[:]:  # as WiFi does
        link.close()
    return "dropped"


app.run(HOST, PORT)
"""
SCRIPT = """
const EventSource = require("eventsource"), http = require("http"), base = process.argv[1], got = [];
const ask = path => new Promise(done => http.get(base + path, r => r.resume().on("end", done)));
const source = new EventSource(base + "/events");
source.addEventListener("named", event => {
  got.push([event.type, event.data, event.lastEventId]);
  if (got.length === 2) {
    source.close();
    console.log(JSON.stringify(got));
    process.exit(0);
  }
});
let opened = 0;
source.onopen = async () => {
  if (opened++) return;
  await ask("/say/1");
  await ask("/drop");
  await ask("/say/2");
};
"""


def test_it_gets_what_is_sent_and_what_it_missed(serve):
    port = serve(PROGRAM, heap="400k").port
    got = node.run("eventsource", SCRIPT, f"http://{harness.HOST}:{port}")
    assert got == [["named", "line one\nline two \U0001f600", str(n)] for n in (1, 2)]
