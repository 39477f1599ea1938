# A handler that waits, and a client that reads slowly. Loaded with the first of them.

from .lazy import lazy
from .response import SENT
from .transport import GONE, sleep_ms, ticks_ms

_turns = 0


def handler_waits(conn):
    """Note that a handler waits. If it waits for something else than its client, flush what it has sent so far.

    So a page that grows slowly is seen to grow, though the program never calls flush().
    """
    resp = conn.resp
    if conn.pos == conn.n and conn.buf is not None and resp._buffer is not conn.buf and not resp.req._body_left:
        conn.free_buffer()  # most handlers that wait need none
    if conn.limit:
        return
    conn.progress = 0  # this wait is not the client's fault
    if resp.state and not resp._hooks_run and (resp._filled > 6 or resp._unsent or resp.state < SENT):
        if resp.state < SENT and conn.app._after and lazy.dispatch.next_hook(resp):
            return  # a hook has to be awaited: it is, when the handler flushes or ends
        # Send without waiting, and copy what the socket does not take, as the buffer is filled again before it goes.
        # What the socket has refused is offered again as it was, alone: TLS wants that.
        data = resp._unsent or lazy.streaming.pack(resp, False)
        if data is not resp._unsent and resp._unsent:
            data = resp._unsent + bytes(data)
        resp._unsent = bytes(data[conn.try_write(data) :])


async def write_rest(conn, data, n):
    """Send what the socket did not take of data (a memoryview) behind the first n bytes."""
    resp = conn.resp
    writing = False
    if resp:
        writing = resp._writing
        resp._writing = True
    conn.progress = conn.progress or ticks_ms()
    try:
        while n < len(data):
            # A small piece goes through the Stream, whose drain() is the public way to wait for room. TLS wants all
            # that it refused once more, as it was.
            piece = data[n:] if conn.app.tls else data[n : n + 256]
            conn.since = ticks_ms()
            conn.limit = conn.app.io_timeout * 1000
            conn.stream.write(piece)
            await conn.stream.drain()
            n += len(piece)
            if n < len(data):
                n += conn.sock.write(data[n:]) or 0
            conn.progress += 512
    except BaseException:
        # Cut short, perhaps by a handler's own timeout: whatever came next would be in the wrong place.
        conn.abort()
        conn.state = GONE
        raise
    finally:
        conn.limit = 0
        if resp:
            resp._writing = writing


def release_slot(conn):
    """Give the slot back before the response is done: for a long one that needs no buffer."""
    if conn.pos == conn.n and not conn.resp.req._body_left:
        conn.free_slot()


async def yield_sometimes():
    """Yield at each eighth call, so that one busy client cannot starve the others."""
    global _turns
    _turns = (_turns + 1) & 7
    if not _turns:
        await sleep_ms(0)
