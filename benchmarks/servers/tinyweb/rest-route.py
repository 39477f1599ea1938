import sys

import tinyweb

app = tinyweb.webserver()


class Thing:
    def get(self, data, id):
        return {"id": id, "name": "lamp", "on": True}


for number in range(1, 21):
    app.add_resource(Thing, "/api/thing%d/<id>" % number)

app.run(host="127.0.0.1", port=int(sys.argv[1]))
