import sys

import tinyweb

app = tinyweb.webserver()


@app.route("/")
async def index(req, resp):
    return "Hello, world!"


app.run(host="127.0.0.1", port=int(sys.argv[1]))
