# Responses whose body lies ready in a file or in memory: for extensions such as tinyweb-static. Loaded with the first.

import gc

from .lazy import lazy
from .response import DONE, SENT, STARTED
from .transport import BUFFER, sleep_ms

# Larger pieces than the system takes at once would be read twice, smaller ones cost time. Where memory is short the
# buffers that no request needs at the moment are used.
_buffer = bytearray(4096) if getattr(gc, "mem_free", int)() > 65535 else None


def _borrow(conn):
    # Return a buffer that nothing is kept in: it may be used until the next await.
    if _buffer:
        return _buffer
    if conn.buf is not None and conn.pos == conn.n and len(conn.buf) == BUFFER:
        return conn.buf
    app = conn.app
    return app._spare_buffers[app._spare_count - 1] if app._spare_count else bytearray(BUFFER)


async def send_prepared(resp, source, first, count, length, ready=None):
    """Send a response with `count` bytes of a source as its body, from the one at `first` on, in as few writes as can be.

    source: the name of a file, or a bytes-like object. length: what the Content-Length says, which may be more than a
    response to HEAD sends (count is 0). The response's status and extra_lines, its Content-Type among them, are set
    before. Return the head as bytes, or None if it depends on more than these and the request's head; ready: what an
    earlier call returned for the same ones. What a handler has gathered before is dropped. Raises ValueError if the head
    has left already, OSError if the client leaves or the file is shorter.
    """
    conn = lazy.framing.connection(resp)
    if resp.state >= SENT:
        raise ValueError("The head has left already")
    if resp.state == STARTED:
        lazy.streaming.gathered(resp, None)
        resp.type_line = b""
    req = resp.req
    after = conn.app._after
    if after:
        await lazy.dispatch.run_hooks(resp)
    f = open(source, "rb") if count and isinstance(source, str) else None
    # From here on what fails can only cut the connection.
    plain = req.head.keep_alive and resp.version == "1.1" and not (resp.headers or after or req._body_left)
    head = ready if plain and ready else lazy.framing.make_head(resp, length)
    resp.state = SENT
    resp._writing = True
    resp.sent_bytes = count
    if f:
        with f:
            await _send_file(conn, head, f, first, count)
    else:
        n = conn.try_write(head)
        if n < len(head):
            await conn.write(head[n:])
        if count:
            lazy.waiting.release_slot(conn)
            await conn.write(memoryview(source)[first : first + count])
    resp._writing = False
    resp.state = DONE
    return head if plain else None


async def _send_file(conn, head, f, first, count):
    # Send the head and `count` bytes of an open file. Nothing is kept in a buffer while the client is slow: what its
    # socket has not taken is read from the file again.
    f.seek(first)
    n = len(head)
    turn = 0
    while True:
        buffer = _borrow(conn)
        view = memoryview(buffer)
        size = len(buffer)
        if n >= size:
            await conn.write(head)
            n = 0
            continue
        view[:n] = head[:n]
        # Behind the n bytes of the head, if any, come as many as there is room for.
        end = min(n + count, size)
        if f.readinto(view[n:end]) != end - n:
            raise OSError(f)  # it became shorter
        count -= end - n
        sent = conn.try_write(view[:end])
        if sent < end:
            # Wait without the slot, with a copy of a small piece and of the head's rest; the file is read again behind
            # it. TLS wants all that it refused once more, as it was.
            piece = bytes(view[sent : end if conn.app.tls else min(end, max(n, sent + 256))])
            sent += len(piece)
            if sent < end:
                f.seek(sent - end, 1)
                count += end - sent
            lazy.waiting.release_slot(conn)
            await conn.write(piece)
        if not count:
            return
        n = 0
        turn += 1
        if not turn & 7:
            # A client that takes everything at once would leave no time to others.
            await sleep_ms(0)
