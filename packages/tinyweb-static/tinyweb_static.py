# Files: send_file() sends one, static() serves a folder or a packed module.
#
# CONTRACT. A request goes through three steps. _file() or _packed() finds what is there and the lines of the head that
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
import sys
import time

from tinyweb.http import HTTPException

# Suffix (lower case, without its dot) -> media type, for what _TYPES lacks.
mime_types = {}

# One text instead of a dict of small objects, which would take 2 KB. The commonest stand first: it is searched.
_TYPES = (
    b" html:text/html js:text/javascript css:text/css svg:image/svg+xml png:image/png json:application/json"
    b" ico:image/x-icon jpg:image/jpeg webp:image/webp woff2:font/woff2 gif:image/gif avif:image/avif"
    b" mjs:text/javascript map:application/json webmanifest:application/manifest+json txt:text/plain htm:text/html"
    b" jpeg:image/jpeg csv:text/csv xml:application/xml mp3:audio/mpeg mp4:video/mp4 wav:audio/wav webm:video/webm"
    b" wasm:application/wasm pdf:application/pdf gz:application/gzip "
)

_memo = (None,)
_sums = {}  # path -> checksum, of what lies in flash
# More than the system takes at once would be read twice, less costs time: 1 KiB where memory is short.
_buf = bytearray(1024 if hasattr(gc, "mem_free") and gc.mem_free() < 65536 else 4096)

# Only there are symbolic links, and boards have none of these.
_links = None
if sys.implementation.name != "micropython" or sys.platform in ("linux", "darwin"):
    import tinyweb_static_links as _links


def _stat(path, kind=8):
    # Give what os.stat() gives, None unless there is a file (or a folder, for kind 4).
    try:
        st = os.stat(path)
        return st if st[0] >> 12 == kind else None
    except (OSError, ValueError):
        return None


def _type(name):
    s = name[name.rfind(".") + 1 :].lower()
    t = mime_types.get(s) or mime_types.get("." + s)
    if t:
        t = t.encode()
    else:
        s = b" %s:" % s.encode()
        i = _TYPES.find(s)
        if i < 0:
            return b"application/octet-stream"
        i += len(s)
        t = _TYPES[i : _TYPES.find(b" ", i)]
    return t + b"; charset=utf-8" if t[:5] == b"text/" and b";" not in t else t


