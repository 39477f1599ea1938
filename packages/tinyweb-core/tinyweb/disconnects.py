# Clients that leave while their handler waits for something else, and handlers that yield. Loaded when a handler takes
# its time.

from asyncio import current_task

from .lazy import lazy
from .transport import GONE, LATE, MICROPYTHON, create_task, ticks_diff, ticks_ms

_space = memoryview(bytearray(64))


def _stranded(task):  # pragma: no cover  MicroPython
    # Return whether nothing will ever resume a task, or the one that it awaits. On MicroPython a bare `yield` is like a
    # wait, but nothing is waited for: its task is in no queue (those have a remove()), and its time to run is before
    # that of the task that runs now. A cancel does not reach it either.
    while isinstance(task.data, type(task)):
        task = task.data
    out = not (task.done() or hasattr(task.data, "remove"))
    return out and ticks_diff(current_task().ph_key, task.ph_key) > 0


def probe(conn):
    """Cancel the task of a connection that waits for something else than its client, if the client has gone.

    A client that has only ended its own side may still want its response, so that has to be seen three times. What else
    the client has sent is kept for later, max_head bytes of it.
    """
    if MICROPYTHON and _stranded(conn.task):  # pragma: no cover  MicroPython
        conn.error = TypeError(lazy.log.NO_YIELD)
        conn.task = create_task(conn)
        return
    if conn.state == GONE and not conn.error and ticks_diff(ticks_ms(), conn.since) > 2000:
        # It was cancelled, and goes on: what it waits for will never come, such as a task that nothing resumes. With an
        # error it was not: it has waited since a write of its own failed.
        conn.close()
        return
    try:
        while conn.state != GONE:
            left = conn.app.max_head - len(conn.pending)
            if left < 1:
                # Behind a response without end nothing can follow.
                if conn.resp._released:
                    break
                return
            n = getattr(conn.sock, "now", conn.sock.readinto)(_space[:left])
            if n is None:
                return
            if not n:
                if conn.resp._released:
                    break
                conn.state = max(conn.state, LATE) + 1
                if conn.state > LATE + 2:
                    break
                return
            conn.pending += bytes(_space[:n])
    except Exception:
        pass  # the client has gone, or there is no memory for what it sent: the connection ends in both cases
    if conn.state != GONE:
        conn.since = ticks_ms()
    conn.state = GONE
    conn.task.cancel()


def reject_yield(conn):  # pragma: no cover  MicroPython
    """Raise TypeError in a handler that has yielded a value, until it ends or waits.

    On MicroPython a coroutine is a generator, and what waits yields None: another value is a handler's own `yield`,
    which nothing would ever resume.
    """
    for _ in range(9):
        if conn.serving.throw(TypeError(lazy.log.NO_YIELD)) is None:
            return
    conn.close()
    raise StopIteration
