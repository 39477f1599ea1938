# An answer that takes more than a handler that returns its body: a handler that waits or sends piece by piece, hooks,
# errors, a body left unread. Loaded with the first of these.
#
# CONTRACT. What is sent is gathered in a buffer. If the handler ends before that is full, the length is known, and
# head and body leave in one write. If the buffer fills, or the handler waits for something else than its client (see
# wait.turn()), what is there leaves: to a 1.1 client as a chunk (RFC 9112 7.1), to a 1.0 client raw, the close of the
# connection being the end. The buffer's first 6 bytes are kept for a chunk's size line, its last 7 for the chunk's
# CR LF and for the last chunk, so that a chunk leaves in one write without a copy.

from .connection import DONE, ticks_diff, ticks_ms, view
from .extension import room
from .http import _HTML, _TEXT


def send(resp, payload):
    """Send a piece of the body (str or bytes-like). Awaitable; raises OSError when the client has gone."""
    # What fits is only gathered.
    data = view(payload)
    i = resp._fill
    n = i + len(data)
    if n > resp._end:
        if resp._out:
            return _send(resp, data)
        _begin(resp, payload)
        return send(resp, payload)
    resp._out[i:n] = data
    resp._fill = n
    return DONE


def serving(resp):
    """Give the connection of a response; raises OSError when its request is over."""
    c = resp._req._c
    if c.resp is not resp:
        raise OSError
    return c


def _begin(resp, payload):
    c = serving(resp)
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
        await room("wait").breathe(resp._req._c)


async def flush(resp, last=False):
    """Send what has been gathered now, instead of when the buffer is full or the handler waits."""
    c = serving(resp)
    room("wait").hold(c)  # what waits must not stand where others read
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


async def go_on(app, c, req, resp, result, error):
    """Do what is left of a request, see Engine._converse()."""
    c.moved = 0
    c.mark = since = ticks_ms()
    error = error or req._head[10]
    try:
        if error:
            raise error
        if app._hooks:
            if app.allowed_hosts is not None:
                room("errors").check_host(app, req)
            for f in app._before:
                result = f(req, resp)
                if hasattr(result, "send"):
                    result = await result
                if result is not None or resp._begun or resp._sent:
                    break
            else:
                head = req._head
                route = head[11] or app._route(req)
                result = route[1](req, resp, *head[12])
                if hasattr(result, "send"):
                    result = await result
            await after(app, req, resp)
        await finish(resp, result)
    except Exception as e:
        if c.dead:
            raise OSError
        if isinstance(e, MemoryError):
            raise
        await room("errors").fail(app, req, resp, e)
    # Who sends later must not write where others are.
    resp._out = None
    resp._end = 0
    if app.access_log:
        app.access_log(req.peer, req.method, req.path, resp.code, resp.sent_bytes, ticks_diff(ticks_ms(), since))
    if req._left or req._head[10]:
        body = room("body")

        # What is left is read over to keep the connection, or for a second before it is closed.
        resp._keep = resp._keep and await body.drain(req)
        if not resp._keep:
            app._give(c)
            c.resp = None
            await body.linger(c)


async def after(app, req, resp):
    """Call the hooks of after_request()."""
    resp._held = True
    for f in app._after:
        f = f(req, resp)
        if hasattr(f, "send"):
            await f


async def reply(resp, result):
    """Send an answer as a whole; what was gathered before is dropped."""
    c = serving(resp)
    if resp._sent:
        raise ValueError("The head has left already")
    resp._fill = 6
    data = resp._reply(result)
    if not resp._sent:
        resp._sent = True
        resp.sent_bytes = len(data) - data.find(b"\r\n\r\n") - 4
    resp._begun = True
    await c.write(data)


async def finish(resp, result):
    """Send what a handler returned, or the rest of what it has sent, and close the framing."""
    if not (resp._begun or resp._sent):
        if result is None and resp.code == 200:
            resp.code = 204
        await reply(resp, b"" if result is None else result)
    if not resp._sent or resp._fill > 6 or resp._chunked or resp._rest:
        await flush(resp, True)
    if resp._left and not resp._mute:
        resp._keep = False  # fewer bytes than promised: the close says so
