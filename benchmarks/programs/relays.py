# A relay board, as written for TinyWeb 1.x: resources at /relays, /relays/ and /relays/<id>.
import sys

import tinyweb

app = tinyweb.webserver()
relays = {"1": False, "2": False, "3": True, "4": False}


class Relays:
    def get(self, data):
        return relays

    def post(self, data):
        for key in data:
            if key in relays:
                relays[key] = data[key] == "on"
        return {"message": "switched"}, 201


class Relay:
    def missing(self):
        return {"message": "no such relay"}, 404

    def get(self, data, id):
        if id not in relays:
            return self.missing()
        return {"id": id, "on": relays[id]}

    def put(self, data, id):
        if id not in relays:
            return self.missing()
        relays[id] = data["on"]
        return {"message": "switched"}


app.add_resource(Relays, "/relays")
app.add_resource(Relays, "/relays/")
app.add_resource(Relay, "/relays/<id>")
app.run(host="127.0.0.1", port=int(sys.argv[1]))
