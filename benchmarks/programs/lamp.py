# A lamp, as written for TinyWeb 1.x: one page from a file, one resource.
import sys

import tinyweb

app = tinyweb.webserver()
lamp = {"on": False, "level": 50}


class Lamp:
    def get(self, data):
        return lamp

    def post(self, data):
        if "level" not in data:
            return {"message": "level is missing"}, 400
        lamp["level"] = int(data["level"])
        lamp["on"] = lamp["level"] > 0
        return lamp


@app.route("/")
async def index(req, resp):
    await resp.send_file("www/lamp.html")


app.add_resource(Lamp, "/lamp")
app.run(host="127.0.0.1", port=int(sys.argv[1]))
