import sys

import tinyweb

app = tinyweb.webserver()


@app.route("/")
async def index(req, resp):
    return "Hello, world!"


async def page(req, resp):
    await resp.send_file("www%s.html" % str(req.path, "utf-8"))


for size in (1, 20, 200):
    app.add_route("/file%d" % size, page)

app.run(host="127.0.0.1", port=int(sys.argv[1]))
