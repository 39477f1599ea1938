import sys

import tinyweb

app = tinyweb.webserver()
count = 0


def reading():
    global count
    count += 1
    return {"temperature": 21.5, "humidity": 48, "count": count}


@app.route("/sensor")
async def sensor(req, resp):
    return reading()


@app.route("/sensor/<number>")
async def numbered(req, resp, number):
    return reading()


@app.route("/led", methods=["POST"])
async def led(req, resp):
    data = await req.read_parse_form_data()
    return "saved" if data["on"] else "not saved"


@app.route("/")
async def index(req, resp):
    return "Hello, world!"


app.static("/site", "site")

for number in range(20):
    app.add_route("/page%d" % number, index)

app.run(host="127.0.0.1", port=int(sys.argv[1]))
