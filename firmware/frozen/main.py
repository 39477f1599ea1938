# The program that is frozen into the images: it joins the WiFi that the file wifi.json names, and serves a page about
# the board. wifi.json is put on the board with mpremote (mpremote fs cp wifi.json :wifi.json):
#
#     {"ssid": "your network", "password": "its password"}
#
# MicroPython runs a frozen main.py before one among the files. So this one looks first: your main.py is run instead.
import gc
import json
import os
import sys
import time

PAGE = """<!DOCTYPE html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>TinyWeb</title><style>body{font:18px system-ui;margin:2em auto;max-width:30em}td{padding:.2em 1em .2em 0}</style>
<h1>This is TinyWeb %s</h1>
<table><tr><td>Board<td>%s<tr><td>MicroPython<td>%s<tr><td>Running for<td>%d s<tr><td>Heap free<td>%d bytes</table>
<p>Put a <code>main.py</code> of yours on the board, and it runs instead of this page.
"""
HELP = 'No WiFi: put a file wifi.json on the board, {"ssid": "your network", "password": "its password"}, and reset it.'


def settings():
    """Give (ssid, password) from wifi.json, None with a sentence where it is missing or unreadable."""
    try:
        with open("wifi.json") as f:
            wifi = json.load(f)
        return wifi["ssid"], wifi["password"]
    except (OSError, ValueError, KeyError, TypeError):
        print(HELP)
        return None


def join(ssid, password, seconds=20):
    """Join a WiFi. Gives the board's address, None with a sentence if it is not there within this time."""
    import network

    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    if not wlan.isconnected():  # it may still be, after a soft reset
        wlan.connect(ssid, password)
    for _ in range(seconds * 10):
        if wlan.isconnected():
            return wlan.ifconfig()[0]
        time.sleep(0.1)
    print("No WiFi: is %r there, and is the password in wifi.json right?" % ssid)
    return None


def serve(address, port=80):
    """Serve the page for ever."""
    import tinyweb

    app = tinyweb.webserver()
    version = "%d.%d.%d" % sys.implementation[1][:3]

    @app.route("/")
    def index(req, resp):
        gc.collect()
        seconds = time.ticks_diff(time.ticks_ms(), begin) // 1000
        return PAGE % (tinyweb.__version__, sys.platform, version, seconds, gc.mem_free())

    begin = time.ticks_ms()
    print("Open http://%s%s/" % (address, "" if port == 80 else ":%d" % port))
    app.run("0.0.0.0", port)


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
        wifi = settings()
        address = wifi and join(*wifi)
        if address:
            serve(address)
    else:
        run_file("main.py")


if __name__ == "__main__":
    run()
