import sys

from microdot import Microdot

app = Microdot()


@app.route("/", methods=["POST"])
async def save(request):
    return request.form["name"]


app.run(host="127.0.0.1", port=int(sys.argv[1]))
