import sys

from microdot import Microdot, send_file

app = Microdot()
count = 0


def reading():
    global count
    count += 1
    return {"temperature": 21.5, "humidity": 48, "count": count}


@app.route("/sensor")
async def sensor(request):
    return reading()


@app.route("/sensor/<number>")
async def numbered(request, number):
    return reading()


@app.route("/led", methods=["POST"])
async def led(request):
    return "saved" if request.json["on"] else "not saved"


@app.route("/")
async def index(request):
    return "Hello, world!"


@app.route("/site/<name>")
async def page(request, name):
    return send_file("site/" + name)


for number in range(20):
    app.route("/page%d" % number)(index)

app.run(host="127.0.0.1", port=int(sys.argv[1]))
