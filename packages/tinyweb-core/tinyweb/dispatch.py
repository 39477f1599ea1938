# A request that takes more than a handler that returns its body at once: hooks, handlers that send, results of all
# kinds, a body left unread. Loaded with the first of these.
#
# CONTRACT. go_on() calls the handler, if serve_connection() has not, and sees a response to its end. The hooks of
# after_request() run once for each response, before its head is made.

from asyncio import CancelledError

from .lazy import lazy, unload_all
from .response import DONE, NEW, SENT
from .transport import GONE, MICROPYTHON, OPEN, sleep_ms, ticks_diff, ticks_ms


async def go_on(app, conn, req, resp, result, error):
    """Do what is left of a request after the fast path of serve_connection().

    Where memory runs out before anything has left, the lazy modules are unloaded, and what failed is done again: the
    making of the response to an error, or to what a handler has returned; handlers themselves are called again only for
    safe methods (RFC 9110 9.2.1), and where a guard says that it has not reached its handler. MemoryError is raised
    where that is not enough.
    """
    conn.progress = since = ticks_ms()
    # Whether the handler is still to be called, see serve_connection().
    due = error and not isinstance(error, BaseException)
    error = req.head.error if due else error
    failed = None  # what failures.py responds to
    tries = 3
    while True:
        try:
            if failed:
                await lazy.failures.fail(app, req, resp, failed)
                break
            if error:
                raise error
            if due:
                result = await call_handler(app, req, resp)
            await finish(resp, result)
            break
        except (Exception, CancelledError) as e:
            error = None
            link = resp._released
            if link and link is not True:
                try:
                    # It may have ended by its handler's own will: what that raises then is logged all the same.
                    if isinstance(e, (OSError, CancelledError)):
                        check(conn, e)
                    if isinstance(e, MemoryError) and resp.state != DONE:
                        raise e
                    await lazy.failures.fail(app, req, resp, e)
                finally:
                    # Most links end here, as their client leaves.
                    link.over()
                    resp.sent_bytes = conn.n
                    log_access(app, resp, conn.since)
                break
            check(conn, e)
            if not isinstance(e, MemoryError) or resp.state == DONE:
                if failed:
                    raise
                failed = e
                continue
        # Memory has run out. Free what can be freed before anything else is asked for.
        unload_all()
        app._second_buffer = app._heads = None
        tries -= 1
        due = await _try_again(app, req, resp, result, failed, tries)
        if due:
            result = None
    # A task that outlives the request must not write into this buffer.
    resp._buffer = None
    resp._buffer_end = 0
    log_access(app, resp, since)
    if req._body_left or req.head.error:
        # What is left is read over to keep the connection, or for a moment before it is closed.
        resp._keep_alive = resp._keep_alive and await lazy.unread_body.drain(req)
        if not resp._keep_alive:
            conn.free_slot()
            if not resp._callbacks:
                conn.resp = None
            await lazy.unread_body.linger(conn)


async def _try_again(app, req, resp, result, failed, tries):
    # Return whether the handler is to be called again; raises MemoryError where nothing may be done again.
    if not tries or resp.state >= SENT:
        raise MemoryError
    anew = not failed and (result is None or resp.state or hasattr(result, "send"))
    if tries == 1:
        if anew:
            discard(resp)
        await sleep_ms(50)  # requests of other clients may end, and free what they have
        if resp.state >= SENT:
            raise MemoryError  # a task of the handler's has sent meanwhile
    if anew:
        head = req.head
        unsafe = head.method not in (b"GET", b"HEAD") and (head.route or app._hooks)
        if unsafe and not req.__dict__.get("unhandled") or req._body_left != head.content_length:
            raise MemoryError
        discard(resp)
        resp.headers = {}
        resp.code = 200
        resp._callbacks = ()
    return anew


async def call_handler(app, req, resp):
    """Call the hooks of before_request() and the handler; return what it, or one of them, has returned."""
    head = req.head
    if app.allowed_hosts is not None:
        lazy.implicit_routes.check_host(app, head.host)
    hooks = app._before
    # A preflight carries no credentials: a hook that asks for a login must not see it (Fetch 3.2.2).
    if hooks and head.method == b"OPTIONS" and lazy.implicit_routes.is_automatic(app, head):
        hooks = ()
    for f in hooks:
        result = f(req, resp)
        if hasattr(result, "send"):
            result = await result
        if result is not None or resp.state:
            return result
    return (head.route or app._find_route(head)).handler(req, resp, *head.params)


