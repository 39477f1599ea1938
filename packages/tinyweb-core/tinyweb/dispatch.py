# A request that takes more than a handler that returns its body at once: hooks, handlers that wait, results of all
# kinds, errors, a body left unread. Loaded with the first of these.
#
# CONTRACT. go_on() calls the handler, unless the engine has, and sees a response to its end. A response is complete
# (response.whole) when all of its bytes are framed: nothing may follow it then, by whatever call, and an exception does
# not take it away. The hooks of after_request() run once for each response, before its head is made.

from asyncio import CancelledError

from .connection import DONE, MICROPYTHON, NO_YIELD, ticks_diff, ticks_ms
from .extension import room


async def go_on(app, c, req, resp, result, error):
    """Do what is left of a request, see Engine._converse()."""
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
    except (Exception, CancelledError) as e:
        check(c, e)
        if isinstance(e, MemoryError) and not resp.whole:
            raise
        await room("errors").fail(app, req, resp, e)
    # A task that outlives the request must not write into this buffer.
    resp._out = None
    resp._end = 0
    if app.access_log:
        ms = ticks_diff(ticks_ms(), since)
        try:
            app.access_log(req.peer, req.method, req.path, resp.code, resp.sent_bytes, ms)
        except Exception as e:
            room("errors").log("The access log failed", e)
    if req._left or head[10]:
        body = room("body")

        # What is left is read over to keep the connection, or for a moment before it is closed.
        resp._keep = resp._keep and await body.drain(req)
        if not resp._keep:
            app._give(c)
            if not resp._then:
                c.resp = None
            await body.linger(c)


def check(c, error):
    """Raise what ends a connection: OSError if its client has gone, CancelledError if the request was cancelled.

    A handler that awaits a task which was cancelled has failed like any other, and the connection goes on. On CPython a
    task tells whether it was cancelled itself (from 3.11 on): asyncio.run() does that to all of them at its end.
    """
    if isinstance(error, CancelledError):
        asked = getattr(c.task, "cancelling", lambda: not MICROPYTHON)
        if c.dead > 0 or c.app._stopping is not None or asked():
            raise error
    elif c.dead is True:
        raise OSError


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
    resp._left = resp._out = None
    resp._fill = 6
    resp._end = 0
    if not resp._held:
        resp._due_hooks = None  # the next response is another one to them
    if resp.headers:
        room("fields").drop_body_fields(resp)


async def reply(resp, result):
    """Send a response as a whole; what was gathered before is dropped."""
    c = resp._connection()
    if resp._sent:
        raise ValueError("The head has left already")
    if c.app._after and not resp._held:
        # The hooks see the status and the fields that the handler returned.
        if isinstance(result, (tuple, dict, list)):
            result = room("results").shape(resp, result)
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
    if resp._released and result is not None and not resp.sent_bytes and resp._fill == 6:
        await room("stream").send(resp, result)  # release() has sent the head alone
    if resp._writing or resp.whole is None:
        raise RuntimeError("A task of the handler's is still sending this response: await it")
    if not (resp._out or resp._sent) and not (resp._begun and result is None):
        if result is None and resp.code == 200:
            resp.code = 204
        await reply(resp, b"" if result is None else result)
    if not resp._sent or resp._fill > 6 or resp._chunked or resp._rest:
        await room("stream").flush(resp, True)
    if resp._left and not resp._mute:
        resp._keep = False  # fewer bytes than promised: the close says so
