# Reads the body of a request that has a length (RFC 9112 6.2); one in chunks is read with chunked_body.py. Loaded with
# the first body.
#
# CONTRACT. Nothing of a body is read before the handler asks. Each of these returns "nothing" (b"", 0) at the body's
# end, raises EOFError when the client leaves before it, and HTTPException 400 for a broken chunk. A client that waits
# for 100 (Continue) gets it at the first read, so a refused upload costs nothing (RFC 9110 10.1.1).

import sys

from .http import HTTPException
from .lazy import bind, lazy
from .transport import GONE, sleep_ms, ticks_ms

if sys.implementation.name == "micropython":  # pragma: no cover  MicroPython
    from json import loads
else:
    from .compat_cpython import loads

# Reading into nothing just waits until there is something.
_NOTHING = bytearray(0)
_turns = 0


def method(req, name):
    """Return a request's method of this module."""
    bind(type(req), name, _METHODS[name])
    return getattr(req, name)


def field(raw, name):
    """Return the value of the first field called name (bytes, lower case) in a parsed head, None if there is none."""
    n = len(name)
    i = raw.find(b"\n") + 1
    while len(raw) - i > n:
        if raw[i + n] == 58 and raw[i : i + n].lower() == name:
            # strip() alone would look at every byte.
            return bytes(raw[i + n + 1 : raw.find(b"\r", i)]).lstrip(b" \t").rstrip(b" \t")
        i = raw.find(b"\n", i) + 1
    return None


def kind(head):
    """Return the media type of a request's body from its Head: bytes, lower case, b"" if it says none."""
    if head.media_type is None:
        head.media_type = (field(head.raw, b"content-type") or b"").split(b";", 1)[0].rstrip().lower()
    return head.media_type


async def receive(conn, mv):
    """Read from a connection into a memoryview what is there, at least one byte; return the count.

    Raises EOFError at the end of the stream.
    """
    n = conn.n - conn.pos
    if n:
        n = min(n, len(mv))
        # A slice of the buffer itself would be a copy.
        mv[:n] = memoryview(conn.buf)[conn.pos : conn.pos + n]
        conn.pos += n
        return n
    part = conn.pending
    if part:
        # disconnects.probe() has read it.
        n = min(len(part), len(mv))
        mv[:n] = part[:n]
        conn.pending = part[n:]
        return n
    global _turns
    _turns = (_turns + 1) & 7
    try:
        if not _turns:
            # One client that sends as fast as its handler reads must not starve the others. With a limit, as else the
            # watchdog would look whether the client has gone, and read what comes.
            conn.since = ticks_ms()
            conn.limit = conn.app.io_timeout * 1000
            await sleep_ms(0)
        while True:
            n = conn.sock.readinto(mv)
            if n:
                if conn.progress:
                    conn.progress += 2 * n
                return n
            if n == 0:
                raise EOFError
            conn.since = ticks_ms()
            conn.limit = conn.app.io_timeout * 1000
            await conn.stream.readinto(_NOTHING)
    except (OSError, EOFError):
        conn.state = GONE
        raise
    finally:
        conn.limit = 0


async def readinto(req, buf):
    """Read what is there of the body into a buffer; return the count, 0 at the body's end."""
    mv = memoryview(buf)
    left = req._body_left
    n = len(mv)
    if not left or not n:
        return 0
    conn = req._conn
    if not conn.resp:
        raise OSError  # the request is over: a task that still reads would keep others from the connection
    if req._expect:
        req._expect = False
        # Not behind the head of the response, where it would be a part of the body.
        if conn.resp.state < 2:
            await conn.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if left < 0:
        if not await lazy.chunked_body.next_chunk(req):
            return 0
        left = req._body_left
    n = await receive(conn, mv if n <= left else mv[:left])
    left -= n
    if not left and req._chunked:
        left = -2  # chunked_body's AFTER_DATA
    req._body_left = left
    return n


def max_size(req):
    """Return the max_body_size of a request's route."""
    return req.head.route.max_body_size if req.head.route else 1024


def too_long(req):
    """Raise HTTPException 413."""
    raise HTTPException(413, "The body is longer than max_body_size, %d bytes" % max_size(req))


def ready(req):
    """Return the whole body (bytes) if it has come with the head, otherwise None; raises HTTPException 413."""
    left = req._body_left
    if left > max_size(req):
        too_long(req)
    conn = req._conn
    if 0 < left <= conn.n - conn.pos and not req._chunked:
        req._body_left = 0
        conn.pos += left
        return bytes(memoryview(conn.buf)[conn.pos - left : conn.pos])


def body(req):
    """Read the whole body, at most max_body_size bytes; raises HTTPException 413 above them."""
    return read(req)


async def read(req, n=-1):
    """Read at most n bytes of the body, b"" at its end; without n all of it, as body() does."""
    whole = n < 0
    if whole:
        buf = ready(req)
        if buf:
            return buf
        n = req._body_left
        if n < 0 or req._chunked:
            return await lazy.chunked_body.read_all(req, max_size(req))
    elif req._body_left >= 0 and not req._chunked:
        n = min(n, req._body_left)
    buf = bytearray(n)
    mv = memoryview(buf)
    i = await readinto(req, mv)
    if not whole:
        return bytes(mv[:i])
    while i < n:
        i += await readinto(req, mv[i:])
    return bytes(buf)


async def read_parse_form_data(req):
    """Read the body and decode it by its Content-Type (RFC 9110 8.3).

    Return a dict of str to str for a form, what json returns for JSON, {} for another body or none.
    Reads max_body_size bytes at most. Raises HTTPException 400 (malformed, too many pairs), 413 (too long) or 415
    (multipart, see tinyweb-multipart); EOFError if the client leaves.
    """
    if not req._body_left:
        return {}
    of = kind(req.head)
    form = of == b"application/x-www-form-urlencoded"
    if form or of[:12] == b"application/" and (of[12:] == b"json" or of[-5:] == b"+json"):
        data = ready(req) or await read(req)
        if not form:
            return decode_json(data)
        # Allow one pair for each 16 bytes of max_body_size, because a decoded pair takes about 100 bytes of heap.
        return lazy.urlencoding.parse_query_string(data, max(64, max_size(req) // 16))
    if of[:10] == b"multipart/":
        # The client's own bytes need not be UTF-8.
        raise HTTPException(415, "multipart/form-data is read by the package tinyweb-multipart")
    return {}


async def read_json(req):
    """Read the body and decode it as JSON, whatever its Content-Type (RFC 8259).

    Reads max_body_size bytes at most. Raises HTTPException 400 (malformed or empty) or 413 (too long); EOFError if the
    client leaves.
    """
    return decode_json(ready(req) or await read(req))


def decode_json(data):
    """Decode JSON (bytes); raises HTTPException 400 where it is malformed."""
    try:
        # It decodes UTF-8 itself.
        return loads(data)
    except (ValueError, RuntimeError):  # RuntimeError: nested too deep for CPython
        if data[:3] == b"\xef\xbb\xbf":
            return decode_json(data[3:])  # a byte order mark may be passed over (RFC 8259 8.1)
        raise HTTPException(400, "The body is not JSON" if data else "The body is empty, JSON was expected")


_METHODS = {
    "json": read_json,
    "body": body,
    "read": read,
    "readinto": readinto,
    "read_parse_form_data": read_parse_form_data,
}
