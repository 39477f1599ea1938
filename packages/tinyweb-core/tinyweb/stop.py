# What few minutes of a server's life need: shutting down, a listener that fails, and a head or a request that does not
# come by itself. Loaded then.

import asyncio

from .connection import sleep_ms, ticks_diff, ticks_ms
from .http import HTTPException
from .request import read_head


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


async def _start(app, host="", port=8081, backlog=None, ssl=None, **wrong):
    """Serve beside the tasks of the running loop; returns when the port is open. run() tells the parameters."""
    app._task = asyncio.create_task(app._open(host, port, backlog, ssl, wrong))
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
    """End the connections that are idle or go on without an end, and all when the time for running answers is over."""
    over = ticks_diff(now, app._stopping) >= app.stop_timeout * 1000
    for c in app._conns:
        if over or not c.resp or c.resp._released:
            cancel(c.task)




def park(app, c, i):
    """Keep what has come behind the first i bytes while the connection waits without a buffer."""
    part = bytes(memoryview(c.buf)[i : c.n])
    c.part = part + c.part if c.part else part  # what gone.look() has read came later
    app._give(c)


def restore(app, c):
    """Put the beginning of a head where it can go on, in a buffer of its own if it is long."""
    c.n = n = len(c.part)
    c.buf = app._land if n < len(app._land) else bytearray(min(2 * n, app.max_head))
    c.buf[:n] = c.part
    c.part = b""


def join(app, c):  # pragma: no cover  unseen: see admission.idlest()
    """Put what has just been read behind what came before."""
    c.part += bytes(memoryview(c.buf)[: c.n])
    restore(app, c)


async def leave(app, c):
    """More has come already. Who always finds work would never wait, and others starve: so wait a turn."""
    if c.buf:
        park(app, c, c.pos)
    await sleep_ms(0)
    restore(app, c)


def begins(c, blank):
    """Skip the empty lines before a request (RFC 9112 2.2); gives whether something comes behind them.

    8 of them at most, else raises HTTPException 400; blank: the bytes of those that came before.
    """
    i = 0
    while i + 1 < c.n and c.buf[i] == 13 and c.buf[i + 1] == 10:
        i += 2
    c.skip(i)
    if i + blank > 16:
        raise HTTPException(400)
    return c.n > 1 or c.n and c.buf[0] != 13


async def more(app, c):
    """Wait for the rest of a head, and give it (see Engine._memo); a full buffer is replaced by a larger one."""
    begun = ticks_ms()
    head = None
    blank = 0  # bytes of empty lines
    while not head:
        n = c.n
        full = n == len(c.buf)
        park(app, c, 0)
        if not full:
            c.since = begun
            c.limit = app.request_timeout * 1000
            if not n:
                # An empty line is no request yet: the time for a head begins with what comes next.
                c.since = ticks_ms()
                c.limit = app._idle_limit
            await c.stream.readinto(bytearray(0))
            c.limit = 0
            if not n:
                begun = ticks_ms()
        restore(app, c)
        n = c.sock.readinto(memoryview(c.buf)[c.n :])
        if n == 0:
            raise EOFError
        if n:  # pragma: no branch  on MicroPython it may have been woken for nothing
            c.n = n = c.n + n
            head = read_head(app, c, blank)
            if not head:
                blank += n - c.n
    return head
