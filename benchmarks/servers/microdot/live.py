import gc
import sys

from microdot import Microdot
from microdot.sse import with_sse
from microdot.websocket import with_websocket

app = Microdot()
pages = []
number = 0


@app.route("/")
async def index(request):
    return "Hello, world!"


@app.route("/send")
async def send(request):
    global number
    number += 1
    for page in pages:
        await page.send({"t": number})
    return "Hello, world!"


@app.route("/events")
@with_sse
async def events(request, sse):
    import asyncio

    pages.append(sse)
    await sse.send("come")
    while True:
        await asyncio.sleep(3600)


@app.route("/echo")
@with_websocket
async def echo(request, ws):
    while True:
        await ws.send(await ws.receive())


@app.route("/heap")
async def heap(request):
    gc.collect()
    return str(gc.mem_alloc())


app.run(host="127.0.0.1", port=int(sys.argv[1]))
