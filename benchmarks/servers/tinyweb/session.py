import sys

import tinyweb
import tinyweb_auth

app = tinyweb.webserver()
# The workload's cookie is signed with this key, and ends in 2100.
login = tinyweb_auth.Session(app, key=b"a key that is only for benchmarks")


@app.route("/")
@login
async def index(req, resp):
    return "Hello, world!"


app.run(host="127.0.0.1", port=int(sys.argv[1]))
