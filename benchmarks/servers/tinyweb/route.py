import sys

import tinyweb

app = tinyweb.webserver()


async def thing(req, resp, id):
    return {"id": id, "name": "lamp", "on": True}


for number in range(1, 21):
    app.add_route("/api/thing%d/<id>" % number, thing)

app.run(host="127.0.0.1", port=int(sys.argv[1]))
