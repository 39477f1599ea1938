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


app.run(host="127.0.0.1", port=int(sys.argv[1]))
