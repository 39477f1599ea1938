# Bodies in chunks (RFC 9112 7.1). Loaded with the first of them.

from .body import too_long
from .http import _TOKEN, HTTPException
from .long_body import readinto, receive

# What req._body_left says of a chunked body while it is not a count of bytes: what comes next. It is noted at each
# step, as a handler's own timeout may end a read anywhere, and it is called again.
_SIZE = -1
_AFTER_DATA = -2
_TRAILER = -3

_HEX = b"0123456789abcdefABCDEF"


def _malformed(req):
    # Where the body ends is not known any more: it is made too long to be read over, so the connection ends.
    req._body_left = 9999
    raise HTTPException(400)


async def next_chunk(req):
    """Read up to the next chunk's data; return whether there is one. Raises HTTPException 400."""
    req._chunked = True
    if req._body_left == _AFTER_DATA:
        if await _line(req):
            _malformed(req)
        req._body_left = _SIZE
    if req._body_left == _SIZE:
        # chunk-size [;extensions]
        line = await _line(req)
        size = line.split(b";", 1)[0]
        if len(size) < len(line):
            size = size.rstrip(b" \t")
        if not size or len(size.lstrip(b"0")) > 8 or size.strip(_HEX):
            _malformed(req)
        req._body_left = int(size, 16) or _TRAILER
    if req._body_left > 0:
        return True
    # Behind the last chunk; trailer fields are checked and dropped.
    for _ in range(16):
        line = await _line(req)
        if not line:
            req._body_left = 0
            return False
        i = line.find(b":")
        if i < 1 or line[:i].strip(_TOKEN):
            break
    _malformed(req)


async def _line(req):
    # Return a line of the chunked coding, without its CR LF.
    conn = req._conn
    while True:
        buf = conn.buf
        i = buf.find(b"\n", conn.pos, conn.n)
        if i >= 0:
            line = bytes(buf[conn.pos : i - 1])
            if i == conn.pos or buf[i - 1] != 13 or b"\r" in line or b"\0" in line:
                _malformed(req)
            conn.pos = i + 1
            return line
        n = conn.n - conn.pos
        if n > 512:
            _malformed(req)
        buf[:n] = buf[conn.pos : conn.n]
        conn.pos = 0
        conn.n = i = 0  # now receive() reads from the socket
        try:
            i = await receive(conn, memoryview(buf)[n:])
        finally:
            conn.n = n + i


async def read_all(req, most):
    """Read the whole body, which is chunked; raises HTTPException 413 above `most` bytes."""
    mv = memoryview(bytearray(256))
    out = bytearray()
    while True:
        i = await readinto(req, mv)
        if not i:
            return bytes(out)
        if len(out) + i > most:
            too_long(req)
        out.extend(mv[:i])
