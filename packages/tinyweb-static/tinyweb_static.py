# Files: send_file() sends one, static() serves a folder or a packed module.
#
# CONTRACT. A request goes through three steps. _file() finds what is there and the lines of the head that
# tell about it. _decide() holds them against the request's conditions (RFC 9110 13, 14): 200, 206 or 304, and which
# bytes. _pour() sends these: the head and the first piece in one write.
#
# MEMORY. There is one buffer for all clients, and nobody holds it while he waits: what a socket does not take is read
# from the file again, so that a slow client costs a copy of 256 bytes. What lies in flash (ROMFS, a frozen module)
# is sent from there.
#
# What is called "the memo": a browser that polls sends the same head again and again, and the core gives the same
# object for it. Then one os.stat() tells whether the last decision still holds.

import asyncio
import gc
import os
import time

from tinyweb.http import HTTPException

# Suffix (lower case, without its dot) -> media type, for what _TYPES lacks.
mime_types = {}

# One text instead of a dict of small objects, which would take 2 KB. The commonest stand first: it is searched. "a/" is
# short for "application/".
_TYPES = (
    b" html:text/html js:text/javascript css:text/css svg:image/svg+xml png:image/png json:a/json ico:image/x-icon"
    b" jpg:image/jpeg webp:image/webp woff2:font/woff2 gif:image/gif avif:image/avif mjs:text/javascript map:a/json"
    b" webmanifest:a/manifest+json txt:text/plain csv:text/csv xml:a/xml mp3:audio/mpeg"
    b" mp4:video/mp4 wasm:a/wasm pdf:a/pdf "
)

_memo = (None,) * 8
# More than the system takes at once would be read twice, less costs time: 1 KiB where memory is short.
_buf = bytearray(4096 if getattr(gc, "mem_free", int)() > 65535 else 1024)


def _stat(path, kind=8):
    # Give what os.stat() gives of a file, or a folder (kind 4); None if there is none.
    try:
        st = os.stat(path)
        return st if st[0] >> 12 == kind else None
    except (OSError, ValueError):
        return None


def _type(name):
    s = name[name.rfind(".") + 1 :].lower()
    if s in mime_types:
        return mime_types[s].encode()
    s = b" %s:" % s.encode()
    i = _TYPES.find(s)
    if i < 0:
        return b"application/octet-stream"
    i += len(s)
    s = _TYPES[i : _TYPES.find(b" ", i)].replace(b"a/", b"application/")
    return s + b"; charset=utf-8" if s[:4] == b"text" else s


def _date(t):
    # Give a time as RFC 9110 5.6.7 writes it; b"" for one that a clock gave which nobody had set.
    t = time.gmtime(t)
    if t[0] < 2001:
        return b""
    return b"%s, %02d %s %d %02d:%02d:%02d GMT" % (
        (
            b"MonTueWedThuFriSatSun"[t[6] * 3 : t[6] * 3 + 3],
            t[2],
            _MONTHS[t[1] * 3 : t[1] * 3 + 3],
            t[0],
        )
        + t[3:6]
    )


_MONTHS = b"   JanFebMarAprMayJunJulAugSepOctNovDec"


def _order(date):
    # Give what orders dates in time, () for what is no date.
    return (date[12:16], _MONTHS.find(date[8:11]), date[5:7], date[17:25]) if len(date) == 29 else ()


def _fields(raw):
    # Give the fields of a head that may matter here, by name, in one pass: those with names as long as theirs (range,
    # if-range, if-none-match, accept-encoding, if-modified-since).
    found = {}
    i = raw.find(b"\n") + 1
    while True:
        end = raw.find(b"\r", i)
        if end <= i:
            return found
        colon = raw.find(b":", i)
        if colon - i in b"\x05\x08\x0d\x0f\x11":
            found[raw[i:colon].lower()] = raw[colon + 1 : end].strip()
        i = end + 2


def _gzip(accept):
    # Tell whether an Accept-Encoding names gzip, and not with a weight of 0 (RFC 9110 12.5.3).
    i = accept.find(b"gzip") + 4
    weight = accept[i:].split(b",")[0].strip()
    return i > 3 and (not weight or weight.strip(b"; q=0."))


