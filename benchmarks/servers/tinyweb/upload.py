import os
import sys

import tinyweb
from tinyweb_multipart import form

app = tinyweb.webserver()


@app.route("/", methods=["POST"])
async def upload(req, resp):
    async for part in form(req):
        if part.name == "title":
            title = await part.text(64)
        else:
            await part.save("upload.bin", 1000000)
    return "%s %d" % (title, os.stat("upload.bin")[6])


app.run(host="127.0.0.1", port=int(sys.argv[1]))
