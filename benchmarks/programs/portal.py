# A set-up portal, as written for TinyWeb 1.x: forms, and redirects for the addresses by which phones find portals.
import sys

import tinyweb

app = tinyweb.webserver()
config = {"ssid": "", "password": "", "name": "sensor"}
HEAD = "<html><head><title>Set-up</title></head><body>"
FIELD = '<p>{0} <input name="{0}" value="{1}"></p>'


@app.route("/")
async def index(req, resp):
    await resp.start_html()
    await resp.send(HEAD + '<form action="/save" method="post">')
    for key in sorted(config):
        await resp.send(FIELD.format(key, config[key]))
    await resp.send('<input type="submit"></form></body></html>')


@app.route("/save", methods=["POST"], save_headers=["Content-Length", "Content-Type"], max_body_size=256)
async def save(req, resp):
    data = await req.read_parse_form_data()
    if not data.get("ssid"):
        await resp.error(400)
        return
    for key in config:
        config[key] = data.get(key, "")
    await resp.redirect("/saved")


@app.route("/saved")
async def saved(req, resp):
    await resp.start_html()
    await resp.send(HEAD + "<p>{} joins {}</p></body></html>".format(config["name"], config["ssid"]))


async def portal(req, resp):
    await resp.redirect("http://192.168.4.1/")


for url in "/generate_204", "/hotspot-detect.html", "/connecttest.txt":
    app.add_route(url, portal)
app.run(host="127.0.0.1", port=int(sys.argv[1]))
