# Responses whose body lies ready in a file or in memory: for extensions such as tinyweb-static. Loaded with the first.

import gc

from .lazy import lazy
from .response import DONE, SENT
from .transport import BUFFER, sleep_ms

# Larger pieces than the system takes at once would be read twice, smaller ones cost time: 200 KB take 4 times as many
# instructions in pieces of 1 KB. Where memory is short the buffers that no request needs at the moment are used.
_free = getattr(gc, "mem_free", int)()
_buffer = bytearray(4096 if _free > 65535 else 2048) if _free > 24576 else None


def _borrow(conn):
    # Return a buffer that nothing is kept in: it may be used until the next await.
    buf = conn.buf
    if buf is not None:
        if conn.pos == conn.n and len(buf) == BUFFER:
            return buf
        conn.take_slot()  # it may have been a spare one till now, with another request in it
    app = conn.app
    return app._spare_buffer or bytearray(BUFFER)


def _check(resp):
    # Drop what a handler, or a hook, has gathered; raises ValueError if the head has left.
    lazy.framing.connection(resp)
    if resp.state == SENT:
        raise ValueError("The head has left already")
    lazy.streaming.gathered(resp, None)
    resp.type_line = b""


def _begin(resp, count, length, ready):
    # Return the response's head. Kept out of send_prepared(), as a function's code lies in one piece of the heap.
    req = resp.req
    plain = req.head.keep_alive and not (resp.headers or req._conn.app._after or req._body_left)
    plain = plain and resp.version == "1.1"
    head = ready[0] if plain else None
    if not head:
        if resp.headers:
            # The source has its own length, whatever the program or a hook says.
            lazy.header_fields.set_fields(resp, None)
            for name in list(resp.headers):
                if str(name).lower() == "content-length":
                    del resp.headers[name]
        head = lazy.framing.make_head(resp, length)
        if plain:
            ready[0] = head
    resp.state = SENT
    resp._writing = True
    route = req.head.route
    if not (route and route.save_headers):
        # The next request need not keep this one's head: that takes 600 bytes in one piece. See request.read_head().
        resp._buffer_end = -1
    if count and not resp.no_body:  # the program may have set 304
        resp.sent_bytes = count
    return head


def _keep(f, view, sent, end, most):
    # Return a copy of a small piece of what the socket has not taken, and of the head's rest; the file is read again
    # behind it.
    piece = bytes(view[sent : min(end, most)])
    sent += len(piece)
    if sent < end:
        f.seek(sent - end, 1)
    return piece


async def _send(conn, head, source, first, count):
    # Send what is left of the head, and the body from memory.
    await conn.write(head)
    lazy.waiting.release_slot(conn)
    if count:
        await conn.write(memoryview(source)[first : first + count])


async def _run_hooks(resp):
    # Run the hooks of after_request(); return whether one has sent a response of its own.
    lines = resp.extra_lines
    resp.extra_lines = b""
    await lazy.dispatch.run_hooks(resp)
    if resp.state == DONE:
        return True  # these lines do not describe it
    if resp.state:
        _check(resp)
    resp.extra_lines += lines


async def send_prepared(resp, source, first, count, length, ready):
    """Send a response with `count` bytes of a source as its body, from the one at `first` on, in few writes.

    source: the name of a file, or a bytes-like object. length: what the Content-Length says, which is more than a
    response to HEAD sends (count is 0). The response's status and extra_lines, its Content-Type among them, are set
    before. ready: a list of one item, the head that an earlier call has put there, or None; a head is put there if it
    depends on these values, and on the request's method, version and keep_alive, alone. What a handler has gathered
    before is dropped. Raises ValueError if the head has left already, OSError if the client leaves or the file is
    shorter.
    """
    conn = resp.req._conn
    if resp.state or conn.resp is not resp:
        _check(resp)
    app = conn.app
    if app._after and await _run_hooks(resp):
        return
    f = None
    if count and isinstance(source, str):
        try:
            f = open(source, "rb")
        except OSError:
            # The program may send something else, which is no part of the file.
            resp.extra_lines = b""
            if resp.code == 206:
                resp.code = 200
            raise
    # From here on what fails can only cut the connection.
    head = _begin(resp, count, length, ready)
    count = resp.sent_bytes
    n = len(head)
    if not f:
        n = conn.try_write(head)
        if count or n < len(head):
            await _send(conn, head[n:], source, first, count)
        resp._writing = False
        resp.state = DONE
        return
    with f:
        if first:
            f.seek(first)
        if n >= BUFFER:
            await conn.write(head)
            n = 0
        view = None
        turn = 0  # pieces until others have a turn
        while count or n:
            # A client that takes everything at once would leave no time to others, nor to the program's tasks.
            turn = turn or (2 if len(app._connections) > 1 else 8)
            # Nothing is kept in the buffer while the client is slow: what its socket has not taken is read from the
            # file again. Behind the n bytes of the head, if any, come as many of the file as there is room for.
            if not view:
                view = memoryview(_buffer or _borrow(conn))
                size = len(view)
            if n:
                view[:n] = head
            end = min(n + count, size)
            piece = view if end == size else view[:end]
            if f.readinto(view[n:end] if n else piece) != end - n:
                raise OSError(source)  # it became shorter
            count -= end - n
            sent = conn.try_write(piece)
            if sent < end:
                # Wait without the slot. TLS wants all that it refused once more, as it was.
                piece = _keep(f, view, sent, end, end if app.tls else max(n, sent + 256))
                count += end - sent - len(piece)
                lazy.waiting.release_slot(conn)
                await conn.write(piece)
                view = _buffer and view
            n = 0
            turn -= 1
            if count and not turn:
                await sleep_ms(0)
                view = _buffer and view
    resp._writing = False
    resp.state = DONE
