# Clients that leave while their handler waits for something else. Loaded when a handler takes its time.


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
                if c.resp._released:
                    break
                return
            n = getattr(c.sock, "now", c.sock.readinto)(land[:space])
            if n is None:
                return
            if not n:
                if c.resp._released:
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
