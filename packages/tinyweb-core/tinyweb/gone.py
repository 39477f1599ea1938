# Clients that leave: one that has gone while its handler waits for something else, and one that still sends when its
# connection ends. Loaded with the first of these.

from .connection import sleep_ms, ticks_diff, ticks_ms


def look(c):
    """Cancel the task of a connection that waits for something else than its client, if the client has gone.

    A client that has only ended its own side may still want its answer, so that has to be seen three times. What else
    it has sent is kept for later, max_head bytes of it.
    """
    app = c.app
    # Nobody reads here while another task runs.
    land = memoryview(app._land)
    try:
        while c.dead is not True:
            space = app.max_head - len(c.part)
            if space < 1:
                # An answer without end has nothing behind it.
                if c.resp and c.resp._released:
                    break
                return
            n = getattr(c.sock, "now", c.sock.readinto)(land[:space])
            if n is None:
                return
            if not n:
                if c.resp and c.resp._released:
                    break
                c.dead = min(c.dead, 0) - 1
                if c.dead < -2:
                    break
                return
            c.part += bytes(land[:n])
    except Exception:
        pass  # it has gone, or a piece of what it sent found no memory: in both cases this is the end
    c.dead = True
    c.task.cancel()


async def linger(s, ms):
    """Read on for at most so many ms and 64 KiB: closing with input unread would reset our answer away."""
    sink = bytearray(256)
    read = getattr(s, "now", s.readinto)
    since = ticks_ms()
    for _ in range(256):
        n = read(sink)
        while n is None and ticks_diff(ticks_ms(), since) < ms:
            await sleep_ms(10)
            n = read(sink)
        if not n:
            break
