import sys

import tinyweb
import tinyweb_template

app = tinyweb.webserver()
# The text of table.py, as a template.
TEMPLATE = """{% args title, rows %}
<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{ title }}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 0 auto; padding: 1rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ccc; }
</style>
<h1>{{ title }}</h1>
<table><tr><th>Sensor</th><th>Place</th><th>Value</th><th>Last seen</th></tr>
{% for number, (name, place, value, seconds) in enumerate(rows) %}
<tr class="row"><td><a href="/sensor?id={{ number }}" title="Show all of this sensor">{{ name }}</a></td>
<td>{{ place }}</td><td class="number">{{ value }} degrees</td><td>{{ seconds }} s ago</td></tr>
{% end %}
</table>
<p>Made by the board itself.</p>
"""
with open("table.html", "w") as f:
    f.write(TEMPLATE)
page = tinyweb_template.load("table.html")
rows = [("sensor %d" % n, "greenhouse <%d>" % (n % 4), n + 0.5, n * 7) for n in range(20)]


@app.route("/")
async def index(req, resp):
    return page("Sensors & more", rows)


app.run(host="127.0.0.1", port=int(sys.argv[1]))
