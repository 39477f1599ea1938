# How a server stops, and starts beside other tasks. Loaded then.

import asyncio

from .transport import get_event_loop, sleep_ms, ticks_diff, ticks_ms


def method(app, name):
    """Return a webserver's method or property of this module."""
    if name == "loop":
        return get_event_loop()
    f = {"start": _start, "stop": _stop, "shutdown": _shutdown}[name]
    return lambda *args, **kwargs: f(app, *args, **kwargs)


def _cancel(task):
    # Return whether a task could be cancelled: the one that runs now cannot, and looks for itself whether to end.
    try:
        task.cancel()
        return True
    except RuntimeError:  # pragma: no cover  MicroPython's tasks
        return False


def _shutdown(app):
    """Stop: accept no client, close idle connections; running responses get stop_timeout seconds to end."""
    listener = app._listener
    if listener:
        app._listener = None
        app._stopping = ticks_ms()
        app._last_head = None  # it says "keep"
        for conn in app._connections:
            if conn.resp:
                conn.resp.req.head.keep_alive = False
        if _cancel(app._task):  # pragma: no branch  see _cancel()
            listener.close()
        close_late(app, app._stopping)


async def _stop(app):
    """shutdown(), and wait until all connections have ended; but for the caller's own, from a handler."""
    _shutdown(app)
    me = asyncio.current_task()
    while [c for c in app._connections if c.task is not me]:
        await sleep_ms(10)
    _end_watchdog(app)


async def _start(app, host="", port=8081, backlog=None, ssl=None, **wrong):
    """Serve beside the tasks of the running loop; return when the port is open. run() has the parameters."""
    app._task = asyncio.create_task(app._open(host, port, backlog, ssl, wrong))
    await sleep_ms(0)


async def wait_closed(app):
    """Wait until all connections have ended."""
    while app._connections:
        await sleep_ms(10)
    _end_watchdog(app)


def _end_watchdog(app):
    # A server that starts again within half a second would have two of them.
    if app._watchdog and not app._connections:
        _cancel(app._watchdog)
        app._watchdog = None


def close_all(app):
    """End as run() does, by Ctrl-C too: the port and the sockets are free when the prompt is back."""
    _shutdown(app)
    for conn in tuple(app._connections):
        conn.close()
    _end_watchdog(app)


def close_late(app, now):
    """End the connections that are idle or go on without end, and all when the time for running responses is over."""
    over = ticks_diff(now, app._stopping) >= app.stop_timeout * 1000
    for conn in app._connections:
        link = conn.progress
        if not isinstance(link, int):
            link.close(link.last)
        if over or not conn.resp or conn.resp._released:
            _cancel(conn.task)
