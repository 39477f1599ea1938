import sys

from baseline import heap  # isort: skip (the heap before tinyweb is loaded)

import tinyweb

app = tinyweb.webserver()


@app.route("/")
async def index(req, resp):
    return "Hello, world!"


@app.route("/heap")
async def memory(req, resp):
    return heap()


@app.get("/dict")
async def report(req, resp):
    return {"on": True}


@app.get("/fails")
async def fails(req, resp):
    raise ValueError("first")


@app.get("/moved")
async def moved(req, resp):
    await resp.redirect("/")


@app.post("/form")
async def form(req, resp):
    return (await req.read_parse_form_data())["name"]


app.static("/www", "www")
app.run(host="127.0.0.1", port=int(sys.argv[1]))