def _date(t):
    # Give a time as RFC 9110 5.6.7 writes it; b"" for one that a clock gave which nobody had set.
    t = time.gmtime(t)
    if t[0] < 2001:
        return b""
    return b"%s, %02d %s %d %02d:%02d:%02d GMT" % (
        b"MonTueWedThuFriSatSun"[t[6] * 3 : t[6] * 3 + 3],
        t[2],
        _MONTHS[t[1] * 3 : t[1] * 3 + 3],
        t[0],
        t[3],
        t[4],
        t[5],
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
            name = raw[i:colon].lower()
            value = raw[colon + 1 : end].strip()
            found[name] = found[name] + b"," + value if name in found else value
        i = end + 2


def _gzip(accept):
    # Tell whether an Accept-Encoding names gzip, and not with a weight of 0 (RFC 9110 12.5.3).
    if accept and b"gzip" in accept:
        for part in accept.split(b","):
            part = part.strip().split(b";")
            if part[0].strip() == b"gzip":
                return len(part) < 2 or part[1].strip(b" q=0.") != b""
    return False


def _range(value, size):
    # Give (first, count) of a Range, None for what is to be ignored (RFC 9110 14.2): several, or malformed.
    i = value.find(b"-")
    first = value[6:i].strip()
    last = value[i + 1 :].strip()
    if value[:6].lower() != b"bytes=" or i < 6 or not (first + last).isdigit():
        return None
    if not first:
        first = max(0, size - int(last))
        last = size - 1
    else:
        first = int(first)
        if last and int(last) < first:
            return None
        last = min(int(last), size - 1) if last else size - 1
    if first > last:
        raise HTTPException(416, None, {"Content-Range": "bytes */%d" % size})
    return first, last - first + 1


def _decide(resp, fields, etag, date, size, lines, meta):
    # Set the answer's code and the lines of its head; gives (first, count) of the bytes to send. lines go into a 304
    # too, meta does not (RFC 9110 15.4.5). A program's own code, such as 404 for a page that says so, has no conditions.
    first = 0
    method = resp._req._head[0]
    if resp.code == 200 and method in (b"GET", b"HEAD"):
        value = fields.get(b"if-none-match")
        since = fields.get(b"if-modified-since")
        if value is not None:
            same = value == b"*" or etag and etag in value
        else:
            same = date and since and _order(since) >= _order(date)
        if same:
            resp.code = 304
            meta = b""
            size = 0
        elif method == b"GET" and b"range" in fields:
            since = fields.get(b"if-range")
            if since is None or since and since in (etag, date):
                value = _range(fields[b"range"], size)
                if value:
                    resp.code = 206
                    meta += b"Content-Range: bytes %d-%d/%d\r\n" % (value[0], sum(value) - 1, size)
                    first, size = value
    lines = meta + lines
    resp._type = lines
    return first, size


def _file(resp, name, content_type, encoding, max_age, root=None):
    # Find a file, or its gzip sibling; gives (source, first, count), None if neither is there.
    global _memo
    raw = resp._req._raw
    key = (name, content_type, encoding, max_age, resp.code)
    memo = _memo
    if memo[0] is raw and memo[1] == key:
        st = _stat(memo[2])
        if st and st[6] == memo[3] and st[8] == memo[4]:
            resp.code = memo[5]
            resp._type = memo[6]
            return memo[7]
    fields = _fields(raw)
    path = name
    st = _stat(path)
    vary = b""
    if not encoding and name[-3:] != ".gz":
        gz = _stat(name + ".gz")
        if gz:
            vary = b"Vary: Accept-Encoding\r\n"
            # Where only the .gz is there, everybody gets it.
            if not st or _gzip(fields.get(b"accept-encoding")):
                st = gz
                path += ".gz"
                encoding = "gzip"
    if not st or root is not None and _links and not _links.inside(root, path):
        return None
    size = st[6]
    mark = st[8]
    date = mark and _date(mark)
    source = path
    if encoding == "gzip" and size > 18 or not mark:
        with open(path, "rb") as f:
            if not mark:
                try:
                    source = memoryview(f)
                except TypeError:
                    pass  # it does not lie in flash
            if encoding == "gzip":
                # Its trailer: a checksum and the length of what it holds (RFC 1952 2.3.1).
                f.seek(size - 8)
                mark = int.from_bytes(f.read(8), "little")
            elif source is not path:
                mark = _sums.get(path)
                if not mark:
                    from binascii import crc32

                    if len(_sums) > 63:
                        _sums.clear()
                    mark = _sums[path] = crc32(source)
    lines = b"Cache-Control: max-age=%d\r\n%s" % (max_age, vary)
    etag = None
    if mark:
        etag = b'"%x-%x"' % (size, mark)
        lines += b"ETag: %s\r\n" % etag
    content_type = content_type.encode() if content_type else _type(name)
    meta = b"Content-Type: %s\r\nAccept-Ranges: bytes\r\n" % content_type
    if encoding:
        meta += b"Content-Encoding: %s\r\n" % encoding.encode()
    if date:
        meta += b"Last-Modified: %s\r\n" % date
    plan = (source,) + _decide(resp, fields, etag, date, size, lines, meta)
    if len(raw) <= 1024:
        _memo = (raw, key, path, size, st[8], resp.code, resp._type, plan)
    return plan


def _packed(resp, module, name, max_age):
    # The same for a file of a packed module.
    if name not in module.NAMES:
        return None
    etag, lines, meta, data = module.FILES[module.NAMES.index(name)]
    lines += b"Cache-Control: max-age=%d\r\n" % max_age
    fields = _fields(resp._req._raw)
    return (memoryview(data),) + _decide(resp, fields, etag, None, len(data), lines, meta)


async def _pour(resp, plan):
    source, first, count = plan
    c = resp._req._c
    resp._begun = True
    if resp.code == 304 or resp._req._head[0] == b"HEAD":
        await c.send(resp._head(count))
    elif isinstance(source, str):
        with open(source, "rb") as f:
            if first:
                f.seek(first)
            await _copy(c, f, resp._head(count), count)
    else:
        source = source[first : first + count]
        head = resp._head(count)
        if count > 1024:
            await c.send(head)
            await c.send(source)
        else:
            await c.send(head + bytes(source))
    if not resp._mute:
        resp.sent_bytes = count


async def _copy(c, f, head, count):
    buf = _buf
    view = memoryview(buf)
    size = len(buf)
    n = len(head)
    buf[:n] = head
    turn = 0
    while True:
        got = f.readinto(view[n : n + count] if n + count < size else view[n:] if n else buf)
        if n + got < size and got < count:
            raise OSError("a file became shorter while it was sent")
        count -= got
        got += n
        sent = c.put(buf if got == size else view[:got])
        if sent < got:
            # Wait with a copy of a small piece (or of the head's rest); behind it the file is read again.
            end = min(got, max(n, sent + 256))
            piece = bytes(view[sent:end])
            if end < got:
                f.seek(end - got, 1)
                count += got - end
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
    HTTPException 404 if there is no such file, 416 for a range that is not in it.
    """
    global _buf
    if buf_size > len(_buf):
        _buf = bytearray(buf_size)
    for value in (content_type, content_encoding):
        if value and min(value) < " ":
            raise ValueError("Not allowed in a header: %r" % value)
    plan = _file(resp, filename, content_type, content_encoding, max_age)
    if not plan:
        raise HTTPException(404)
    return _pour(resp, plan)


def static(app, url_prefix, folder, index="index.html", max_age=0, fallback=None, mime_types=None):
    """Serve the files of a folder, or of a module made by the packer, below a URL.

    index: the file that answers for a folder. max_age: seconds that files may be cached unasked (0: a browser asks
    each time, and gets a 304). fallback: the file that answers for what is not there and has no dot in its last
    segment, for single-page programs. mime_types: more types, as in the dict of this name. Raises ValueError if the
    URL is taken.
    """
    globals()["mime_types"].update(mime_types or {})
    prefix = url_prefix.rstrip("/")
    packed = not isinstance(folder, str)
    root = packed or (folder.rstrip("/") if folder else ".")

    def find(resp, path):
        if packed:
            return _packed(resp, folder, path[1:], max_age)
        return _file(resp, root + path, None, None, max_age, root)

    def serve(req, resp, name):
        path = "/" + name
        # Nothing outside: no "..", no dot file, no empty segment, and nothing that another system takes for a slash.
        if "/." in path or "//" in path or "\\" in path or "\0" in path:
            raise HTTPException(404)
        plan = find(resp, path + (index or "") if path[-1] == "/" else path)
        if not plan:
            if path[-1] != "/" and (path[1:] + "/" + index in folder.NAMES if packed else _stat(root + path, 4)):
                slash(req, resp)
            plan = fallback and "." not in path[path.rfind("/") :] and find(resp, "/" + fallback)
            if not plan:
                raise HTTPException(404)
        return b"" if resp.code == 304 else _pour(resp, plan)

    def slash(req, resp):
        query = req._head[2]
        raise HTTPException(308, None, {"Location": (req._head[1] + (b"/?" if query else b"/") + query).decode()})

    app.add_route(prefix + "/<path:name>", serve, methods=("GET",))
    if prefix:
        app.add_route(prefix, slash, methods=("GET",))
