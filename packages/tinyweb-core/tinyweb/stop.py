# What few minutes of a server's life need: shutting down, and a place for one more connection. Loaded then.

import asyncio

from .connection import sleep_ms, ticks_diff, ticks_ms
from .extension import room


def cancel(task):
    """Give whether a task could be cancelled: the one that runs now cannot, and looks for itself whether to end."""
    try:
        task.cancel()
        return True
    except RuntimeError:
        return False


def _shutdown(app):
    """Stop: take no client more, close the idle ones; running answers get stop_timeout seconds to end."""
    listener = app._listener
    if listener:
        app._listener = None
        app._stopping = ticks_ms()
        if cancel(app._task):
            listener.close()
        hurry(app, app._stopping)
        if not app._conns:
            app._done.set()


async def _stop(app):
    """shutdown(), and wait until all connections have ended; but for the caller's own, from a handler."""
    _shutdown(app)
    me = asyncio.current_task()
    while [c for c in app._conns if c.task is not me]:
        await sleep_ms(10)


async def _start(app, host="", port=8081, backlog=None, ssl=None):
    """Serve beside the tasks of the running loop; returns when the port is open. run() tells the parameters."""
    app._task = asyncio.create_task(app._open(host, port, backlog, ssl))
    await sleep_ms(0)


def end(app):
    """What run() ends with, by Ctrl-C too: the port and the sockets are free when the prompt is back."""
    _shutdown(app)
    for c in app._conns:
        c.sock.close()
    app._conns.clear()


def hurry(app, now):
    """End the connections that are idle, and all of them when the time for running answers is over."""
    over = ticks_diff(now, app._stopping) >= app.stop_timeout * 1000
    for c in app._conns:
        if over or not c.resp:
            cancel(c.task)


def idlest(app, new=None):
    """Send the connection away that has been idle longest, if one has been for a tenth of a second; gives it."""
    while True:
        oldest = None
        age = 100  # who has just come, or been answered, may be about to speak
        now = ticks_ms()
        for c in app._conns:
            if c is not new and not c.resp and c.limit and ticks_diff(now, c.since) > age:
                age = ticks_diff(now, c.since)
                oldest = c
        if oldest:
            byte = bytearray(1)
            try:
                if not oldest.part and oldest.sock.readinto(byte):
                    # Its next request has come just now.
                    oldest.part = bytes(byte)
                    oldest.limit = 0
                    continue
            except OSError:
                pass  # it has gone by itself
            oldest.limit = 0  # not to be chosen twice
            cancel(oldest.task)
        return oldest


async def make_room(app, new):
    """There is one connection too many: the longest idle one goes; if none is idle, wait until one has ended."""
    while len(app._conns) > app.max_connections and not idlest(app, new):
        await sleep_ms(20)


async def wait_slot(app):
    """Wait a little for a slot, and end who holds one and makes no progress; the more wait, the less patience."""
    app._queued += 1
    now = ticks_ms()
    for c in app._conns:
        if c.limit and c.buf is not None:
            c.late = min(ticks_diff(now, c.since), ticks_diff(now, c.mark)) * app._queued > 500
            if c.late:
                cancel(c.task)
    try:
        await sleep_ms(10)
    finally:
        app._queued -= 1


async def failure(count, error):
    """Wait a growing while after the listener failed for the count'th time in a row."""
    if count == 3:
        log = room("errors").log
        log("The listener failed", error)
    await sleep_ms(min(10 << count, 30000))


async def park(app, c):
    """Keep what has come of a head, and wait for more; a full buffer comes back larger."""
    n = c.n
    full = n == len(c.buf)
    c.part = bytes(memoryview(c.buf)[:n])
    app._give(c)
    if not full:
        c.since = c.begun = c.begun or ticks_ms()
        c.limit = app.request_timeout * 1000
        await c.stream.readinto(bytearray(0))
        c.limit = 0


def restore(app, c):
    """Put the beginning of a head back into a buffer, a larger one if it filled that."""
    c.n = n = len(c.part)
    if n >= len(c.buf):
        c.buf = bytearray(min(2 * n, app.max_head))
    c.buf[:n] = c.part
    c.part = b""
