# What few minutes of a server's life need: shutting down, and a place for one more connection. Loaded then.

import asyncio

from .connection import sleep_ms, ticks_diff, ticks_ms


def cancel(task):
    """Give whether a task could be cancelled: the one that runs now cannot, and looks for itself whether to end."""
    try:
        task.cancel()
        return True
    except RuntimeError:  # pragma: no cover  MicroPython's tasks
        return False


def _shutdown(app):
    """Stop: take no client more, close the idle ones; running answers get stop_timeout seconds to end."""
    listener = app._listener
    if listener:
        app._listener = None
        app._stopping = ticks_ms()
        app._memo = None  # it says "keep"
        for c in app._conns:
            if c.resp:
                c.resp._req._head[5] = False
        if cancel(app._task):  # pragma: no branch  see cancel()
            listener.close()
        hurry(app, app._stopping)


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


async def ended(app):
    """Wait until all connections have ended."""
    while app._conns:
        await sleep_ms(10)


def end(app):
    """What run() ends with, by Ctrl-C too: the port and the sockets are free when the prompt is back."""
    _shutdown(app)
    for c in tuple(app._conns):
        c.close()


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
                if not oldest.part and oldest.sock.readinto(byte):  # pragma: no cover  unseen: a race
                    # Its next request has come just now.
                    oldest.part = bytes(byte)
                    oldest.since = now
                    continue
            except OSError:  # pragma: no cover  unseen: the same race
                pass  # it has gone by itself
            oldest.limit = 0  # not to be chosen twice
            cancel(oldest.task)
        return oldest


async def make_room(app, new):
    """There is one connection too many: the longest idle one goes; if none is idle, wait until one has ended."""
    while len(app._conns) > app.max_connections and not idlest(app, new):
        await sleep_ms(20)


async def wait_slot(app, new):
    """Wait in the order of coming for a slot, and end who holds one and makes no progress.

    Progress is 256 bytes in half a second; in less, the more connections wait.
    """
    park(app, new, 0)
    queue = app._queue
    queue.append(new)
    try:
        while queue.index(new) >= app._free:
            now = ticks_ms()
            for c in app._conns:
                if c.limit and c.held:
                    c.mark = c.mark or now
                    c.late = ticks_diff(now, c.mark) * len(queue) > 500
                    if c.late:
                        cancel(c.task)
            await sleep_ms(10)
    finally:
        queue.remove(new)
    restore(app, new)


def park(app, c, i):
    """Keep what has come behind the first i bytes while the connection waits without a buffer."""
    c.part = bytes(memoryview(c.buf)[i : c.n])
    app._give(c)


def restore(app, c):
    """Put the beginning of a head where it can go on, in a buffer of its own if it is long."""
    c.n = n = len(c.part)
    c.buf = app._land if n < len(app._land) else bytearray(min(2 * n, app.max_head))
    c.buf[:n] = c.part
    c.part = b""


def join(app, c):  # pragma: no cover  unseen: see idlest()
    """Put what has just been read behind what came before."""
    c.part += bytes(memoryview(c.buf)[: c.n])
    restore(app, c)


async def leave(app, c):
    """More has come already. Who always finds work would never wait, and others starve: so wait a turn."""
    park(app, c, c.pos)
    await sleep_ms(0)
    restore(app, c)


async def more(app, c):
    """Wait for the rest of a head, and give it (see Engine._memo); a full buffer is replaced by a larger one."""
    begun = ticks_ms()
    head = None
    while not head:
        n = c.n
        full = n == len(c.buf)
        park(app, c, 0)
        if not full:
            c.since = begun
            c.limit = app.request_timeout * 1000
            if not n:
                # An empty line was no request yet.
                c.since = begun = ticks_ms()
                c.limit = app._idle_limit
            await c.stream.readinto(bytearray(0))
            c.limit = 0
        restore(app, c)
        n = c.sock.readinto(memoryview(c.buf)[c.n :])
        if n == 0:
            raise EOFError
        if n:  # pragma: no branch  on MicroPython it may have been woken for nothing
            c.n += n
            head = app._read(c)
    return head
