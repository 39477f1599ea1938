# Who gets a connection, and who a slot, when there are not enough of them. Loaded then.

from .connection import sleep_ms, ticks_diff, ticks_ms
from .extension import room

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


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
            oldest.task.cancel()
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
        slowest.task.cancel()
    return slowest


async def make_room(app, s):
    """Make room for one connection more; gives whether there is some. If not, its socket is answered 503.

    The longest idle one goes, else the one that moves least: in the first moment one that has not moved for a second,
    a second later any. Where all go on without an end, the answer comes at once.
    """
    since = ticks_ms()
    # Who comes next is not made to wait for a second again.
    patience = 1000 if app._refused is None or ticks_diff(since, app._refused) > 2000 else 0
    while len(app._conns) >= app.max_connections:
        waited = ticks_diff(ticks_ms(), since)
        if idlest(app) or press(app, 1000 - waited):
            break
        if waited > patience or not [c for c in app._conns if c.held or c.limit or not c.resp]:
            await refuse(app, s)
            return False
        await sleep_ms(20)
    return True


async def refuse(app, s):
    """Answer 503 to a client that there is no connection for."""
    now = ticks_ms()
    if app._refused is None or ticks_diff(now, app._refused) > 10000:
        room("errors").log("All connections are busy: 503 (see max_connections)")
    app._refused = now
    sink = bytearray(256)
    turns = 50  # TLS has to shake hands first
    try:
        while turns:
            if turns > 10:
                if s.write(BUSY):
                    turns = 10
            elif getattr(s, "now", s.readinto)(sink) == 0:
                break  # it has read it; closing with its request unread would reset our answer away
            turns -= 1
            await sleep_ms(10)
    except OSError:
        pass  # it has gone by itself


async def wait_slot(app, new):
    """Wait in the order of coming for a slot (see Engine._give()), and end who holds one and makes no progress.

    Progress is a byte in 2 ms; who falls behind by half a second goes, in less the more connections wait. Who waits for
    slot_timeout seconds, while nobody before it gets one either, is answered 503.
    """
    stop = room("stop")
    stop.park(app, new, 0)
    queue = app._queue
    before = len(queue)
    since = ticks_ms()
    queue.append(new)
    try:
        while True:
            at = queue.index(new)
            now = ticks_ms()
            if at < before:
                before = at
                since = now
            if new.held:
                if not at:
                    break
                # Who stands before it has got one too, and goes on in a moment.
                await sleep_ms(1)
                continue
            if ticks_diff(now, since) > app.slot_timeout * 1000:
                queue.remove(new)
                new.sock.write(BUSY)
                await room("body").linger(new)
                raise EOFError
            press(app, 500 // len(queue), True)
            await sleep_ms(10)
    finally:
        if new in queue:
            queue.remove(new)
    stop.restore(app, new)
