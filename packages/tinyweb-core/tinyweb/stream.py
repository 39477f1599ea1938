# A body that is sent piece by piece: gathered, framed, flushed. Loaded with the first send().
#
# CONTRACT. What is sent is gathered in a buffer. If the handler ends before that is full, the length is known, and
# head and body leave in one write. If the buffer fills, or the handler waits for something else than its client (see
# wait.turn()), what is there leaves: to a 1.1 client as a chunk (RFC 9112 7.1), to a 1.0 client raw, the close of the
# connection being the end. The buffer's first 6 bytes are kept for a chunk's size line, its last 7 for the chunk's
# CR LF and for the last chunk, so that a chunk leaves in one write without a copy.

from .connection import DONE, view
from .extension import room
from .http import _HTML, _TEXT


def send(resp, payload, off=0, sz=-1):
    """Send a piece of the body (str or bytes-like). Awaitable; raises OSError when the client has gone.

    off, sz: where in the bytes it begins, and how many it is at most, as in 1.x; -1 for all.
    """
    # What fits is only gathered.
    data = view(payload)
    if off or sz >= 0:
        data = data[off:] if sz < 0 else data[off : off + sz]
    i = resp._fill
    n = i + len(data)
    if n > resp._end:
        if resp._out:
            return _send(resp, data)
        _begin(resp, payload)
        return send(resp, data)
    resp._out[i:n] = data
    resp._fill = n
    return DONE


def start(resp, content_type=None):
    """Start a response of any type; its head leaves with what is sent first. Awaitable.

    content_type: what the Content-Type says; as set before, or guessed from what is sent first, if None.
    """
    if content_type:
        resp.add_header("Content-Type", content_type)
    resp._begun = True
    return DONE


def _begin(resp, payload):
    c = resp._connection()
    req = resp._req
    resp._begun = True
    resp._type = resp._type or (_HTML if isinstance(payload, str) and payload.startswith("<") else _TEXT)
    if c.pos < c.n or req._left < 0 or req._chunked or not (c.buf or c.held):
        gather(resp, bytearray(512))
    else:
        # The request's own buffer is free: nothing that is left to read goes through it.
        c.pos = c.n = 0
        gather(resp, c.buf or room("wait").own(c))


def gather(resp, out):
    """Gather what is sent in this buffer."""
    resp._out = out
    resp._end = len(out) - 7


async def _send(resp, data):
    i = 0
    while True:
        n = min(resp._end - resp._fill, len(data) - i)
        resp._out[resp._fill : resp._fill + n] = data[i : i + n]
        resp._fill += n
        i += n
        if i == len(data):
            return
        await flush(resp, False)
        await room("wait").breathe()


async def flush(resp, last=False):
    """Send what has been gathered now, instead of when the buffer is full or the handler waits."""
    c = resp._connection(True)
    room("wait").hold(c)  # what waits must not stand where others read
    if not (resp._sent or resp._held) and c.app._after:
        await room("dispatch").after(resp)
    await _send_rest(resp, c)
    data = pack(resp, last)
    await _send_rest(resp, c)
    await c.write(data)


async def _send_rest(resp, c):
    rest = resp._rest
    if rest:
        resp._rest = b""
        await c.write(rest)


def pack(resp, last):
    """Give what is to be sent now, framed; a head that is to go before it may be left in _rest."""
    n = resp._fill - 6
    resp._fill = 6
    head = b"" if resp._sent else resp._head(n if last else None)
    if resp._mute:
        return head
    if resp._left is not None:
        # The handler's own length is its promise: no byte more than it.
        n = min(n, resp._left)
        resp._left -= n
    resp.sent_bytes += n
    start = 6
    end = n + 6
    if not n:
        return b"0\r\n\r\n" if last and resp._chunked else head
    out = resp._out
    if resp._chunked:
        size = b"%x\r\n" % n
        start -= len(size)
        out[start:6] = size
        size = b"\r\n0\r\n\r\n" if last else b"\r\n"
        n = end
        end += len(size)
        out[n:end] = size
    data = memoryview(out)[start:end]
    if head:
        if end > 512:
            # Two writes are better than a copy of a kilobyte in a heap that may be in pieces.
            resp._rest = head
        else:
            data = head + bytes(data)
    return data
