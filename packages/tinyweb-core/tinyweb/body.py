# Reads the body of a request: with a length or in chunks (RFC 9112 6, 7.1). Loaded with the first body.
#
# CONTRACT. Nothing of a body is read before the handler asks. Each of these gives "nothing" (b"", 0) at the body's
# end, raises EOFError when the peer leaves before it, and HTTPException 400 for a broken chunk. A client that waits for
# 100 (Continue) gets it at the first read, so a refused upload costs nothing (RFC 9110 10.1.1).

from .http import HTTPException

_HEX = b"0123456789abcdefABCDEF"


async def readinto(req, buf):
    c = req._c
    mv = memoryview(buf)
    if not req._left or not len(mv):
        return 0
    if req._expect:
        req._expect = False
        await c.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    if req._left < 0:
        # chunk-size [;extensions]
        req._chunked = True
        line = await _line(c)
        size = line.split(b";")[0]
        if not size or len(size) > 8 or size.strip(_HEX):
            raise HTTPException(400)
        req._left = int(size, 16)
        if not req._left:
            # The last chunk; trailer fields are checked and dropped.
            req._left = -1
            for _ in range(16):
                line = await _line(c)
                if not line:
                    req._left = 0
                    return 0
                if line.find(b":") < 1 or line[0] < 33:
                    break
            raise HTTPException(400)
    n = await c.receive(mv if len(mv) <= req._left else mv[: req._left])
    if not n:
        c.dead = True
        raise EOFError
    req._left -= n
    if req._chunked and not req._left:
        req._left = -1
        if await _line(c):
            raise HTTPException(400)
    return n


async def _line(c):
    # A line of the chunked coding, without its CR LF.
    while True:
        i = c.buf.find(b"\n", c.pos, c.n)
        if i >= 0:
            line = bytes(c.buf[c.pos : i - 1])
            if i == c.pos or c.buf[i - 1] != 13 or b"\r" in line or b"\0" in line:
                raise HTTPException(400)
            c.pos = i + 1
            return line
        c.skip(c.pos)
        n = c.n
        if n > 512:
            raise HTTPException(400)
        c.n = 0  # now receive() reads from the socket
        i = await c.receive(memoryview(c.buf)[n:])
        if not i:
            c.dead = True
            raise EOFError
        c.n = n + i


async def read(req, n):
    whole = n < 0
    if whole:
        n = req.max_body_size
        if req._left > n:
            raise HTTPException(413)
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
                raise HTTPException(413)
            out.extend(mv[:i])
            i = await readinto(req, mv)
        return bytes(out)
    while i < size:
        i += await readinto(req, mv[i:])
    return bytes(buf)