def _range(value, size):
    # Give (first, end) of a Range, None for what is to be ignored (RFC 9110 14.2): several, or malformed.
    i = value.find(b"-")
    first = value[6:i].strip()
    last = value[i + 1 :].strip()
    if value[:6].lower() != b"bytes=" or i < 6 or not (first + last).isdigit():
        return None
    end = size
    if first:
        first = int(first)
        if last:
            end = int(last) + 1
            if end <= first:
                return None
            end = min(end, size)
    else:
        first = max(0, size - int(last))
    if first >= end:
        raise HTTPException(416, None, {"Content-Range": "bytes */%d" % size})
    return first, end


def _decide(resp, fields, source, etag, date, size, lines, meta):
    # Set the answer's code and the lines of its head; gives (source, first, count), what is to be sent. A 304 gets the
    # lines, but not meta (RFC 9110 15.4.5). A program's own code, such as 404 for a page that says so, stays.
    first = 0
    end = size
    method = resp._req._head[0]
    if resp.code == 200 and method in (b"GET", b"HEAD"):
        get = fields.get
        value = get(b"if-none-match")
        since = get(b"if-modified-since")
        if value == b"*" or etag and etag in value if value else date and since and _order(since) >= _order(date):
            resp.code = 304
            end = 0
            meta = b""
        elif method == b"GET" and get(b"if-range") in (None, etag, date):
            value = _range(get(b"range", b""), size)
            if value:
                first, end = value
                resp.code = 206
                meta += b"Content-Range: bytes %d-%d/%d\r\n" % (first, end - 1, size)
    resp._type = meta + lines
    return source, first, end - first


def _again(resp, key):
    # Give the last decision if it holds for this request too (see the memo, above).
    raw, last, path, size, mark, code, lines, plan = _memo
    if raw is resp._req._raw and last == key and resp.code == 200:
        st = _stat(path)
        if st and st[6] == size and st[8] == mark:
            resp.code = code
            resp._type = lines
            return plan


def _file(resp, key, name, content_type, encoding, max_age, inside=None):
    # Find a file, or its gzip sibling; gives what _decide() gives, None if neither is there.
    global _memo
    raw = resp._req._raw
    fields = _fields(raw)
    path = name
    st = _stat(path)
    lines = b"Cache-Control: max-age=%d\r\n" % max_age
    if not encoding and name[-3:] != ".gz":
        gz = _stat(name + ".gz")
        if gz:
            lines += b"Vary: Accept-Encoding\r\n"
            # Where only the .gz is there, everybody gets it.
            if not st or _gzip(fields.get(b"accept-encoding", b"")):
                st = gz
                path += ".gz"
                encoding = "gzip"
    if not st or inside and not inside(path, st):
        return None
    size = st[6]
    mark = st[8]
    date = _date(mark)
    source = path
    gz = encoding == "gzip" and size > 8
    if gz or not mark:
        with open(path, "rb") as f:
            if not mark:
                try:
                    source = memoryview(f)
                    from binascii import crc32

                    mark = crc32(source)
                except TypeError:
                    pass  # it does not lie in flash
            if gz:
                # Its trailer: a checksum and the length of what it holds (RFC 1952 2.3.1).
                f.seek(size - 8)
                mark = int.from_bytes(f.read(8), "little")
    etag = None
    if mark:
        etag = b'"%x-%x"' % (size, mark)
        lines += b"ETag: %s\r\n" % etag
    meta = content_type.encode() if content_type else _type(name)
    meta = b"Accept-Ranges: bytes\r\nContent-Type: %s\r\n" % meta
    if encoding:
        meta += b"Content-Encoding: %s\r\n" % encoding.encode()
    if date:
        meta += b"Last-Modified: %s\r\n" % date
    plan = _decide(resp, fields, source, etag, date, size, lines, meta)
    if len(raw) <= 1024 and resp.code < 400:
        _memo = (raw, key, path, size, st[8], resp.code, resp._type, plan)
    return plan


