# A live dashboard: readings that change, and a switch that a click changes on the board and in every open page.
#
# The page is one file (index.html) beside this program. It listens to a stream of events (tinyweb-events): each second,
# and at each click, the board sends updates to all open pages.
import asyncio
import gc
import math
import random
import sys

import tinyweb
import tinyweb_events

try:
    import esp32  # it can measure the temperature of its chip
except ImportError:
    esp32 = None
try:
    from machine import Pin

    lamp = Pin(2, Pin.OUT)  # the LED of many boards; your relay's pin goes here
except ImportError:
    lamp = None  # no pins here: the switch is only remembered
try:
    from os import getenv  # on a PC environment variables may set the address
except ImportError:

    def getenv(name, default):
        return default


HISTORY = 60  # samples kept, one a second: a page that is opened shows the last minute at once
BOARD = "%s %d.%d.%d on %s" % (
    ("MicroPython" if sys.implementation.name == "micropython" else "CPython",)
    + tuple(sys.implementation.version[:3])
    + (sys.platform,)
)
app = tinyweb.webserver()
history = []  # of (tenths of a degree, tenths of a percent, bytes of free heap): integers are small in heap and JSON
uptime = 0  # seconds, which is the number of samples taken so far
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
    """Return bytes of free heap, or None if the interpreter cannot tell (CPython)."""
    if not hasattr(gc, "mem_free"):
        return None
    gc.collect()  # without garbage, which would look like a leak until the next collection
    return gc.mem_free()


def news(samples):
    """Return what changes: the state, and these samples."""
    return {"uptime": uptime, "on": on, "pages": len(events), "samples": samples}


def everything():
    """Return all that a page shows: the first event for each page."""
    data = news(history)
    data["board"] = BOARD
    data["simulated"] = ["humidity"] if esp32 else ["temperature", "humidity"]
    data["heap_size"] = heap() and heap() + gc.mem_alloc()
    return data


events = tinyweb_events.Events(app, "/api/events", hello=everything)


@app.get("/")
async def page(req, resp):
    await resp.send_file("index.html", max_age=0)


@app.get("/api/readings")  # for programs, and for a page that cannot open a stream
async def readings(req, resp):
    return everything()


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
    events.send(news([]))
    return {"on": on}


async def main():
    global uptime
    await app.start(getenv("HOST", "0.0.0.0"), int(getenv("PORT", "8081")))
    print("The dashboard listens on port", app.port)
    while True:  # the board's own work, beside the server
        history.append((round(temperature() * 10), round(humidity() * 10), heap()))
        del history[:-HISTORY]
        uptime += 1
        events.send(news(history[-1:]))
        await asyncio.sleep(1)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print("Stopped.")
