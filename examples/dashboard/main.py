# A live dashboard: readings that change, and a switch that a click changes on the board and in every open page.
#
# The page is one file (index.html) beside this program: one request brings all of it, sent from flash piece by piece.
# Then it listens to a stream of events (Server-Sent Events, text/event-stream): each second, and at each click, the
# board tells all open pages what is new. A stream that waits holds a connection, but no slot: see release().
import asyncio
import gc
import json
import math
import random
import sys

import tinyweb

try:
    import esp32  # it can tell the temperature of its chip
except ImportError:
    esp32 = None
try:
    from machine import Pin

    lamp = Pin(2, Pin.OUT)  # the LED of many boards; your relay's pin goes here
except ImportError:
    lamp = None  # no pins here: the switch is only remembered
try:
    from os import getenv  # on a PC the address may come from outside
except ImportError:

    def getenv(name, default):
        return default


HOST = getenv("HOST", "0.0.0.0")
PORT = int(getenv("PORT", "8081"))
HISTORY = 60  # samples kept, one a second: a page that is opened shows the last minute at once
SIMULATED = ["humidity"] if esp32 else ["temperature", "humidity"]
BOARD = "%s %s on %s" % (
    "MicroPython" if sys.implementation.name == "micropython" else "CPython",
    ".".join(str(n) for n in sys.implementation.version[:3]),
    sys.platform,
)

app = tinyweb.webserver()
STREAMS = app.max_connections // 2  # a page that finds none free asks each second instead
streams = 0  # pages that listen now
changed = asyncio.Event()
history = []  # of (tenths of a degree, tenths of a percent, bytes of free heap): integers are small in heap and JSON
uptime = 0  # seconds, which is the number of samples taken so far
answers = 0
on = False


def temperature():
    """Measure degrees Celsius. Your own sensor goes here."""
    if hasattr(esp32, "mcu_temperature"):  # S2, S3, C3, C6
        return esp32.mcu_temperature()
    if hasattr(esp32, "raw_temperature"):  # the first ESP32, in Fahrenheit
        return (esp32.raw_temperature() - 32) / 1.8
    return 22.5 + 1.6 * math.sin(uptime / 9) + 0.5 * math.sin(uptime / 2.3) + random.random() * 0.2


def humidity():
    """Measure percent of relative humidity. Your own sensor goes here."""
    return 46 + 4 * math.sin(uptime / 13 + 2) + 0.8 * math.sin(uptime / 3.1) + random.random() * 0.4


def heap():
    """Give free and total bytes of heap, or two times None where the interpreter does not tell (CPython)."""
    if not hasattr(gc, "mem_free"):
        return None, None
    return gc.mem_free(), gc.mem_free() + gc.mem_alloc()


@app.get("/")
async def page(req, resp):
    await resp.send_file("index.html", max_age=0)


def news(since):
    """Give the state of the board, and those samples that were taken after the second `since`."""
    global answers
    answers += 1
    # a page that knows more than there is has not noticed that the board was started again: it gets all
    new = uptime - since if since <= uptime else HISTORY
    return {
        "board": BOARD,
        "simulated": SIMULATED,
        "heap_size": heap()[1],
        "answers": answers,
        "uptime": uptime,
        "on": on,
        "samples": history[-new:] if new else [],
    }


def tell():
    """Wake all streams: there is something new."""
    changed.set()
    changed.clear()


@app.get("/api/readings")
@app.get("/api/readings/<int:since>")
async def readings(req, resp, since=0):
    return news(since)


@app.get("/api/stream/<int:since>")
async def stream(req, resp, since):
    """Tell what is new as soon as it is, for as long as the page listens."""
    global streams
    if streams == STREAMS:
        return b"", 204  # nothing to listen to: the page asks
    resp.add_header("Content-Type", "text/event-stream")
    resp.add_header("Cache-Control", "no-store")
    if req.method == b"HEAD":
        return b""
    streams += 1
    try:
        await resp.release()  # others get the slot while this one waits
        while True:
            await resp.send("data: %s\n\n" % json.dumps(news(since)))
            since = uptime
            await changed.wait()
    finally:  # the page was closed: send() has raised OSError
        streams -= 1


@app.post("/api/switch", allowed_access_control_origins=())  # for its own page alone
async def switch(req, resp):
    """Take {"on": true} or {"on": false}: a state, not "the other one", so that a click sent twice does no harm."""
    global on
    data = await req.read_parse_form_data()
    wanted = data.get("on") if isinstance(data, dict) else None
    if wanted is not True and wanted is not False:
        return {"message": "on must be true or false"}, 400
    on = wanted
    if lamp:
        lamp.value(on)
    tell()
    return {"on": on}


async def main():
    global uptime
    await app.start(HOST, PORT)
    print("The dashboard listens on port", PORT)
    while True:  # the board's own work, beside the server
        history.append((round(temperature() * 10), round(humidity() * 10), heap()[0]))
        if len(history) > HISTORY:
            history.pop(0)
        uptime += 1
        tell()
        await asyncio.sleep(1)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print("Stopped.")
