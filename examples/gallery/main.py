# A gallery on the board: pictures are uploaded from a phone or a PC, shown, and deleted.
import os

import tinyweb
from tinyweb import HTTPException, http
from tinyweb_multipart import form

app = tinyweb.webserver()
FOLDER = "pictures"
LARGEST = 2000000  # bytes of a picture
TYPES = ("jpg", "jpeg", "png", "gif", "webp")  # no svg: it may hold a script

try:
    os.mkdir(FOLDER)
except OSError:
    pass  # it is there already


def pictures():
    """List the pictures, without unfinished uploads, which end in "~"."""
    return [name for name in sorted(os.listdir(FOLDER)) if name.rpartition(".")[2].lower() in TYPES]


def free_name(name):
    """Return an unused name: a phone calls each of its photos image.jpg."""
    stem, _, suffix = name.rpartition(".")
    suffix = suffix.lower()
    if not stem or suffix not in TYPES:
        raise HTTPException(415, "A picture is a file with one of these endings: " + ", ".join(TYPES))
    taken = [other.lower() for other in pictures()]
    name = stem + "." + suffix
    n = 1
    while name.lower() in taken:
        n += 1
        name = "%s-%d.%s" % (stem, n, suffix)
    return name


@app.before_request
def same_origin(req, resp):
    """Reject requests from pages of other sites."""
    if req.method not in (b"GET", b"HEAD") and not http.same_origin(req):
        return "Not from another site.", 403


@app.get("/")
async def page(req, resp):
    await resp.send_file("index.html", max_age=0)


@app.get("/api/pictures")
async def listed(req, resp):
    space = os.statvfs(FOLDER)
    return {
        "pictures": [{"name": name, "bytes": os.stat(FOLDER + "/" + name)[6]} for name in pictures()],
        "free": space[0] * space[3],
        "total": space[1] * space[2],
    }


@app.post("/api/pictures")
async def upload(req, resp):
    """Write each picture of a form to flash as it arrives."""
    names = []
    async for part in form(req):
        if part.filename:
            name = free_name(part.safe)
            await part.save(FOLDER + "/" + name, LARGEST)
            names.append(name)
    return {"saved": names}, 201


@app.delete("/api/pictures/<name>")
async def delete(req, resp, name):
    if name not in pictures():  # so no path leads out of the folder
        raise HTTPException(404, "There is no such picture.")
    os.remove(FOLDER + "/" + name)
    return {"deleted": name}


app.static("/pictures", FOLDER, max_age=3600)


def run():
    app.run(host="0.0.0.0", port=8081)


if __name__ == "__main__":
    run()
