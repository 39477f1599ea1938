# node's EventSource, which comes back with the id that it had last.
import harness
import live_programs
import node

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
  await ask("/say/3");
};
"""


def test_it_gets_what_is_sent_and_what_it_missed(serve):
    port = serve(live_programs.EVENTS, heap="400k").port
    got = node.run("eventsource", SCRIPT, f"http://{harness.HOST}:{port}")
    assert got == [["named", "line one\nline two \U0001f600", str(n)] for n in (1, 3)]
