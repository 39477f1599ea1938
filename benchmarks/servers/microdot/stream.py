import sys

from microdot import Microdot

app = Microdot()


@app.route("/")
async def table(request):
    def pieces():
        for number in range(20):
            yield "<tr><td>reading %d</td><td>21.5 degrees</td></tr>\n" % number

    return pieces(), 200, {"Content-Type": "text/html"}


app.run(host="127.0.0.1", port=int(sys.argv[1]))
