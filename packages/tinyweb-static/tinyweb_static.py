# Files: send_file() sends one, static() serves a folder.

import os

from tinyweb.http import HTTPException

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "ico": "image/x-icon",
    "txt": "text/plain; charset=utf-8",
}


async def send_file(resp, filename, content_type=None, content_encoding=None, max_age=2592000, buf_size=1024):
    """Send a file; raises HTTPException 404 if it is not there."""
    try:
        if os.stat(filename)[0] & 0x4000:
            raise OSError
        f = open(filename, "rb")
    except (OSError, ValueError):
        raise HTTPException(404)
    with f:
        n = os.stat(filename)[6]
        name = filename.split("/")[-1]
        content_type = content_type or _TYPES.get(name.split(".")[-1].lower(), "application/octet-stream")
        lines = b"Content-Type: %s\r\nCache-Control: max-age=%d\r\n" % (content_type.encode(), max_age)
        if content_encoding:
            lines += b"Content-Encoding: %s\r\n" % content_encoding.encode()
        resp._type = lines
        resp._begun = True
        c = resp._c
        data = resp._head(n)
        if resp._mute:
            n = 0
        buf = bytearray(min(buf_size, n + len(data)))
        await c.send(data)
        mv = memoryview(buf)
        while n:
            got = f.readinto(mv[: min(n, len(mv))])
            if not got:
                raise OSError("%s is shorter than it was" % filename)
            await c.send(mv[:got])
            resp.sent_bytes += got
            n -= got
            await c.breathe()


def static(app, prefix, folder, index="index.html", max_age=2592000):
    """Serve the files of a folder below a URL."""
    prefix = prefix.rstrip("/") + "/"
    folder = folder.rstrip("/") + "/"

    def serve(req, resp, name):
        path = "/" + name
        if "/." in path or "//" in path or "\\" in path or "\0" in path:
            raise HTTPException(404)
        if path[-1] == "/":
            name += index
        return send_file(resp, folder + name, max_age=max_age)

    app.add_route(prefix + "<path:name>", serve, methods=("GET",))
