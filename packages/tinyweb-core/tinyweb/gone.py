# Clients that leave while their handler waits for something else, and handlers that yield. Loaded when a handler takes
# its time.

from asyncio import current_task

from .connection import MICROPYTHON, NO_YIELD, create_task, ticks_diff, ticks_ms


def _stranded(task):
    # Tell whether nothing will ever resume a task, or the one that it awaits. On MicroPython a bare `yield` is like a
    # wait, but nobody waits with it: its task is in no queue (those have a remove()), and its time to run lies before
    # that of the task that runs now. A cancel does not reach it either.
    while isinstance(task.data, type(task)):
        task = task.data
    out = not (task.done() or hasattr(task.data, "remove"))
    return out and ticks_diff(current_task().ph_key, task.ph_key) > 0


def look(c):
    """Cancel the task of a connection that waits for something else than its client, if the client has gone.

    A client that has only ended its own side may still want its answer, so that has to be seen three times. What else
    it has sent is kept for later, max_head bytes of it.
    """
    if MICROPYTHON and _stranded(c.task):
        c.error = TypeError(NO_YIELD)
        c.task = create_task(c)
        return
    if c.dead is True and ticks_diff(ticks_ms(), c.since) > 2000:
        # It was told to end, and did not: what it waits for will never come, such as a task that nothing resumes.
        c.close()
        return
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
    if c.dead is not True:
        c.since = ticks_ms()
    c.dead = True
    c.task.cancel()


def refuse(c):
    """Raise TypeError in a handler that has yielded a value, until it ends or waits.

    On MicroPython a coroutine is a generator, and what waits yields None: another value is a handler's own `yield`,
    which nobody would ever resume.
    """
    for _ in range(9):
        if c.talk.throw(TypeError(NO_YIELD)) is None:
            return
    c.close()
    raise StopIteration
