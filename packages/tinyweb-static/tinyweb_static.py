# Files: send_file() sends one, static() serves a folder or a packed module.
#
# CONTRACT. A request goes through three steps. _file() finds what is there and the lines of the head that tell about
# it. decide() holds them against the request's conditions: 200, 206 or 304, and which bytes. _pour() sends these: the
# head and the first piece in one write.
#
# MEMORY. There is one buffer for all clients, and nobody holds it while he waits: what a socket does not take is read
# from the file again, so that a slow client costs a copy of 256 bytes. What lies in flash (ROMFS, a frozen module)
# is sent from there.
#
# What is called "the memo": a browser that polls sends the same head again and again, and the core gives the same
# object for it. Then one os.stat() tells whether the last decision still holds, and the answer's head is ready.

import asyncio
import gc
import os

from tinyweb.http import HTTPException
from tinyweb_static_words import about, coded, date, decide, fields, hidden, mime_types, takes_gzip  # noqa: F401

_memo = (None,) * 6, None, b""  # what it was about, the decision, the head
_forget = {"_memo": _memo}  # what the core sets when memory has run out
# More than the system takes at once would be read twice, less costs time. Where memory is short there is none: the
# kilobyte of the core that all requests come through serves.
_buf = bytearray(4096) if getattr(gc, "mem_free", int)() > 65535 else None


def _stat(path, kind=8):
    # Give what os.stat() gives of a file, or a folder (kind 4); None if there is none.
    try:
        st = os.stat(path)
        return st if st[0] >> 12 == kind else None
    except (OSError, ValueError):
        return None


def _plain(resp):
    # Whether the answer's head follows from the request alone: the program has set nothing.
    return resp.code == 200 and resp._req.head.keep_alive and not (resp.headers or resp._req._conn.app._after) and resp.version == "1.1"


def _again(resp, key):
    # Give the last decision if it holds for this request too (see the memo, above).
    note, plan, head = _memo
    raw, last, path, size, mark, code = note
    if raw is resp._req.head.raw and last == key and _plain(resp):
        st = _stat(path)
        if st and st[6] == size and st[8] == mark:
            resp.code = code
            return plan, None, head


def _file(resp, key, stat, max_age, name, content_type, encoding):
    # Find a file, or its gzip sibling; gives what decide() gives and a note for the memo, None if neither is there.
    raw = resp._req.head.raw
    plain = _plain(resp) and not resp._req._body_left and len(raw) <= 1024
    found = fields(raw)
    media, encoding = coded(name, encoding, content_type, resp.headers)
    path = name
    st = stat(path)
    vary = b""
    gz = not encoding and stat(name + ".gz")
    if gz:
        vary = b"Vary: Accept-Encoding\r\n"
        # Where only the .gz is there, everybody gets it.
        if not st or takes_gzip(found.get(b"accept-encoding", b"")):
            st = gz
            path += ".gz"
            encoding = "gzip"
    if not st:
        return None
    size = st[6]
    mark = st[8]
    day = date(mark)
    source = path
    gz = encoding == "gzip" and size > 8
    if gz or not mark:
        with open(path, "rb") as f:
            if not mark:
                try:
                    source = memoryview(f)
                    from binascii import crc32  # pragma: no cover  MicroPython's ROM file system

                    mark = crc32(source)  # pragma: no cover  the same
                except TypeError:
                    pass  # it does not lie in flash
            if gz:
                # Its trailer: a checksum and the length of what it holds (RFC 1952 2.3.1).
                f.seek(size - 8)
                mark = int.from_bytes(f.read(8), "little")
    etag = mark and b'"%x-%x"' % (size, mark)
    meta = about(media, encoding, day)
    plan = decide(resp, found, max_age, vary, source, size, etag, day, meta)
    return plan, plain and (raw, key, path, size, st[8], resp.code)


async def _pour(resp, plan, note=None, head=None):
    # Send what decide() has planned. note: what is to be remembered of it; head: the response's, where it is ready.
    global _memo
    made = await resp.send_prepared(*plan, head)
    if note and not head and not resp.headers:
        _memo = note, plan, made


def send_file(resp, filename, content_type=None, content_encoding=None, max_age=2592000, buf_size=None):
    """Send a file, or filename + ".gz" to a client that takes it; conditions and a Range are met (RFC 9110 13, 14).

    content_type: by the suffix if None. content_encoding: what the file itself is coded in, such as "gzip", which is
    also known of x.html.gz. max_age: in seconds. buf_size: 1.x's, without effect. A coroutine; raises HTTPException 404
    if there is no such file, 416 for a range that is not in it, ValueError for a control character.
    """
    if isinstance(filename, bytes):
        filename = filename.decode()
    # 1.x takes any max_age; one that is None is no time.
    args = int(max_age or 0), filename, content_type, content_encoding
    found = _again(resp, args) or _file(resp, args, _stat, *args)
    if not found:
        raise HTTPException(404)
    return _pour(resp, *found)


def static(app, url_prefix, folder, index="index.html", max_age=0, fallback=None, mime_types={}):  # noqa: F811
    """Serve the files of a folder, or of a module made by the packer, below a URL.

    index: the file that answers for a folder. max_age: in seconds (0: a browser asks each time). fallback: the file for
    what is not there and has no dot in its last segment, for single-page programs. mime_types: more types, as in the
    dict of this name. Raises ValueError if the URL is taken.
    """
    globals()["mime_types"].update(mime_types)
    url_prefix = url_prefix.rstrip("/")
    if isinstance(folder, str):
        folder = folder.rstrip("/") if folder else "."
        stat = _stat
        if hasattr(os, "getenv"):  # pragma: no branch  boards
            # An operating system: there may be symbolic links. Boards have none.
            from tinyweb_static_links import stat_in

            stat = stat_in(folder)

        def find(resp, path):
            path = folder + path
            return _file(resp, find, stat, max_age, path, None, None) or stat(path, 4) and redirect(resp._req, resp)

    else:

        def find(resp, path):
            if path[1:] in folder.NAMES:
                # A folder's name stands there with None.
                item = folder.FILES[folder.NAMES.index(path[1:])] or redirect(resp._req, resp)
                return (decide(resp, fields(resp._req.head.raw), max_age, b"", *item),)

    def serve(req, resp, path):
        found = _again(resp, find)
        if not found:
            # Nothing outside, and no dot file by whatever name.
            if not hidden(path):
                path = "/" + path
                found = find(resp, path + index if path[-1] == "/" else path)
                if not found and fallback and "." not in path[path.rfind("/") :]:
                    found = find(resp, "/" + fallback)
            if not found:
                raise HTTPException(404)
        return _pour(resp, *found)

    def redirect(req, resp):
        query = req.head.query
        raise HTTPException(308, None, {"Location": (req.head.path + (b"/?" if query else b"/") + query).decode()})

    app.add_route(url_prefix + "/<path:name>", serve, methods=("GET",))
    if url_prefix:
        app.add_route(url_prefix, redirect, methods=("GET",))
