# A body that is sent in parts: gathered, framed, flushed. Loaded with the first send().
#
# CONTRACT. What is sent is gathered in a buffer. If the handler ends before that is full, the length is known, and
# head and body leave in one write. If the buffer fills, or the handler waits for something else than its client (see
# waiting.handler_waits()), what is there leaves: to a 1.1 client as a chunk (RFC 9112 7.1), to a 1.0 client raw, the
# close of the connection being the end. The buffer's first 6 bytes are kept for a chunk's size line, its last 7 for the
# chunk's CR LF and for the last chunk, so that a chunk leaves in one write without a copy.

from .http import _HTML, _TEXT
from .lazy import lazy
from .response import DONE, NEW, SENT, STARTED
from .transport import MICROPYTHON

if MICROPYTHON:
    # An awaitable that is done at once and costs nothing: a generator that has ended. asyncio takes it for a
    # coroutine, so wait_for(), gather() and create_task() take it too.
    NO_WAIT = (0 for _ in ())
    tuple(NO_WAIT)
    # Of str too: its bytes, without a copy.
    view = memoryview
else:
    from .compat_cpython import NO_WAIT, view


def send(resp, payload, off=0, sz=-1):
    """Send a part of the body (str or bytes-like). Awaitable; raises OSError when the client has gone.

    off, sz: where in the bytes it begins, and how many it is at most, as in 1.x; -1 for all.
    """
    # What fits is only gathered.
    data = view(payload)
    if off or sz >= 0:
        data = data[off:] if sz < 0 else data[off : off + sz]
    i = resp._filled
    n = i + len(data)
    if n > resp._buffer_end:
        if resp._buffer:
            return lazy.waiting.send(resp, data)
        _begin(resp, payload)
        return send(resp, data)
    resp._buffer[i:n] = data
    resp._filled = n
    return NO_WAIT


def method(name):
    """Return the method of a response that 1.x programs use most."""
    return send if name == "send" else start_html


def start_html(resp):
    """Start an HTML response; its head leaves with what is sent first. Awaitable."""
    resp.type_line = _HTML
    resp.state = resp.state or STARTED
    return NO_WAIT


def start(resp, content_type=None):
    """Start a response of any type; its head leaves with what is sent first. Awaitable.

    content_type: what the Content-Type says; as set before, or guessed from what is sent first, if None.
    """
    if content_type:
        resp.add_header("Content-Type", content_type)
    resp.state = resp.state or STARTED
    return NO_WAIT


# 1.x has no public way to start a response that is not HTML: its programs call this.
_send_headers = start


def gathered(resp, result):
    """Return all that a handler has sent, if it is still in the buffer, as if the handler had returned it."""
    if resp._buffer:
        result = bytes(memoryview(resp._buffer)[6 : resp._filled])
    elif result is None or result is NO_WAIT:
        result = b""
    resp.state = NEW
    resp._filled = 6
    resp._buffer = None
    resp._buffer_end = 0
    return result


def _begin(resp, payload):
    req = resp.req
    conn = req._conn
    if conn.resp is not resp or resp.state == DONE:
        lazy.framing.connection(resp)  # raises
    resp.state = resp.state or STARTED
    resp.type_line = resp.type_line or (_HTML if isinstance(payload, str) and payload.startswith("<") else _TEXT)
    if conn.pos < conn.n or req._body_left < 0 or req._chunked or not (conn.buf or conn.has_slot):
        gather(resp, bytearray(512))
    else:
        # The request's own buffer is free: nothing that is left to read goes through it.
        conn.pos = conn.n = 0
        gather(resp, conn.buf or conn.take_slot())


def gather(resp, buffer):
    """Gather what is sent in this buffer."""
    resp._buffer = buffer
    resp._buffer_end = len(buffer) - 7


async def flush(resp, last=False):
    """Send what has been gathered now, instead of when the buffer is full or the handler waits."""
    if resp._buffer and not resp._buffer_end:  # pragma: no cover  MicroPython: a PC's socket takes more
        return  # another task waits for the client, see waiting.write_rest(): it sends what is here, too
    conn = lazy.framing.connection(resp, True)
    if resp.state < SENT and not resp._hooks_run and conn.app._after:
        await lazy.dispatch.run_hooks(resp)
    await _send_unsent(resp, conn)
    data = pack(resp, last)
    await _send_unsent(resp, conn)
    await conn.write(data)


async def _send_unsent(resp, conn):
    unsent = resp._unsent
    if unsent:
        resp._unsent = b""
        await conn.write(unsent)


def pack(resp, last):
    """Return what is to be sent now, framed; a head that is to go before it may be left in _unsent."""
    n = resp._filled - 6
    resp._filled = 6
    head = b"" if resp.state >= SENT else lazy.framing.make_head(resp, n if last else None)
    if resp.no_body:
        return head
    if resp._promised is not None:
        # The program's own length is its promise: no byte more than it.
        n = min(n, resp._promised)
        resp._promised -= n
    resp.sent_bytes += n
    start = 6
    end = n + 6
    if not n:
        return b"0\r\n\r\n" if last and resp._chunked else head
    buffer = resp._buffer
    if resp._chunked:
        size = b"%x\r\n" % n
        start -= len(size)
        buffer[start:6] = size
        size = b"\r\n0\r\n\r\n" if last else b"\r\n"
        n = end
        end += len(size)
        buffer[n:end] = size
    data = memoryview(buffer)[start:end]
    if head:
        if end > 512:
            # Two writes are better than a copy of a kilobyte in a heap that may be in pieces.
            resp._unsent = head
        else:
            data = head + bytes(data)
    return data
