import sys

import tinyweb

app = tinyweb.webserver()


@app.route("/", methods=["POST"])
async def save(req, resp):
    data = await req.read_parse_form_data()
    return data["sensor"]


app.run(host="127.0.0.1", port=int(sys.argv[1]))
