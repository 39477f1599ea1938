# The programs that Chromium's and node's EventSource and WebSocket are tried with.
EVENTS = """
import asyncio
import tinyweb
import tinyweb_events

app = tinyweb.webserver()
events = tinyweb_events.Events(app, "/events", history=8, retry=0.1, hello=lambda: "now, ä")
PAGE = '''<!doctype html><title>Events</title><link rel=icon href="data:,"><script>
const got = [], source = new EventSource("/events");
source.onopen = () => got.push(["open"]);
source.onmessage = e => got.push([e.type, e.data, e.lastEventId]);
source.addEventListener("named", source.onmessage);
</script>'''


@app.get("/")
def page(req, resp):
    return PAGE


@app.get("/say/<int:n>")
def say(req, resp, n):
    events.send("line one\\nline two \U0001f600", event="named", id=n)
    events.send([1, None, "x"], id=n + 1)
    return str(len(events))


@app.get("/drop")
def drop(req, resp):
    for link in events._links[:]:  # as WiFi does
        link.close()
    return "dropped"


app.run(HOST, PORT)
"""
SOCKETS = """
import tinyweb
from tinyweb_websocket import websocket

app = tinyweb.webserver()


@app.get("/")
def page(req, resp):
    return '<!doctype html><title>Sockets</title><link rel=icon href="data:,">'


@app.get("/echo")
@websocket(max_size=70000, protocols=("b", "a"))
async def echo(req, ws):
    async for message in ws:
        if message == "bye":
            await ws.close(3001, "gone fishing")
        else:
            await ws.send(message)


app.run(HOST, PORT)
"""
