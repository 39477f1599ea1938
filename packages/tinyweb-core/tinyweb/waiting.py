# A handler that waits, a client that reads slowly, and what is sent beyond the buffer's room, which may have to wait
# for one. Loaded with the first of them.

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
    writing = resp._writing
    resp._writing = True
    if resp._buffer:
        resp._buffer_end = 0  # another task has to wait, see send()
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
        resp._writing = writing
        if resp._buffer:
            resp._buffer_end = len(resp._buffer) - 7


def release_slot(conn):
    """Give the slot back before the response is done: for a long one that needs no buffer."""
    if conn.pos == conn.n and not conn.resp.req._body_left:
        conn.free_slot()


async def send(resp, data):
    """Send data (a memoryview) that the buffer has no room for."""
    global _turns
    i = 0
    while resp._buffer:
        n = min(resp._buffer_end - resp._filled, len(data) - i)
        if n < 0:  # pragma: no cover  MicroPython: a PC's socket takes more
            # The client has not taken yet what another task has sent from this buffer, see write_rest().
            await sleep_ms(10)
            continue
        end = resp._filled + n
        resp._buffer[resp._filled : end] = data[i : i + n]
        resp._filled = end
        i += n
        if i == len(data):
            return
        await lazy.streaming.flush(resp)
        _turns = (_turns + 1) & 7
        if not _turns:
            # One busy client must not starve the others. A handler that ends while a task of its own yields here has
            # not sent all.
            resp._writing = True
            await sleep_ms(0)
            resp._writing = False
    raise OSError  # the response is over
