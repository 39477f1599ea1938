import sys

import tinyweb

app = tinyweb.webserver()


@app.resource("/")
def table(data):
    for number in range(20):
        yield "<tr><td>reading %d</td><td>21.5 degrees</td></tr>\n" % number


app.run(host="127.0.0.1", port=int(sys.argv[1]))
