# A WiFi switch, as written for TinyWeb 1.x: a page, resources that are generators, redirects behind its buttons.
import sys

import tinyweb

app = tinyweb.webserver(request_timeout=3, max_concurrency=3)
state = {"relay": False}
NETWORKS = (("attic", -61), ("cellar", -74), ("guests", -80))


@app.route("/")
@app.route("/index.html")
async def index(request, response):
    await response.start_html()
    await response.send("<html><body><h1>Switch</h1><p>The relay is {}</p>".format("on" if state["relay"] else "off"))
    await response.send('<a href="/on">on</a> <a href="/off">off</a></body></html>')


@app.route("/on")
async def on(request, response):
    state["relay"] = True
    await response.redirect("/")


@app.route("/off")
async def off(request, response):
    state["relay"] = False
    await response.redirect("/")


@app.resource("/networks")
def networks(data):
    yield "["
    for number, (name, strength) in enumerate(NETWORKS):
        yield '{}{{"ssid": "{}", "rssi": {}}}'.format("," if number else "", name, strength)
    yield "]"


@app.resource("/state")
def status(data):
    yield '{"relay": '
    yield "true" if state["relay"] else "false"
    yield "}"


app.run(host="127.0.0.1", port=int(sys.argv[1]))
