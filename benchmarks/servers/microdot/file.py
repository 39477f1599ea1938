import sys

from microdot import Microdot, send_file

app = Microdot()


@app.route("/")
async def index(request):
    return "Hello, world!"


async def page(request):
    return send_file("www%s.html" % request.path)


for size in (1, 20, 200):
    app.route("/file%d" % size)(page)

app.run(host="127.0.0.1", port=int(sys.argv[1]))
