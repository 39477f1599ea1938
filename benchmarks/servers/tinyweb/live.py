import gc
import sys

import tinyweb
from tinyweb_events import Events
from tinyweb_websocket import websocket

app = tinyweb.webserver(max_connections=32, max_links=16)
events = Events(app, "/events", ping=0)
number = 0


@app.get("/")
def index(req, resp):
    return "Hello, world!"


@app.get("/send")
def send(req, resp):
    global number
    number += 1
    events.send({"t": number})
    return "Hello, world!"


@app.get("/echo")
@websocket(max_size=4096, ping=0)
async def echo(req, ws):
    async for message in ws:
        await ws.send(message)


@app.get("/heap")
def heap(req, resp):
    gc.collect()
    return str(gc.mem_alloc())


app.run("127.0.0.1", int(sys.argv[1]))
