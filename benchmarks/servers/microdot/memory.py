import sys

from baseline import heap  # isort: skip (the heap before microdot is loaded)

from microdot import Microdot

app = Microdot()


@app.route("/")
async def index(request):
    return "Hello, world!"


@app.route("/heap")
async def memory(request):
    return heap()


app.run(host="127.0.0.1", port=int(sys.argv[1]))
