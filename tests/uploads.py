# What the tests of tinyweb-multipart share: the program that tells what it has read, and bodies as clients make them.
import json

import harness

# Tells what it reads of a form, in hexadecimal; /save/... keeps files in its folder.
PROGRAM = """
from binascii import hexlify

import tinyweb
from tinyweb_multipart import form

app = tinyweb.webserver(io_timeout=1)


class Sink:
    count = 0

    def write(self, data):
        self.count += len(data)


@app.post("/parts/<int:size>")
async def parts(req, resp, size):
    out = []
    async for part in form(req, size=size):
        body = b""
        while True:
            data = await part.read(4096)
            if not data:
                break
            body += data
        out.append([part.name, part.filename, part.content_type, hexlify(body).decode()])
    return out


@app.post("/names")
async def names(req, resp):
    out = []
    async for part in form(req, parts=3, skip=5000):
        out.append([part.name, part.safe])
    return out


@app.post("/float")
async def float_limit(req, resp):
    async for part in form(req):
        return str(len(await part.text(1e1)))


@app.post("/text")
async def text(req, resp):
    out = []
    async for part in form(req):
        out.append(await part.text(10))
    return out


@app.post("/into")
async def into(req, resp):
    out = []
    buf = bytearray(7)
    async for part in form(req):
        while True:
            n = await part.readinto(buf)
            if not n:
                break
            out.append(bytes(buf[:n]).decode())
        out.append((await part.read(1)).decode() + await part.text())
    return out


@app.post("/save/<path:path>")
async def save(req, resp, path):
    total = 0
    async for part in form(req):
        total += await part.save(path, 3000000)
    return {"bytes": total}, 201


@app.post("/sink")
async def sink(req, resp):
    out = Sink()
    async for part in form(req):
        n = await part.save(out, 3000000)
    return "%d %d" % (n, out.count)


@app.post("/old")
async def old(req, resp):
    kept = None
    async for part in form(req):
        if kept:
            return repr(await kept.read(9))
        kept = part


@app.post("/below")
async def below(req, resp):
    async for part in form(req):
        try:
            await part.read(-1)
        except ValueError:
            return await part.text()


@app.get("/")
async def hello(req, resp):
    return "hello"


app.run(HOST, PORT)
"""


def body(*parts, boundary="XX", end=b"--\r\n"):
    """Give a form of (name, filename or None, bytes)."""
    out = b""
    for name, filename, data in parts:
        more = "" if filename is None else f'; filename="{filename}"'
        out += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + data + b"\r\n"
    return out + b"--" + boundary.encode() + end


def post(port, path, data, kind="multipart/form-data; boundary=XX", **more):
    return harness.get(port, path, [("Content-Type", kind)] if kind else [], "POST", data, **more)


def parts(text):
    """Give the parts that /parts told: [(name, filename, type, bytes)]."""
    return [(*part[:3], bytes.fromhex(part[3])) for part in json.loads(text)]


def read(answer):
    """The same of an answer."""
    return parts(answer.text)
