# What to do with a body that the handler has not read. Loaded with the first of them, and before a connection with
# unread input is closed.

from .http import HTTPException
from .lazy import lazy
from .transport import GONE, ticks_diff, ticks_ms


async def drain(req):
    """Read over what a handler left of a body; return whether it was short, and well-formed."""
    sink = memoryview(bytearray(256))
    n = 4096
    try:
        while n > 0:
            i = await lazy.long_body.readinto(req, sink)
            if not i:
                return True
            n -= i
    except HTTPException:
        pass  # the handler did not ask for this body: that its chunks are malformed just ends the connection
    return False


async def linger(conn):
    """Read on for half a second or so and at most 64 KiB: closing with input unread would reset the response away.

    Raises EOFError when the client closes.
    """
    sink = bytearray(256)
    conn.n = conn.pos = 0
    conn.pending = b""
    begun = ticks_ms()
    turns = 256
    while turns and ticks_diff(ticks_ms(), begun) < 500:
        try:
            n = conn.sock.readinto(sink)
        except OSError:  # pragma: no cover  MicroPython: a PC's streams raise it where they wait
            conn.state = GONE
            raise
        if n == 0:
            raise EOFError
        if n is None:
            conn.since = ticks_ms()
            conn.limit = 250  # and what is left of the watchdog's step
            await conn.stream.readinto(memoryview(sink)[:0])
            conn.limit = 0
        turns -= 1
