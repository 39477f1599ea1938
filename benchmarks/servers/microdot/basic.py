import sys

from microdot import Microdot
from microdot.auth import BasicAuth

app = Microdot()
auth = BasicAuth()


@auth.authenticate
async def check(request, user, password):
    return user == "ada" and password == "secret"


@app.route("/")
@auth
async def index(request):
    return "Hello, world!"


app.run(host="127.0.0.1", port=int(sys.argv[1]))
