import sys

import tinyweb

app = tinyweb.webserver()


@app.resource("/", method="POST")
def save(data):
    return data["sensor"]


app.run(host="127.0.0.1", port=int(sys.argv[1]))
