import sys

import tinyweb

app = tinyweb.webserver()
HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%s</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; width: 100%%; }
td, th { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ccc; }
</style>
<h1>%s</h1>
<table><tr><th>Sensor</th><th>Place</th><th>Value</th><th>Last seen</th></tr>
"""
ROW = """<tr class="row"><td><a href="/sensor?id=%d" title="Show all of this sensor">%s</a></td>
<td>%s</td><td class="number">%s degrees</td><td>%d s ago</td></tr>
"""
FOOT = """</table>
<p>Made by the board itself.</p>
"""


def escape(text):
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&#34;").replace("'", "&#39;")


rows = [("sensor %d" % n, "greenhouse <%d>" % (n % 4), n + 0.5, n * 7) for n in range(20)]


@app.route("/")
async def index(req, resp):
    await resp.start_html()
    title = escape("Sensors & more")
    await resp.send(HEAD % (title, title))
    for number, (name, place, value, seconds) in enumerate(rows):
        await resp.send(ROW % (number, escape(name), escape(place), value, seconds))
    await resp.send(FOOT)


app.run(host="127.0.0.1", port=int(sys.argv[1]))
