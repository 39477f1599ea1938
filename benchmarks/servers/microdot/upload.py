import os
import sys

from microdot import Microdot, Request
from microdot.multipart import FormDataIter

app = Microdot()
Request.max_content_length = 1000000


@app.route("/", methods=["POST"])
async def upload(request):
    async for name, value in FormDataIter(request):
        if name == "title":
            title = value
        else:
            await value.save("upload.bin")
    return "%s %d" % (title, os.stat("upload.bin")[6])


app.run(host="127.0.0.1", port=int(sys.argv[1]))
