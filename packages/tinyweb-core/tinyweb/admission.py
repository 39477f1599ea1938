# Which client gets a connection, and which request a slot, when there are not enough of them. Loaded then.

import sys

from .lazy import lazy
from .transport import LATE, sleep_ms, ticks_diff, ticks_ms

# Milliseconds until a connection without a request so far counts as idle: MicroPython's lwIP hands over what came
# before accept() up to 250 ms later.
_FRESH = 100 if sys.platform in ("linux", "darwin", "win32") else 400
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def close_idlest(app):
    """Close the connection that has been idle longest, if one has been for a tenth of a second; return it."""
    while True:
        oldest = None
        age = 100  # a client that has just been answered may be about to speak
        now = ticks_ms()
        for conn in app._connections:
            idle = ticks_diff(now, conn.since)
            if not conn.resp and conn.limit and idle > age and (conn.n or idle > _FRESH):
                age = idle
                oldest = conn
        if oldest:
            byte = bytearray(1)
            try:
                if not oldest.pending and oldest.sock.readinto(byte):  # pragma: no cover  unseen: a race
                    # Its next request has come just now.
                    oldest.pending = bytes(byte)
                    oldest.since = now
                    continue
            except OSError:  # pragma: no cover  unseen: the same race
                pass  # it has gone by itself
            oldest.limit = 0  # not to be chosen twice
            oldest.task.cancel()
        return oldest


def press(app, least, with_slot=False):
    """End the request whose client makes least progress, if it is `least` ms behind; return the connection.

    Only connections that wait for their client count, from the first look on; with_slot: only those that have one.
    """
    slowest = None
    now = ticks_ms()
    for conn in app._connections:
        if conn.resp and conn.limit and (conn.has_slot or not with_slot):
            age = ticks_diff(now, conn.progress) if conn.progress else -1
            if age < 0:
                conn.progress = now  # what it has moved before, however much, counts no more
                age = 0
            if age >= least:
                least = age
                slowest = conn
    if slowest:
        slowest.state = LATE
        slowest.limit = 0  # not to be chosen twice
        slowest.task.cancel()
    return slowest


async def make_place(app, s):
    """Make place for one connection more; return whether there is one. If not, its socket has got 503.

    The connection that has been idle longest is closed, or the one that makes least progress: within the first second
    only one that has made none for a second, after that any. If all go on without an end, the 503 comes at once.
    """
    since = ticks_ms()
    # The next client is not made to wait for a second again.
    patience = 1000 if app._refused is None or ticks_diff(since, app._refused) > 2000 else 0
    while len(app._connections) >= app.max_connections:
        waited = ticks_diff(ticks_ms(), since)
        if close_idlest(app) or press(app, 1000 - waited):
            break
        if waited > patience or not [c for c in app._connections if c.has_slot or c.limit or not c.resp]:
            await _refuse(app, s)
            return False
        await sleep_ms(20)
    return True


async def _refuse(app, s):
    # Send 503 to a client that there is no connection for.
    now = ticks_ms()
    if app._refused is None or ticks_diff(now, app._refused) > 10000:
        lazy.log.log("All connections are busy: 503 (see max_connections)")
    app._refused = now
    sink = bytearray(256)
    turns = 50  # TLS has to shake hands first
    try:
        while turns:
            if turns > 10:
                if s.write(BUSY):  # pragma: no branch  MicroPython: its TLS writes nothing before the handshake
                    turns = 10
            elif getattr(s, "now", s.readinto)(sink) == 0:
                break  # it has read it; closing with its request unread would reset the response away
            turns -= 1
            await sleep_ms(10)
    except OSError:
        pass  # it has gone by itself


async def wait_for_slot(app, conn):
    """Wait in the order of coming for a slot (see Connection.free_slot()); press the requests that have one.

    Return what partial_head.restore() returns; before the wait None if there is nothing to read, 0 if the client left.
    A byte read in 2 ms, or 256 written in 512, is progress enough; a request that falls behind by half a second ends,
    in less the more connections wait. A connection that waits for slot_timeout seconds, while none before it gets a
    slot either, gets 503.
    """
    if not conn.pending:
        # What has come is only looked at, so that a client that closes does not wait, nor one that TLS has woken.
        part = bytearray(64)
        n = conn.sock.readinto(part)
        if not n:
            return n
        conn.pending = bytes(part[:n])
    queue = app._slot_queue
    before = len(queue)
    since = ticks_ms()
    queue.append(conn)
    try:
        while True:
            at = queue.index(conn)
            now = ticks_ms()
            if at < before:
                before = at
                since = now
            if conn.has_slot:
                if not at:
                    break
                # The one before it has got a slot too, and goes on in a moment.
                await sleep_ms(1)
                continue
            if ticks_diff(now, since) > app.slot_timeout * 1000:
                queue.remove(conn)
                conn.sock.write(BUSY)
                await lazy.unread_body.linger(conn)
                raise EOFError
            press(app, 500 // len(queue), True)
            await sleep_ms(10)
    finally:
        if conn in queue:  # pragma: no branch  else it leaves by an exception
            queue.remove(conn)
    return lazy.partial_head.restore(app, conn)
