# An irrigation, as written for TinyWeb 1.x: a page as a .gz file, its values as JSON, redirects behind its buttons.
import sys

import tinyweb

app = tinyweb.webserver(max_concurrency=3)
zones = [False, False, False, False]


@app.route("/")
async def root(req, resp):
    await resp.redirect("/index.html")


@app.route("/index.html")
async def page(req, resp):
    await resp.send_file("www/water.html.gz", content_type="text/html", content_encoding="gzip", max_age=0)


@app.route("/zones")
async def values(req, resp):
    resp.add_header("Content-Type", "application/json")
    resp.add_header("Cache-Control", "no-cache")
    await resp._send_headers()
    await resp.send('{"zones": [')
    await resp.send(", ".join("true" if zone else "false" for zone in zones))
    await resp.send("]}")


@app.route("/open/<zone>")
async def open_zone(req, resp, zone):
    zones[int(zone)] = True
    await resp.redirect("/index.html")


@app.route("/close/<zone>")
async def close_zone(req, resp, zone):
    zones[int(zone)] = False
    await resp.redirect("/index.html")


app.run(host="127.0.0.1", port=int(sys.argv[1]))
