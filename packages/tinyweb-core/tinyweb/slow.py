# An answer that takes more than a handler that returns its body: hooks, a handler that waits or sends piece by piece,
# errors, a body left unread. Loaded with the first of these.

from .connection import sleep_ms, ticks_diff, ticks_ms


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
                from .errors import check_host

                check_host(app, req)
            for f in app._before:
                result = f(req, resp)
                if hasattr(result, "send"):
                    result = await result
                if result is not None or resp._begun:
                    break
            else:
                result = app._call(req, resp)
        if resp._coro:
            from .stream import drive

            result = await drive(*resp._coro, resp)
        if hooks:
            await after(app, req, resp)
        await finish(resp, result)
    except Exception as e:
        if c.dead:
            raise OSError
        from .errors import fail

        await fail(app, req, resp, e)
    c.resp = None
    if app.access_log:
        app.access_log(req.peer, req.method, req.path, resp.code, resp.sent_bytes, ticks_diff(ticks_ms(), since))
    keep = resp._keep
    if req._left or error:
        from .body import drain, linger

        # What is left is read over to keep the connection, or for a second before it is closed.
        keep = keep and await drain(req)
        if not keep:
            app._give(c)
            await linger(c)
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
    if not resp._begun:
        if result is None and resp.code == 200:
            resp.code = 204
        await resp._req._c.send(resp._reply(b"" if result is None else result))
        resp._begun = True
    if not resp._sent or resp._fill > 6 or resp._chunked or resp._rest:
        from .stream import flush

        await flush(resp, True)
    if resp._left and not resp._mute:
        resp._keep = False  # fewer bytes than promised: the close says so


def last_word(c, status):
    """Tell a client why its connection ends, as far as the socket takes it at once."""
    try:
        c.sock.write(b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
    except OSError:
        pass  # it has gone as well
