# What few minutes of a server's life need: shutting down, and a place for one more connection. Loaded then.

import asyncio

from .connection import sleep_ms, ticks_diff, ticks_ms
from .extension import room

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


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
    """End the connections that are idle or go on without an end, and all when the time for running answers is over."""
    over = ticks_diff(now, app._stopping) >= app.stop_timeout * 1000
    for c in app._conns:
        if over or not c.resp or c.resp._released:
            cancel(c.task)


def idlest(app):
    """Send the connection away that has been idle longest, if one has been for a tenth of a second; gives it."""
    while True:
        oldest = None
        age = 100  # who has just come, or been answered, may be about to speak
        now = ticks_ms()
        for c in app._conns:
            if not c.resp and c.limit and ticks_diff(now, c.since) > age:
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


def press(app, least, held=False):
    """End the request whose client has moved least, if its mark is older than this (in ms); gives the connection.

    Only who waits for its client is looked at, and from the first look on; only who has a slot, if one is wanted.
    """
    slowest = None
    now = ticks_ms()
    for c in app._conns:
        if c.resp and c.limit and (c.held or not held):
            age = ticks_diff(now, c.mark) if c.mark else -1
            if age < 0:
                c.mark = now  # what it has moved before, however much, counts no more
                age = 0
            if age >= least:
                least = age
                slowest = c
    if slowest:
        slowest.dead = 408
        slowest.limit = 0  # not to be chosen twice
        cancel(slowest.task)
    return slowest


async def make_room(app, s):
    """Make room for one connection more; gives whether there is some. If not, its socket is answered 503 and closed.

    The longest idle one goes, else the one that moves least: in the first moment one that has not moved for a second,
    a second later any. Where all go on without an end, the answer comes at once.
    """
    since = ticks_ms()
    # Who comes next is not made to wait for a second again.
    patience = 1000 if app._refused is None or ticks_diff(since, app._refused) > 2000 else 0
    try:
        while len(app._conns) >= app.max_connections:
            waited = ticks_diff(ticks_ms(), since)
            if idlest(app) or press(app, 1000 - waited):
                break
            if waited > patience or not [c for c in app._conns if c.held or c.limit or not c.resp]:
                await refuse(app, s)
                return False
            await sleep_ms(20)
        return True
    except BaseException:
        s.close()
        raise


async def refuse(app, s):
    """Answer 503 to a client that there is no connection for, and close its socket."""
    now = ticks_ms()
    if app._refused is None or ticks_diff(now, app._refused) > 10000:
        room("errors").log("All connections are busy: 503 (see max_connections)")
    app._refused = now
    try:
        # TLS has to shake hands first.
        for _ in range(50):
            if s.write(BUSY):
                await room("wait").linger(s, 100)
                break
            await sleep_ms(10)
    except OSError:
        pass  # it has gone by itself
    s.close()


async def wait_slot(app, new):
    """Wait in the order of coming for a slot (see Engine._give()), and end who holds one and makes no progress.

    Progress is a byte in 2 ms; who falls behind by half a second goes, in less the more connections wait. Who waits for
    slot_timeout seconds, while nobody before it gets one either, is answered 503.
    """
    park(app, new, 0)
    queue = app._queue
    before = len(queue)
    since = ticks_ms()
    queue.append(new)
    try:
        while not new.held:
            at = queue.index(new)
            now = ticks_ms()
            if at < before:
                before = at
                since = now
            if ticks_diff(now, since) > app.slot_timeout * 1000:
                queue.remove(new)
                new.sock.write(BUSY)
                new.since = now
                new.limit = 1000  # who needs its place may have it
                await room("wait").linger(new.sock, 500)
                raise EOFError
            press(app, 500 // len(queue), True)
            await sleep_ms(10)
    finally:
        if new in queue:
            queue.remove(new)
    restore(app, new)


async def failure(count, error):
    """Wait a growing while after the listener failed for the count'th time in a row."""
    if count == 3:
        room("errors").log("The listener failed", error)
    await sleep_ms(min(10 << count, 30000))


def park(app, c, i):
    """Keep what has come behind the first i bytes while the connection waits without a buffer."""
    part = bytes(memoryview(c.buf)[i : c.n])
    c.part = part + c.part if c.part else part  # what wait.look() has read came later
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
    if c.buf:
        park(app, c, c.pos)
    await sleep_ms(0)
    restore(app, c)


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
            head = app._read(c, blank)
            if not head:
                blank += n - c.n
    return head
