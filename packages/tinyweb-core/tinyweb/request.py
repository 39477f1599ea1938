# ONE request: its head, as parse_head() gave it.


from .extension import room
from .http import HTTPException, head_end, parse_head

# The bytes of a slot's buffer; a longer head gets a buffer of its own.
BUFFER = 1024


def read_head(app, c, blank=0):
    """Return the head at the start of a buffer (see Engine._memo), None while it is not whole.

    blank: see stop.begins().
    """
    try:
        if c.buf[0] == 13 and not room("stop").begins(c, blank):
            return None
        n = c.n
        end = head_end(c.buf, n, app.max_line)
        if end > app.max_head or end < 0 and n >= app.max_head:
            raise HTTPException(431)
        if end < 0:
            return None
        raw = bytes(memoryview(c.buf)[:end])
        head = list(parse_head(raw, app.max_line, app.max_fields, app.tls))
    except HTTPException as e:
        return [b"", b"", b"", 11, b"", False, 0, False, b"", False, e, None, (), 0, None]
    head[5] = head[5] and app._stopping is None
    head += (raw, head[3] > 10 and head[0] != b"HEAD", None, None, (), end, None)
    if end <= BUFFER:
        app._memo = head
    return head


class request:
    # _left are the bytes to come of the body, or of this chunk if it is _chunked; -1 before a chunk.
    _left = 0
    _chunked = False
    _expect = False

    # The engine sets _c, the connection, and _head (see Engine._memo): an __init__ with arguments would take an
    # allocation more for each request.

    def __getattr__(self, name):
        # All that a handler may ask of a request stands in ask.py: as methods here it would cost each program 2 KB of
        # heap (on 64 bit), and each request the time to store what nobody reads.
        return room("ask").ask(self, name)
