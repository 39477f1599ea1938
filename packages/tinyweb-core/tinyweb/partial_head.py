# Heads that do not come whole or find no memory, and requests that come together. Loaded with the first of them.

from .http import Head, HTTPException
from .lazy import lazy, unload_all
from .request import read_head
from .transport import BUFFER, sleep_ms, ticks_ms


def set_aside(conn, i):
    """Keep what was received behind the first i bytes while the connection has no buffer."""
    part = bytes(memoryview(conn.buf)[i : conn.n])
    conn.pending = part + conn.pending if conn.pending else part  # what disconnects.probe() has read came later
    conn.free_slot()


def restore(app, conn):
    """Put what was set aside into a buffer, and read what has come behind it.

    Return the count of bytes read, 0 at the end of the stream, None if there are none now.
    """
    buf = conn.take_slot()
    n = len(conn.pending)
    if n >= BUFFER:
        conn.free_buffer()
        conn.buf = buf = bytearray(min(2 * n, app.max_head))
    buf[:n] = conn.pending
    conn.pending = b""
    conn.n = n
    if n == len(buf):
        return None
    got = conn.sock.readinto(memoryview(buf)[n:])
    conn.n += got or 0
    return got


async def resume(app, conn):
    """Go on with a request that was received during another one; other connections get a turn first."""
    await sleep_ms(0)
    await _restore_in_turn(app, conn)


async def _restore_in_turn(app, conn):
    # Return what restore() returns, when there is a slot.
    if app._free_slots or conn.has_slot:
        return restore(app, conn)
    return await lazy.admission.wait_for_slot(app, conn)


def _skip_blank_lines(conn, skipped):
    # Drop the empty lines before a request (RFC 9112 2.2), 8 of them at most; return their bytes.
    i = 0
    buf = conn.buf
    while i + 1 < conn.n and buf[i] == 13 and buf[i + 1] == 10:
        i += 2
    if i:
        conn.n -= i
        buf[: conn.n] = buf[i : conn.n + i]
        if i + skipped > 16:
            raise HTTPException(400)
    return i


def _check(app, conn):
    # Raise HTTPException for a head that is not whole, and never will be right.
    n = conn.n
    i = conn.buf.find(b"\n", 0, n)
    if conn.buf[0] == 13:
        raise HTTPException(400)
    if i == 0 or i > 0 and conn.buf[i - 1] != 13:
        raise HTTPException(400)  # a bare LF: the end of such a head would never be found
    if (n if i < 0 else i) > app.max_line:
        raise HTTPException(414)
    if n >= app.max_head:
        raise HTTPException(431)


async def read_rest(app, conn):
    """Return the Head whose beginning is in the buffer, when it has come; a full buffer is replaced by a larger one.

    While the connection waits it holds a few bytes, and no slot. A whole head for which there was no memory is tried
    again. Raises EOFError if the client leaves, MemoryError.
    """
    begun = ticks_ms()
    blank = tries = 0
    try:
        while True:
            blank += _skip_blank_lines(conn, blank)
            n = conn.n
            if n > 1 or n and conn.buf[0] != 13:
                head = read_head(app, conn)
                if head:
                    return head
                if conn.buf[0] != 13 and conn.buf.find(b"\r\n\r\n", 0, n) >= 0:
                    # Memory has run out. Nothing has been done for this request: it begins anew.
                    tries += 1
                    if tries > 2:
                        raise MemoryError
                    if tries == 2:
                        app._second_buffer = None  # 1 KiB in one piece
                    app._heads = None
                    unload_all()
                    continue
                _check(app, conn)
            full = n == len(conn.buf)
            set_aside(conn, 0)
            while conn.buf is None:
                if not full:
                    conn.since = begun
                    conn.limit = app.request_timeout * 1000
                    if not n:
                        # An empty line is no request yet: the time for a head begins with what comes next.
                        conn.since = ticks_ms()
                        conn.limit = app._idle_ms
                    await conn.stream.readinto(bytearray(0))
                    conn.limit = 0
                    if not n:
                        begun = ticks_ms()
                full = False
                if await _restore_in_turn(app, conn) == 0:
                    raise EOFError
    except HTTPException as e:
        head = Head()
        head.error = e
        return head
