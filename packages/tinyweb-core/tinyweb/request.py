# One request: how its head is read, and the state of its body.

from .http import plain_head
from .lazy import lazy, out_of_resources, unload

# Bytes of a head that is compared with the next one; a longer one is parsed each time.
HEAD = 672


class request:
    # protocol.py sets _conn, the connection, and head: an __init__ with arguments would take one allocation more for
    # each request.
    _body_left = 0  # bytes of the body to come, or of this chunk; below 0 see body.py
    _chunked = False
    _expect = False  # whether the client waits for 100 (Continue)

    def __getattr__(self, name):
        # The rest of what a handler may ask of a request: as methods here it would cost each program 2 KB of heap.
        if name in ("json", "body", "read", "readinto", "read_parse_form_data"):
            return lazy.body.method(self, name)
        return lazy.request_attrs.get(self, name)


def read_head(app, conn):
    """Return the Head at the start of the buffer; None if it is not whole, behind an empty line, or without memory."""
    buf = conn.buf
    n = conn.n
    line = buf.find(b"\r\n", 0, n)
    if line < 1:
        return None
    try:
        head = app._heads and app._heads.find(app, conn, line)
        if head:
            return head
        mv = memoryview(buf)
        last = same = app._last_head
        raw = app._head_bytes
        if last:
            # The same fields behind another request line mean the same, and end with the same empty line.
            i = raw.find(b"\r\n")
            end = line + last.end - i
            if end > n or last._odd or mv[line:end] != memoryview(raw)[i:]:
                same = None
        if not same:
            end = buf.find(b"\r\n\r\n", line, n) + 4
            if end < 4:
                return None
        if lazy.tight and app._free_slots == app.max_concurrency:
            # Memory has run out before: this request must not find the modules of the last one in its way.
            out_of_resources(None)
            app._heads = None
        mv = mv[:end]
        if end > HEAD:
            raw = bytes(mv)
        else:
            # All heads are copied to one place: 600 bytes in one piece are more than a full heap has. A request that
            # still needs its own gets a copy first.
            i = None
            for other in app._connections:
                resp = other.resp
                if resp and resp.req.head.raw is raw:
                    last = resp.req.head
                    if resp._buffer_end >= 0:
                        i = resp
            if last:
                last.raw = bytes(raw) if i else b""
                app._last_head = None
            raw[:] = mv
        head = (
            end <= app.max_head and plain_head(raw, app.max_line, app.max_fields, same) or lazy.http_rare.read(app, raw)
        )
        if head.error:
            # Most programs meet a malformed head rarely, and no other head that needs this module.
            unload("http_rare")
            return head
    except MemoryError:
        return None  # partial_head.read_rest() tries again
    if app._stopping is not None:
        head.keep_alive = False
    if end <= HEAD:
        app._last_head = head
    return head
