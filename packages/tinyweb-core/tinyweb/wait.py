# A request that has to wait: for its handler, its body, or a client that reads slowly. Loaded with the first that does.

from .connection import sleep_ms, ticks_ms
from .extension import room

_breath = 0


def hold(c):
    """Give a request a slot, and move what it still needs out of the buffer that all read into."""
    buf = c.buf
    if buf:
        app = c.app
        # Neither of these allocates, so a slot is taken by somebody who gives it back.
        if not c.held:
            app._free -= 1
            c.held = True
        if buf is app._land:
            # Whatever fails here, it does not stay where the next one reads.
            c.buf = None
            out = c.resp._out
            if out is buf:
                c.resp._out = None
                c.resp._out = own(c)
                c.buf[:] = buf
            elif c.pos < c.n:
                n = c.n - c.pos
                own(c)[:n] = buf[c.pos : c.n]
                c.n = n
                c.pos = 0
            else:
                c.n = c.pos = 0


def own(c):
    """Give the connection, which has none, a buffer of its own: most requests that wait need none."""
    app = c.app
    if app._spare:
        app._spare -= 1
        c.buf = app._slots[app._spare]
    else:
        c.buf = bytearray(len(app._land))
    return c.buf


def turn(c):
    """A request waits. It gets a slot; and if it waits for something else than its client, what it has sent leaves.

    So a page that grows slowly is seen to grow, though nobody flushes by hand.
    """
    hold(c)
    if not c.limit:
        c.mark = 0  # what else it waits for is not its client's fault
    resp = c.resp
    if resp._begun and not (c.limit or resp._held) and (resp._fill > 6 or resp._rest or not resp._sent):
        if not resp._sent and c.app._after and room("dispatch").next_hook(resp):
            return  # a hook that has to be awaited: it is, when the handler flushes or ends
        # Without waiting; a copy of what the socket does not take, as the buffer is filled again before it goes.
        # What was refused goes again as it was, alone: TLS wants that.
        data = resp._rest or room("stream").pack(resp, False)
        if data is not resp._rest and resp._rest:
            data = resp._rest + bytes(data)
        resp._rest = bytes(data[c.put(data) :])


async def wait_rest(c, data, n):
    """Send what the socket did not take of a response's first bytes (see Engine._converse()).

    It leaves alone: what TLS has refused has to be offered again as it was, with nothing behind it.
    """
    c.mark = ticks_ms()
    await wait_sent(c, memoryview(data), n)


async def wait_sent(c, data, n):
    """Send what the socket of a connection did not take of data (a memoryview) behind the first n bytes."""
    resp = c.resp
    if resp:
        resp._writing = True
    try:
        while n < len(data):
            # A small piece goes through the Stream, whose drain() is the public way to wait for room. TLS wants a write
            # that it refused again as it was: all of the rest.
            piece = data[n:] if c.app.tls else data[n : n + 256]
            c.since = ticks_ms()
            c.limit = c.app.io_timeout * 1000
            c.stream.write(piece)
            await c.stream.drain()
            n += len(piece)
            if n < len(data):
                n += c.sock.write(data[n:]) or 0
            c.count(256)
    except BaseException:
        # Cut short, by a handler's own timeout too: whatever came next would stand in the wrong place.
        c.shut()
        c.dead = True
        raise
    finally:
        c.limit = 0
        if resp:
            resp._writing = False


async def breathe():
    """Let other tasks run now and then: who always finds work would never wait, and they starve."""
    global _breath
    _breath = (_breath + 1) & 7
    if not _breath:
        await sleep_ms(0)
