import sys

import tinyweb

app = tinyweb.webserver()
app.static("/", "www")
app.run(host="127.0.0.1", port=int(sys.argv[1]))
