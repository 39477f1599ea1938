# Reads the body of a request that has a length (RFC 9112 6.2); one in chunks is read with chunked_body.py. Loaded with
# the first body that has not come with its head, or that is read in parts.
#
# CONTRACT. Nothing of a body is read before the handler asks. Each of these returns "nothing" (b"", 0) at the body's
# end, raises EOFError when the client leaves before it, and HTTPException 400 for a broken chunk. A client that waits
# for 100 (Continue) gets it at the first read, so a refused upload costs nothing (RFC 9110 10.1.1).

from .lazy import lazy
from .transport import GONE, sleep_ms, ticks_ms

_turns = 0


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
            # Reading into nothing just waits until there is something.
            await conn.stream.readinto(bytearray(0))
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


async def read(req, n=-1):
    """Read at most n bytes of the body, b"" at its end; without n all of it, as body() does."""
    whole = n < 0
    if whole:
        buf = lazy.body.ready(req)
        if buf:
            return buf
        n = req._body_left
        if n < 0 or req._chunked:
            return await lazy.chunked_body.read_all(req, lazy.body.max_size(req))
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
