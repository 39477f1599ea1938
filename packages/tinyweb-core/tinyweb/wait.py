# A request that has to wait: for its handler, its body, or a client that reads slowly. Loaded with the first that does.

from .connection import sleep_ms, ticks_ms
from .extension import room


def hold(c):
    """Move a request that has to wait from the buffer of all into a slot."""
    buf = c.buf
    if buf and not c.held:
        app = c.app
        if buf is app._land:
            # Whatever fails here, it does not stay where the next one reads.
            c.buf = None
            out = c.resp._out
            if out is buf:
                c.resp._out = None
            new = app._slots[app._free - 1] or bytearray(len(buf))
            new[:] = buf
            if out is buf:
                c.resp._out = new
            c.buf = new
        app._free -= 1
        c.held = True


def turn(c):
    """A request waits. It gets a slot; and if it waits for something else than its client, what it has sent leaves.

    So a page that grows slowly is seen to grow, though nobody flushes by hand.
    """
    hold(c)
    resp = c.resp
    if resp._begun and not (c.limit or resp._held) and (resp._fill > 6 or resp._rest or not resp._sent):
        # Without waiting; a copy of what the socket does not take, as the buffer is filled again before it goes.
        data = resp._rest or room("stream").pack(resp, False)
        if data is not resp._rest and resp._rest:
            data = resp._rest + bytes(data)
        resp._rest = bytes(data[c.put(data) :])


async def wait_sent(c, data, n):
    """Send what the socket of a connection did not take of data (a memoryview) behind the first n bytes."""
    try:
        while n < len(data):
            # A small piece goes through the Stream, whose drain() is the public way to wait for room. TLS wants a write
            # that it refused again as it was: all of the rest.
            piece = data[n:] if c.app.tls else data[n : n + 256]
            c.since = ticks_ms()
            c.limit = c.app.io_timeout * 1000
            c.stream.write(piece)
            await c.stream.drain()
            c.limit = 0
            n += len(piece)
            if n < len(data):
                n += c.sock.write(data[n:]) or 0
            c.count(256)
    except OSError:
        c.dead = True
        raise


async def breathe(c):
    """Let other tasks run now and then: who always finds work would never wait, and they starve."""
    c.breath += 1
    if not c.breath & 7:
        await sleep_ms(0)
