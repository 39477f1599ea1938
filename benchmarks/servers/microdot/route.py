import sys

from microdot import Microdot

app = Microdot()


async def thing(request, id):
    return {"id": id, "name": "lamp", "on": True}


for number in range(1, 21):
    app.route("/api/thing%d/<id>" % number)(thing)

app.run(host="127.0.0.1", port=int(sys.argv[1]))
