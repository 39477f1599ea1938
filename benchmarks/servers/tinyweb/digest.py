import sys

import tinyweb
import tinyweb_auth

app = tinyweb.webserver()
auth = tinyweb_auth.Digest({"ada": tinyweb_auth.secret("ada", "board", "secret")})


@app.route("/")
@auth
async def index(req, resp):
    return "Hello, world!"


app.run(host="127.0.0.1", port=int(sys.argv[1]))