async def _pour(resp, source, first, count):
    c = resp._req._c
    resp._begun = True
    if resp.code == 304 or resp._req._head[0] == b"HEAD":
        return await c.send(resp._head(count))
    resp.sent_bytes = count
    if not isinstance(source, str):
        await c.send(resp._head(count))
        return await c.send(source[first : first + count])
    with open(source, "rb") as f:
        if first:
            f.seek(first)
        view = memoryview(_buf)
        size = len(view)
        head = resp._head(count)
        n = len(head)
        view[:n] = head
        turn = 0
        while True:
            # Before the n bytes of the head, if any, come as many as there is room for.
            end = min(n + count, size)
            if f.readinto(view[n:end]) != end - n:
                raise OSError(source)  # it became shorter
            count -= end - n
            sent = c.put(view[:end])
            if sent < end:
                # Wait with a copy of a small piece, and of the head's rest; behind it the file is read again.
                piece = bytes(view[sent : max(n, sent + 256)])
                sent += len(piece)
                if sent < end:
                    f.seek(sent - end, 1)
                    count += end - sent
                await c.send(piece)
            if not count:
                return
            n = 0
            turn += 1
            if not turn & 7:
                # A client that takes everything at once would leave no time to others.
                await asyncio.sleep(0)


def send_file(resp, filename, content_type=None, content_encoding=None, max_age=2592000, buf_size=0):
    """Send a file, or filename + ".gz" to a client that takes it; conditions and a Range are met (RFC 9110 13, 14).

    content_type: by the suffix if None. content_encoding: what the file itself is coded in, such as "gzip". max_age:
    seconds that it may be cached. buf_size: the least size of the buffer that all files share. A coroutine; raises
    HTTPException 404 if there is no such file, 416 for a range that is not in it, ValueError for a control character.
    """
    global _buf
    if buf_size > len(_buf):
        _buf = bytearray(buf_size)
    for value in content_type, content_encoding:
        if value and min(value) < " ":
            raise ValueError(value)
    args = filename, content_type, content_encoding, max_age
    plan = _again(resp, args) or _file(resp, args, *args)
    if not plan:
        raise HTTPException(404)
    return _pour(resp, *plan)


def static(app, url_prefix, folder, index="index.html", max_age=0, fallback=None, mime_types={}):
    """Serve the files of a folder, or of a module made by the packer, below a URL.

    index: the file that answers for a folder. max_age: seconds that files may be cached unasked (0: a browser asks
    each time, and gets a 304). fallback: the file that answers for what is not there and has no dot in its last
    segment, for single-page programs. mime_types: more types, as in the dict of this name. Raises ValueError if the
    URL is taken.
    """
    globals()["mime_types"].update(mime_types)
    url_prefix = url_prefix.rstrip("/")
    index = index or " "  # a name that no file has
    if isinstance(folder, str):
        folder = folder.rstrip("/") if folder else "."
        inside = None
        if hasattr(os, "getenv"):
            # An operating system: there may be symbolic links. Boards have none.
            from tinyweb_static_links import inside_of

            inside = inside_of(folder)

        def find(resp, path):
            plan = _file(resp, find, folder + path, None, None, max_age, inside)
            if not plan and _stat(folder + path, 4):
                redirect(resp._req, resp)
            return plan

    else:

        def find(resp, path):
            path = path[1:]
            if path in folder.NAMES:
                # A folder's name stands there with None.
                path = folder.FILES[folder.NAMES.index(path)] or redirect(resp._req, resp)
                etag, lines, meta, data = path
                lines += b"Cache-Control: max-age=%d\r\n" % max_age
                return _decide(resp, _fields(resp._req._raw), memoryview(data), etag, b"", len(data), lines, meta)

    def serve(req, resp, path):
        plan = _again(resp, find)
        if not plan:
            path = "/" + path
            # Nothing outside: no "..", dot file or empty segment, and nothing that another system takes for a slash.
            if not ("/." in path or "//" in path or "\\" in path or "\0" in path):
                plan = find(resp, path + index if path[-1] == "/" else path)
                if not plan and fallback and "." not in path[path.rfind("/") :]:
                    plan = find(resp, "/" + fallback)
            if not plan:
                raise HTTPException(404)
        return b"" if resp.code == 304 else _pour(resp, *plan)

    def redirect(req, resp):
        query = req._head[2]
        raise HTTPException(308, None, {"Location": (req._head[1] + (b"/?" if query else b"/") + query).decode()})

    app.add_route(url_prefix + "/<path:name>", serve, methods=("GET",))
    if url_prefix:
        app.add_route(url_prefix, redirect, methods=("GET",))
