# A form with validation, and a file upload that need not fit into the heap.
import os

import tinyweb
from tinyweb import HTTPException

app = tinyweb.webserver()
FOLDER = "uploads"
LARGEST = 10000000  # bytes of a file
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."

# The page in parts, so that the heap never has a second copy of it: bytes are sent unchanged, a str is filled in.
TOP = b"""<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Form and upload</title><link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --card: light-dark(#fff, #1b1f2a); --line: light-dark(#d5dae4, #39404f); }
body { font: 17px/1.5 system-ui, sans-serif; max-width: 27em; margin: 2em auto; padding: 0 1em;
  background: light-dark(#eef1f6, #0f121a); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 16px;
  padding: 1em 1.5em 1.5em; margin: 1.5em 0; }
h1 { font-size: 1.3em; margin: 0 0 .6em; }
label { display: block; margin-bottom: 1em; }
input, button, progress { font: inherit; display: block; width: 100%; box-sizing: border-box; margin-top: .3em; }
input { padding: .55em .7em; border: 1px solid var(--line); border-radius: 8px; background: transparent; }
button { padding: .6em; border: 0; border-radius: 8px; background: #5b3df5; color: #fff; cursor: pointer; }
[hidden] { display: none; }
ul { margin: .6em 0 0; padding: 0; list-style: none; }
li { display: flex; justify-content: space-between; padding: .35em 0; border-top: 1px solid var(--line); }
</style>
"""
FORM = """<section><h1>Settings</h1><form method="post" action="/settings">
  <label>Name of this board <input name="name" value="%s" required maxlength="40"></label>
  <label>Seconds between two readings <input name="period" type="number" min="1" max="3600" value="%d"></label>
  <button>Save</button>
</form></section>
<section><h1>Files</h1>
<label>Upload a file <input type="file" id="file"></label>
<progress id="bar" value="0" hidden></progress><div id="said" role="status"></div><ul>
"""
FILE = "<li><span>%s</span><span>%d bytes</span></li>\n"
BOTTOM = b"""</ul></section>
<script>
file.onchange = () => {  // the file is the body as it is: no form around it to take apart on the board
  const request = new XMLHttpRequest(), chosen = file.files[0];
  request.open("PUT", "/files/" + encodeURIComponent(chosen.name));
  request.upload.onprogress = event => { bar.hidden = false; bar.value = event.loaded / event.total; };
  request.onload = () => request.status == 201 ? location.reload() : said.textContent = request.responseText;
  request.onerror = () => said.textContent = "The upload broke off.";
  request.send(chosen);
};
</script>
"""

settings = {"name": "board", "period": 10}
uploading = False

try:
    os.mkdir(FOLDER)
except OSError:
    pass  # it is there already


def escape(text):
    """Escape text for HTML: user input is shown, never run."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def remove(path):
    try:
        os.remove(path)
    except OSError:
        pass  # it is not there


@app.before_request
def same_origin(req, resp):
    """Reject requests from other sites' pages: browsers send Origin with each request that may change something."""
    origin = req.header("Origin")
    if origin and origin.split(b"//")[-1] != req.host:
        return "Not from another site.", 403


@app.get("/")
async def page(req, resp):
    await resp.start_html()
    await resp.send(TOP)
    await resp.send(FORM % (escape(settings["name"]), settings["period"]))
    for name in sorted(os.listdir(FOLDER)):
        if name[0] != ".":
            await resp.send(FILE % (escape(name), os.stat(FOLDER + "/" + name)[6]))
    await resp.send(BOTTOM)


@app.post("/settings", max_body_size=512)
async def save(req, resp):
    form = await req.read_parse_form_data()
    try:
        period = int(form["period"])
        name = form["name"].strip()
    except (KeyError, ValueError, TypeError, AttributeError):
        raise HTTPException(400, "A name and a number of seconds, please.")
    if not 1 <= period <= 3600 or not 1 <= len(name) <= 40:
        raise HTTPException(400, "A name of 1 to 40 letters and 1 to 3600 seconds, please.")
    settings["name"] = name
    settings["period"] = period
    await resp.redirect("/")  # so that a reload does not send the form again


@app.put("/files/<name>")
async def upload(req, resp, name):
    """Write the body to flash as it arrives: a large file takes no more heap than a small one."""
    global uploading
    if not 1 <= len(name) <= 60 or name[0] == "." or any(c not in LETTERS for c in name):
        raise HTTPException(400, "A name of letters, digits, '-', '_' and '.', please.")
    if uploading:
        raise HTTPException(409, "Another file is on its way: try again in a moment.")
    uploading = True
    part = FOLDER + "/.part"
    buf = bytearray(1024)
    size = 0
    try:
        with open(part, "wb") as f:
            while True:
                n = await req.readinto(buf)  # what is there, as much as fits; 0 at the end
                if not n:
                    break
                size += n
                if size > LARGEST:
                    raise HTTPException(413, "A file of %d bytes at most, please." % LARGEST)
                f.write(memoryview(buf)[:n])
        os.rename(part, FOLDER + "/" + name)  # only a complete file gets its name
    except OSError as e:
        if e.errno == 28:  # ENOSPC
            raise HTTPException(507, "There is no room left for this file.")
        raise
    finally:
        uploading = False
        remove(part)
    return "%s: %d bytes" % (name, size), 201


def run():
    app.run(host="0.0.0.0", port=8081)


if __name__ == "__main__":
    run()
