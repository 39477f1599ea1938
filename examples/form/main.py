# A form that is read back, and a file upload that never has to fit into the heap.
import os

import tinyweb

app = tinyweb.webserver()
FOLDER = "uploads/"  # make it on the board first: mpremote fs mkdir uploads
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

# The page in three pieces, so that the board never holds a second copy of it: bytes leave as they are, and only the
# middle one is filled in.
TOP = b"""<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Form and upload</title><link rel="icon" href="data:,">
<style>body{font:18px system-ui;max-width:30em;margin:2em auto;padding:0 1em}
input,button{font:inherit;padding:.5em;width:100%;box-sizing:border-box;margin:.3em 0 1em}</style>
<h1>Settings</h1>
"""
FORM = """<form method="post" action="/settings">
  <label>Name of this board <input name="name" value="%s" required maxlength="40"></label>
  <label>Seconds between two readings <input name="period" type="number" min="1" max="3600" value="%d"></label>
  <button>Save</button>
</form>
"""
UPLOAD = b"""<h1>Upload</h1>
<label>A file <input type="file" id="file"></label><p id="said" role="status"></p>
<script>
file.onchange = async () => {  // the file is the body as it is: no form around it to take apart on the board
  const answer = await fetch("/files/" + encodeURIComponent(file.files[0].name), {method: "PUT", body: file.files[0]});
  said.textContent = await answer.text();
};
</script>
"""

settings = {"name": "board", "period": 10}


def escape(text):
    """Make text harmless within HTML: what people typed is shown, never run."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


@app.get("/")
async def page(req, resp):
    await resp.start_html()
    await resp.send(TOP)
    await resp.send(FORM % (escape(settings["name"]), settings["period"]))
    await resp.send(UPLOAD)


@app.post("/settings", max_body_size=512)
async def save(req, resp):
    form = await req.read_parse_form_data()
    try:
        period = int(form["period"])
        name = form["name"]
    except (KeyError, ValueError):
        return "A name and a number of seconds, please.", 400
    if not 1 <= period <= 3600 or not name:
        return "The name is empty, or the seconds are not 1 to 3600.", 400
    settings["name"] = name
    settings["period"] = period
    await resp.redirect("/")  # so that a reload does not send the form again


@app.put("/files/<name>", max_body_size=1000000)
async def upload(req, resp, name):
    if not name or name[0] == "." or any(c not in LETTERS for c in name):
        return "A name of letters, digits, '-', '_' and '.', please.", 400
    size = 0
    with open(FOLDER + ".part", "wb") as f:
        while True:
            piece = await req.read(512)  # what is there, 512 bytes at most; b"" at the end
            if not piece:
                break
            size += f.write(piece)
    os.rename(FOLDER + ".part", FOLDER + name)  # only what arrived whole gets its name
    return "%s: %d bytes" % (name, size), 201


def run():
    app.run(host="0.0.0.0", port=8081)


if __name__ == "__main__":
    run()
