# The program whose heap is measured: lamp.py PORT ADDRESS.
import asyncio
import gc
import sys

import machine  # noqa: F401  built in on a board: what its stand-in takes is not the set-up's
import tinyweb
import tinyweb_wifi

app = tinyweb.webserver()


@app.get("/heap")
def heap(req, resp):
    # Which modules the core has loaded depends on how fast this machine is, too. The end of a hook unloads them.
    app.before_request(heap)
    app.remove_hook(heap)
    gc.collect()
    return str(gc.mem_alloc())


@app.post("/form")
async def form(req, resp):
    await req.read_parse_form_data()
    return "kept"


wifi = tinyweb_wifi.Wifi(name="Lamp", address=sys.argv[-1])


async def main():
    print("IP", await wifi.start(app, 2))
    await app.start(sys.argv[-1], int(sys.argv[-2]))
    while True:
        await asyncio.sleep(1)


asyncio.run(main())
