# The program that is frozen into the images: a page about the board. A board that knows no WiFi opens a network of its
# own, TinyWeb-XXXX, and asks there for yours (see packages/tinyweb-wifi).
#
# MicroPython runs a frozen main.py before one among the files. So this one looks first: your main.py is run instead.
import gc
import os
import sys
import time

PAGE = """<!DOCTYPE html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>TinyWeb</title><style>body{font:18px system-ui;margin:2em auto;max-width:30em}td{padding:.2em 1em .2em 0}</style>
<h1>This is TinyWeb %s</h1>
<table><tr><td>Board<td>%s<tr><td>MicroPython<td>%s<tr><td>Running for<td>%d s<tr><td>Heap free<td>%d bytes</table>
<p>Put a <code>main.py</code> of yours on the board, and it runs instead of this page.
"""


async def serve(port=80, **options):
    """Join the WiFi, or be given one from a phone, and serve the page for ever. options: of tinyweb_wifi.Wifi."""
    import asyncio

    import tinyweb
    import tinyweb_wifi

    app = tinyweb.webserver()
    version = "%d.%d.%d" % sys.implementation[1][:3]
    begin = time.ticks_ms()

    @app.route("/")
    def index(req, resp):
        gc.collect()
        seconds = time.ticks_diff(time.ticks_ms(), begin) // 1000
        return PAGE % (tinyweb.__version__, sys.platform, version, seconds, gc.mem_free())

    address = await tinyweb_wifi.Wifi(**options).start(app)
    if address:
        print("Open http://%s%s/" % (address, "" if port == 80 else ":%d" % port))
    await app.start("0.0.0.0", port)
    while True:
        await asyncio.sleep(60)


def run_file(name):
    """Run a program as MicroPython itself would."""
    names = {"__name__": "__main__"}
    try:
        execute = execfile  # compiles it as it is read, with no copy of its text in the heap
    except NameError:  # a port without it
        with open(name) as f:
            exec(f.read(), names)
    else:
        execute(name, names)


def run():
    try:
        os.stat("main.py")
    except OSError:
        import asyncio

        try:
            asyncio.run(serve())
        except ImportError as e:
            print("There is no main.py on this board, and no page without tinyweb-wifi:", e)
    else:
        run_file("main.py")


if __name__ == "__main__":
    run()
