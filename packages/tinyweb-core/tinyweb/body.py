# Reads the body of a request: with a length or in chunks (RFC 9112 6, 7.1). Loaded with the first body.
#
# CONTRACT. Nothing of a body is read before the handler asks. Each of these gives "nothing" (b"", 0) at the body's
# end, raises EOFError when the peer leaves before it, and HTTPException 400 for a broken chunk. A client that waits for
# 100 (Continue) gets it at the first read, so a refused upload costs nothing (RFC 9110 10.1.1).

from .connection import ticks_diff, ticks_ms
from .http import _TOKEN, HTTPException
from .wait import hold, own

# Who reads into nothing just waits until there is something.
_NOTHING = bytearray(0)

_HEX = b"0123456789abcdefABCDEF"


async def receive(c, mv, limit=0):
    """Read from a connection into a memoryview what is there, at least a byte; gives the count.

    limit: the ms that it may wait, if not io_timeout.

    Raises EOFError at the end of the stream.
    """
    n = c.n - c.pos
    if n:
        if n > len(mv):
            n = len(mv)
        mv[:n] = c.buf[c.pos : c.pos + n]
        c.pos += n
        return n
    part = c.part
    if part:
        # gone.look() has read it.
        n = min(len(part), len(mv))
        mv[:n] = part[:n]
        c.part = part[n:]
        return n
    try:
        while True:
            n = c.sock.readinto(mv)
            if n:
                c.count(n)
                return n
            if n == 0:
                raise EOFError
            c.since = ticks_ms()
            c.limit = limit or c.app.io_timeout * 1000
            await c.stream.readinto(_NOTHING)
    except (OSError, EOFError):
        c.dead = True
        raise
    finally:
        c.limit = 0


def _bad(req):
    # Where the body ends nobody knows any more: it is made too long to be read over, so the connection ends.
    req._left = 9999
    raise HTTPException(400)


async def readinto(req, buf):
    """Read what is there of the body into a buffer; gives the count, 0 at the body's end."""
    c = req._c
    mv = memoryview(buf)
    if not req._left or not len(mv):
        return 0
    if req._expect:
        req._expect = False
        await c.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if req._left < 0:
        # What comes next, -1 a chunk's size, -2 its CR LF, -3 the trailer, is noted at each step: a handler's own
        # timeout may end this anywhere, and it is called again.
        req._chunked = True
        if req._left == -2:
            if await _line(req):
                _bad(req)
            req._left = -1
        if req._left == -1:
            # chunk-size [;extensions]
            line = await _line(req)
            size = line.split(b";", 1)[0]
            if len(size) < len(line):
                size = size.rstrip(b" \t")
            if not size or len(size.lstrip(b"0")) > 8 or size.strip(_HEX):
                _bad(req)
            req._left = int(size, 16) or -3
        if req._left < 0:
            # Behind the last chunk; trailer fields are checked and dropped.
            for _ in range(16):
                line = await _line(req)
                if not line:
                    req._left = 0
                    return 0
                i = line.find(b":")
                if i < 1 or line[:i].strip(_TOKEN):
                    break
            _bad(req)
    n = await receive(c, mv if len(mv) <= req._left else mv[: req._left])
    req._left -= n
    if req._chunked and not req._left:
        req._left = -2
    return n


async def _line(req):
    # A line of the chunked coding, without its CR LF.
    c = req._c
    while True:
        i = c.buf.find(b"\n", c.pos, c.n) if c.buf else -1
        if i >= 0:
            line = bytes(c.buf[c.pos : i - 1])
            if i == c.pos or c.buf[i - 1] != 13 or b"\r" in line or b"\0" in line:
                _bad(req)
            c.pos = i + 1
            return line
        c.skip(c.pos)
        n = c.n
        if n > 512:
            _bad(req)
        hold(c)
        if c.buf is None:
            own(c)
        c.n = i = 0  # now receive() reads from the socket
        try:
            i = await receive(c, memoryview(c.buf)[n:])
        finally:
            c.n = n + i


def max_size(req):
    """Return the max_body_size of a request's route."""
    return req._head[11][3] if req._head[11] else 1024


def _too_long(req):
    raise HTTPException(413, "The body is longer than max_body_size, %d bytes" % max_size(req))


def ready(req):
    """Give the whole body (bytes) where it has come with the head, else None; HTTPException 413 as body()."""
    i = req._left
    if i > max_size(req):
        _too_long(req)
    c = req._c
    if 0 < i <= c.n - c.pos and not req._chunked:
        req._left = 0
        c.pos += i
        return bytes(memoryview(c.buf)[c.pos - i : c.pos])


def body(req):
    """Read the whole body, at most max_body_size bytes; raises HTTPException 413 above them."""
    return read(req)


async def read(req, n=-1):
    """Read at most n bytes of the body, b"" at its end; without n all of it, as body() does."""
    whole = n < 0
    if whole:
        n = max_size(req)
        buf = ready(req)
        if buf:
            return buf
    size = min(n, req._left) if req._left >= 0 and not req._chunked else 256 if whole else n
    buf = bytearray(size)
    mv = memoryview(buf)
    i = await readinto(req, mv)
    if not whole:
        return bytes(mv[:i])
    if req._chunked:
        # Its length is not known: it is gathered.
        out = bytearray()
        while i:
            if len(out) + i > n:
                _too_long(req)
            out.extend(mv[:i])
            i = await readinto(req, mv)
        return bytes(out)
    while i < size:
        i += await readinto(req, mv[i:])
    return bytes(buf)


async def drain(req):
    """Read over what a handler left of a body; gives whether it was short, and well-formed."""
    sink = memoryview(bytearray(256))
    n = 4096
    try:
        while n > 0:
            i = await readinto(req, sink)
            if not i:
                return True
            n -= i
    except HTTPException:
        pass  # nobody asked for this body: that its chunks are bad just ends the connection
    return False


async def linger(c):
    """Read on for half a second or so and at most 64 KiB: closing with input unread would reset our answer away."""
    sink = memoryview(bytearray(256))
    c.n = c.pos = 0
    c.part = b""
    since = ticks_ms()
    for _ in range(256):
        await receive(c, sink, 250)  # and what is left of the watchdog's step
        if ticks_diff(ticks_ms(), since) > 500:
            break
