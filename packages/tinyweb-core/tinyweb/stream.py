# An answer that takes more than a handler that returns its body: a handler that waits or sends piece by piece, hooks,
# errors, a body left unread. Loaded with the first of these.
#
# CONTRACT. What is sent is gathered in a buffer. If the handler ends before that is full, the length is known, and
# head and body leave in one write. If the buffer fills, or the handler waits for something else than its client (see
# drive()), what is there leaves: to a 1.1 client as a chunk (RFC 9112 7.1), to a 1.0 client raw, the close of the
# connection being the end. The buffer's first 6 bytes are kept for a chunk's size line, its last 7 for the chunk's
# CR LF and for the last chunk, so that a chunk leaves in one write without a copy.

import sys

from .connection import DONE, sleep_ms, ticks_diff, ticks_ms
from .extension import room
from .http import _HTML, _TEXT, view


def send(resp, payload):
    # See response.send(). What fits is only gathered.
    data = view(payload)
    out = resp._out
    if out is None:
        resp._begun = True
        resp._type = resp._type or (_HTML if isinstance(payload, str) and payload.startswith("<") else _TEXT)
        req = resp._req
        c = req._c
        if c.pos == c.n and req._left >= 0 and not req._chunked:
            # The request's own buffer is free: nothing that is left to read goes through it.
            c.pos = c.n = 0
            out = c.buf
        else:
            out = bytearray(512)
        resp._out = out
    i = resp._fill
    n = i + len(data)
    if n > len(out) - 7:
        return _send(resp, data)
    out[i:n] = data
    resp._fill = n
    return DONE


async def _send(resp, data):
    out = resp._out
    i = 0
    while True:
        n = min(len(out) - 7 - resp._fill, len(data) - i)
        out[resp._fill : resp._fill + n] = data[i : i + n]
        resp._fill += n
        i += n
        if i == len(data):
            return
        await flush(resp, False)
        await breathe(resp._req._c)


async def flush(resp, last=False):
    """Send what has been gathered now, instead of when the buffer is full or the handler waits."""
    c = resp._req._c
    await _send_rest(resp, c)
    data = _pack(resp, last)
    await _send_rest(resp, c)
    await c.send(data)


async def _send_rest(resp, c):
    rest = resp._rest
    if rest:
        resp._rest = b""
        await c.send(rest)


def _pack(resp, last):
    # Give what is to be sent now, framed; a head that is to go before it may be left in _rest.
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


def drive(coro, value, resp):
    """Run a handler on from its first wait, whose value is given; gives what it returns.

    Whenever it waits for something else than its client, what it has sent so far leaves: a page that grows slowly is
    seen to grow, though nobody flushes by hand.
    """
    c = resp._req._c
    error = None
    while True:
        if not c.limit and resp._begun and (resp._fill > 6 or resp._rest or not resp._sent):
            # Without waiting; a copy of what the socket does not take, as the buffer is filled again before it goes.
            try:
                data = resp._rest or _pack(resp, False)
                if data is not resp._rest and resp._rest:
                    data = resp._rest + bytes(data)
                resp._rest = bytes(data[c.put(data) :])
            except Exception as e:
                # Not now: what the handler waits for will wake this task, which has to be there then.
                error = e
        try:
            yield value
        except BaseException as e:  # also what is thrown in to cancel us: the handler decides
            error = e
        resp._coro = None
        try:
            if error is None:
                value = coro.send(None)
            else:
                e = error
                error = None
                value = coro.throw(e)
        except StopIteration as e:
            return e.value


if sys.implementation.name != "micropython":
    from .cpython import awaitable

    drive = awaitable(drive)


async def wait_sent(c, data, n):
    """Send what the socket of a connection did not take of data (a memoryview) behind the first n bytes."""
    try:
        while n < len(data):
            # A small piece goes through the Stream, whose drain() is the public way to wait for room. TLS wants a write
            # that it refused again as it was: all of the rest.
            piece = data[n:] if c.app.tls else data[n : n + 256]
            c.since = ticks_ms()
            c.limit = c.app.io_timeout * 1000
            c.stream.write(piece)
            await c.stream.drain()
            c.limit = 0
            n += len(piece)
            if n < len(data):
                n += c.sock.write(data[n:]) or 0
            c.count(256)
    except OSError:
        c.dead = True
        raise


async def go_on(app, c, req, resp, result, error):
    """Do what is left of a request (see Engine._answer); gives whether the connection is kept."""
    c.begun = 0
    c.moved = 0
    c.mark = since = ticks_ms()
    hooks = app._hooks and not error
    try:
        if error:
            raise error
        if hooks:
            if app.allowed_hosts is not None:
                room("errors").check_host(app, req)
            for f in app._before:
                result = f(req, resp)
                if hasattr(result, "send"):
                    result = await result
                if result is not None or resp._begun:
                    break
            else:
                result = app._call(req, resp)
        if resp._coro:
            result = await drive(*resp._coro, resp)
        if hooks:
            await after(app, req, resp)
        await finish(resp, result)
    except Exception as e:
        if c.dead:
            raise OSError
        if isinstance(e, MemoryError):
            raise
        await room("errors").fail(app, req, resp, e)
    c.resp = None
    if app.access_log:
        app.access_log(req.peer, req.method, req.path, resp.code, resp.sent_bytes, ticks_diff(ticks_ms(), since))
    keep = resp._keep
    if req._left or error:
        body = room("body")

        # What is left is read over to keep the connection, or for a second before it is closed.
        keep = keep and await body.drain(req)
        if not keep:
            app._give(c)
            await body.linger(c)
    if keep:
        c.skip(c.pos)
    return keep


async def breathe(c):
    """Let other tasks run now and then: who always finds work would never wait, and they starve."""
    c.breath += 1
    if not c.breath & 7:
        await sleep_ms(0)


async def after(app, req, resp):
    """Call the hooks of after_request()."""
    for f in app._after:
        f = f(req, resp)
        if hasattr(f, "send"):
            await f


async def finish(resp, result):
    """Send what a handler returned, or the rest of what it has sent, and close the framing."""
    if not (resp._begun or resp.whole):
        if result is None and resp.code == 200:
            resp.code = 204
        await resp._req._c.send(resp._reply(b"" if result is None else result))
    if not resp._sent or resp._fill > 6 or resp._chunked or resp._rest:
        await flush(resp, True)
    if resp._left and not resp._mute:
        resp._keep = False  # fewer bytes than promised: the close says so
