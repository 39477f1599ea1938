# Links whose client does not read as fast as it is sent to, and the end of a link. Loaded with the first of them.
#
# CONTRACT. What the socket did not take is kept in _unsent, a list of bytes-like objects: one that is pushed to many
# clients is in the heap once. It is offered to the socket as it was, as TLS wants. These functions raise OSError if the
# client has gone, and MemoryError; the link is ended by the one that calls them.

from asyncio import create_task

from .lazy import bind
from .link import framed, links, put
from .transport import GONE, sleep_ms, ticks_diff, ticks_ms

_since = None  # the tick of the last turn of the task that sends what is kept


def get(link, name):
    """Return a link's attribute: the count of bytes that are kept, or a method; raises AttributeError for others."""
    if name == "behind":
        return _count(link)
    if name not in ("close", "finish"):
        raise AttributeError("'Link' object has no attribute '%s'" % name)
    bind(type(link), name, close if name == "close" else finish)
    return getattr(link, name)


def _count(link):
    n = 0
    for part in link._unsent:
        n += len(part)
    return n


def push(link, data, most):
    """Keep framed data behind what is kept, or send it. Return False, and do nothing of it, above `most` bytes."""
    if flush(link):
        return put(link, data, most)
    if _count(link) + len(data) > most:
        return False
    _keep(link, data, 0)
    return True


def keep(link, data, n, most):
    """Keep the data behind its first n bytes, which the socket has taken. Return False for none of a long one."""
    # TLS wants what it has refused once more.
    if not n and len(data) > most and not link._conn.app.tls:
        return False
    _keep(link, data, n)
    return True


def _keep(link, data, n):
    if n == len(data):
        return
    if type(data) is not bytes:
        data = bytes(data)  # it may change
    if n:  # pragma: no cover  MicroPython: a PC's streams take all or nothing
        data = memoryview(data)[n:]
    if link._unsent:
        link._unsent.append(data)
        return
    link.progress = now = ticks_ms()
    link._unsent = [data]
    if _since is None or ticks_diff(now, _since) > 500:
        # None runs, or its event loop has ended.
        try:
            create_task(_send_kept())
        except MemoryError:
            pass  # links._watch() does its work, more slowly


async def _send_kept():
    # Only one task may wait for a socket, so this one looks again and again, for all links. It takes no memory.
    global _since
    wait = 1
    left = True
    while left:
        _since = ticks_ms()
        await sleep_ms(wait)
        wait = min(wait + wait, 20)
        left = False
        for link in links:
            try:
                left = not flush(link) or left
            except OSError:
                link._end()
    _since = None


def flush(link):
    """Send what is kept, as far as the socket takes it; return whether that was all."""
    conn = link._conn
    parts = link._unsent
    while parts:
        n = conn.sock.write(parts[0])
        if not n:
            return False
        link.progress = ticks_ms()
        conn.n += n
        if n < len(parts[0]):  # pragma: no cover  MicroPython: a PC's streams take all or nothing
            try:
                parts[0] = memoryview(parts[0])[n:]
            except MemoryError:
                raise OSError  # it would be sent twice
            return False
        parts.pop(0)
    return True


def write(link, data, n):
    """Keep the data behind its first n bytes; return a coroutine that waits until all of it is sent."""
    _keep(link, data, n)
    return _drain(link, link._conn.n + _count(link))


async def _drain(link, end):
    wait = 1
    while link._conn.n < end:
        await sleep_ms(wait)
        wait = min(wait + wait, 20)
        try:
            if link._conn.state == GONE:
                raise OSError
            flush(link)
        except OSError:
            link._end()
            raise


def close(link, last=b""):
    """Send what is kept, and `last`, as far as the socket takes it now, and end the connection. From any task."""
    conn = link._conn
    if conn.state != GONE:
        try:
            if flush(link):
                if link._chunked:
                    last = framed(last) + b"0\r\n\r\n"
                elif type(last) is str:
                    last = last.encode()
                if last:
                    conn.n += conn.sock.write(last) or 0
        except Exception:
            pass  # it ends anyway
        link._end()


async def finish(link):
    """Send what is left when the handler has returned."""
    try:
        if link._conn.state != GONE:
            chunked = link._chunked
            link._chunked = False
            await link.write(b"0\r\n\r\n" if chunked else b"")
    finally:
        link.over()