def log_access(app, resp, since):
    """Call the access log, if there is one, for a request that began at this tick."""
    if app.access_log:
        req = resp.req
        try:
            app.access_log(req.peer, req.method, req.path, resp.code, resp.sent_bytes, ticks_diff(ticks_ms(), since))
        except Exception as e:
            lazy.log.log("The access log failed", e)


def check(conn, error):
    """Raise what ends a connection: OSError if its client has gone, CancelledError if the request was cancelled.

    A handler that awaits a task which was cancelled has failed like any other, and the connection goes on. On CPython a
    task tells whether it was cancelled itself (from 3.11 on): asyncio.run() does that to all of them at its end.
    """
    if isinstance(error, CancelledError):
        asked = getattr(conn.task, "cancelling", lambda: not MICROPYTHON)
        if conn.state != OPEN or conn.app._stopping is not None or asked():
            raise error
    elif conn.state == GONE:
        raise OSError


def next_hook(resp):
    """Call the after_request() hooks that have not run yet; return one that has to be awaited, None if none is left."""
    todo = resp._due_hooks
    if todo is None:
        todo = resp._due_hooks = list(resp.req._conn.app._after)
    while todo:
        f = todo[0]
        if not hasattr(f, "send"):
            f = todo[0] = f(resp.req, resp)
        if hasattr(f, "send"):
            return f
        todo.pop(0)


async def run_hooks(resp):
    """Call the hooks of after_request(), once, before the head is made."""
    resp._hooks_run = True
    try:
        while next_hook(resp):
            await resp._due_hooks.pop(0)
    finally:
        resp._hooks_run = False


def discard(resp):
    """Drop the body in the making. Header fields stay, but for those that describe that body (RFC 9110 8)."""
    resp.state = NEW
    resp._chunked = resp.no_body = False
    resp.type_line = resp._unsent = b""
    resp._promised = resp._buffer = None
    resp._filled = 6
    resp._buffer_end = 0
    if not resp._hooks_run:
        resp._due_hooks = None  # the next response is another one to them
    if resp.headers:
        lazy.header_fields.drop_body_fields(resp)


async def reply(resp, result):
    """Send a response as a whole; what was gathered before is dropped."""
    conn = lazy.framing.connection(resp)
    if resp.state == SENT:
        raise ValueError("The head has left already")
    if conn.app._after and not resp._hooks_run:
        # The hooks see the status and the fields that the handler returned.
        if isinstance(result, (tuple, dict, list)):
            result = lazy.results.body_of(resp, result)
        await run_hooks(resp)
        if resp.state >= SENT:
            return  # a hook has sent a response of its own
    resp._filled = 6
    data = resp._reply(result)
    if not data:
        return await lazy.results.send_page(resp, result)
    if resp.state != SENT:
        resp.sent_bytes = len(data) - data.find(b"\r\n\r\n") - 4
    resp._buffer = None
    resp._buffer_end = 0
    # Fewer bytes than a length that the program promised: the response is not complete, and the close says so.
    resp.state = DONE if resp.no_body or not resp._promised else SENT
    await conn.write(data)


async def finish(resp, result):
    """Send what a handler returned, or the rest of what it has sent, and close the framing."""
    while hasattr(result, "send"):
        result = await result  # a coroutine that a handler returned, such as resp.redirect()
    link = resp._released
    if link and link is not True:
        await link.finish()
        resp.sent_bytes = resp.req._conn.n
        return
    if resp._released and result is not None and not resp.sent_bytes and resp._filled == 6:
        # release() has sent the head alone
        await lazy.streaming.send(resp, lazy.results.body_of(resp, result))
    if resp._writing:
        raise RuntimeError("A task of the handler's is still sending this response: await it")
    if not (resp._buffer or resp.state >= SENT) and not (resp.state and result is None):
        if result is None and resp.code == 200:
            resp.code = 204
        await reply(resp, b"" if result is None else result)
    if resp.state < SENT or resp._filled > 6 or resp._chunked or resp._unsent:
        await lazy.streaming.flush(resp, True)
    if resp._promised and not resp.no_body:
        resp._keep_alive = False  # fewer bytes than promised: the close says so
