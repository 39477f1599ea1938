# An answer that takes more than a handler that returns its body: a handler that waits or sends piece by piece, hooks,
# errors, a body left unread. Loaded with the first of these.
#
# CONTRACT. What is sent is gathered in a buffer. If the handler ends before that is full, the length is known, and
# head and body leave in one write. If the buffer fills, or the handler waits for something else than its client (see
# wait.turn()), what is there leaves: to a 1.1 client as a chunk (RFC 9112 7.1), to a 1.0 client raw, the close of the
# connection being the end. The buffer's first 6 bytes are kept for a chunk's size line, its last 7 for the chunk's
# CR LF and for the last chunk, so that a chunk leaves in one write without a copy.

from .connection import DONE, NO_YIELD, ticks_diff, ticks_ms, view
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
    """Return the connection of a response; raises OSError when its request is over."""
    c = resp._req._c
    if c.resp is not resp:
        raise OSError
    return c


def open_body(resp):
    """Return the connection of a response that may still be sent to; raises RuntimeError when it is complete."""
    c = serving(resp)
    if resp.whole:
        raise RuntimeError("This response is complete: nothing more of it can be sent")
    return c


def start(resp, content_type=None):
    """Start a response of any type; its head leaves with what is sent first. Awaitable.

    content_type: what the Content-Type says; as set before, or guessed from what is sent first, if None.
    """
    if content_type:
        resp.add_header("Content-Type", content_type)
    resp._begun = True
    return DONE


def _begin(resp, payload):
    c = open_body(resp)
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
    if not (resp._sent or resp._held) and c.app._after:
        await after(resp)
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
    head = req._head
    try:
        if error or head[10]:
            raise error or head[10]
        if app._hooks:
            if app.allowed_hosts is not None:
                room("errors").check_host(app, req)
            hooks = app._before
            # A preflight carries no credentials: a hook that asks for a login must not see it (Fetch 3.2.2).
            if hooks and head[0] == b"OPTIONS" and room("errors").is_automatic(app, req):
                hooks = ()
            for f in hooks:
                result = f(req, resp)
                if hasattr(result, "send"):
                    result = await result
                if result is not None or resp._begun or resp._sent:
                    break
            else:
                route = head[11] or app._route(req)
                result = route[1](req, resp, *head[12])
        await finish(resp, result)
    except Exception as e:
        if c.dead:
            raise OSError
        if isinstance(e, MemoryError) and not resp.whole:
            raise
        await room("errors").fail(app, req, resp, e)
    # A task that outlives the request must not write into this buffer.
    resp._out = None
    resp._end = 0
    if app.access_log:
        app.access_log(req.peer, req.method, req.path, resp.code, resp.sent_bytes, ticks_diff(ticks_ms(), since))
    if req._left or head[10]:
        body = room("body")

        # What is left is read over to keep the connection, or for a moment before it is closed.
        resp._keep = resp._keep and await body.drain(req)
        if not resp._keep:
            app._give(c)
            if not resp._then:
                c.resp = None
            await body.linger(c)


def next_hook(resp):
    """Call the after_request() hooks that have not run yet; return one that has to be awaited, None if none is left."""
    todo = resp._due_hooks
    if todo is None:
        todo = resp._due_hooks = list(resp._req._c.app._after)
    while todo:
        f = todo[0]
        if not hasattr(f, "send"):
            f = todo[0] = f(resp._req, resp)
        if hasattr(f, "send"):
            return f
        todo.pop(0)


async def after(resp):
    """Call the hooks of after_request(), once, before the head is made. An extension that sends a head awaits it."""
    resp._held = True
    try:
        while next_hook(resp):
            await resp._due_hooks.pop(0)
    finally:
        resp._held = False


def discard(resp):
    """Drop the body in the making. Header fields stay, but for those that describe that body (RFC 9110 8)."""
    resp._begun = resp._chunked = resp._mute = False
    resp._type = resp._rest = b""
    resp._left = None
    resp._fill = 6
    if not resp._held:
        resp._due_hooks = None  # the next response is another one to them
    if resp.headers:
        room("answer").drop_body_fields(resp)


async def reply(resp, result):
    """Send a response as a whole; what was gathered before is dropped."""
    c = open_body(resp)
    if resp._sent:
        raise ValueError("The head has left already")
    if c.app._after and not resp._held:
        # The hooks see the status and the fields that the handler returned.
        if isinstance(result, (tuple, dict, list)):
            result = room("answer").shape(resp, result)
        await after(resp)
        if resp._sent:
            return  # a hook has sent a response of its own
    resp._fill = 6
    data = resp._reply(result)
    if not data:
        raise TypeError(NO_YIELD)
    if not resp._sent:
        resp._sent = True
        resp.sent_bytes = len(data) - data.find(b"\r\n\r\n") - 4
    resp._begun = True
    resp._out = None
    resp._end = 0
    # Fewer bytes than a length that the program promised: the response is not complete, and the close says so.
    resp.whole = resp._mute or not resp._left
    await c.write(data)


async def finish(resp, result):
    """Send what a handler returned, or the rest of what it has sent, and close the framing."""
    while hasattr(result, "send"):
        result = await result  # a coroutine that a handler returned, such as resp.redirect()
    if result is DONE:
        result = None
    if not (resp._out or resp._sent) and not (resp._begun and result is None):
        if result is None and resp.code == 200:
            resp.code = 204
        await reply(resp, b"" if result is None else result)
    elif result is not None and resp._req._c.app.debug:
        room("hints").returned(resp._req)
    if not resp._sent or resp._fill > 6 or resp._chunked or resp._rest:
        await flush(resp, True)
    if resp._left and not resp._mute:
        resp._keep = False  # fewer bytes than promised: the close says so
