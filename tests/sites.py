# A folder with one of everything, and programs that serve it.
import gzip
import itertools
import os

import harness

PAGE = b"<!DOCTYPE html><h1>A page</h1>" + b"<p>of some length</p>" * 20
SCRIPT = b"console.log('a line of a script');\n" * 40
STYLE = b"body { margin: 0 }\n" * 40
BIG = bytes((i * 7 + i // 251) % 256 for i in range(200 * 1024))
SECRET = b"never to be served"
# a fixed day, so that a Last-Modified can be told beforehand
TIME = 1700000000
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"

PROGRAM = """
import tinyweb

app = tinyweb.webserver({options})


@app.get("/hello")
def hello(req, resp):
    return "Hello"


@app.get("/one")
async def one(req, resp):
    await resp.send_file({folder!r} + "/index.html")


app.static("/s", {folder!r}{more})
{extra}
app.run(HOST, PORT)
"""
_count = itertools.count()


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (TIME, TIME))
    return path


def make_folder():
    """Make the folder, with a secret beside it and links that lead to it. Gives its path."""
    top = harness.scratch() / "static-{}".format(next(_count))
    write(top / "secret.txt", SECRET)
    write(top / "outside" / "secret.txt", SECRET)
    www = top / "www"
    for name, data in (
        ("index.html", PAGE),
        ("script.js", SCRIPT),
        ("script.js.gz", gzip.compress(SCRIPT)),
        ("packed.css.gz", gzip.compress(STYLE)),
        ("big.bin", BIG),
        ("empty.txt", b""),
        ("one.txt", b"1"),
        ("docs/index.html", b"<p>docs"),
        ("docs/deep/page.html", b"<p>deep"),
        ("plain/note.txt", b"note"),
        ("with space.txt", b"space"),
        ("\u00fcml\u00e4ut.txt", b"umlaut"),
        (".hidden", SECRET),
        ("docs/.git/config", SECRET),
        ("UPPER.HTML", b"<p>upper"),
        ("noname", b"?"),
        ("back\\slash.txt", SECRET),
    ):
        write(www / name, data)
    (www / "link.txt").symlink_to("../secret.txt")
    (www / "linked").symlink_to("../outside")
    return www


def program(folder, more="", extra="", options=""):
    return PROGRAM.format(folder=str(folder), more=more, extra=extra, options=options)
