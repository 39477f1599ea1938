# Answers that go on for long: each piece of a body sent at once, and the slot given back. Loaded by the first of them.

from .connection import get_event_loop, sleep_ms, view
from .extension import room
from .stream import flush, gather, send


def pieces(resp, first):
    """Give a function that sends a piece (str or bytes) at once, in a chunk of its own, and with None the body's end.

    For who sends nothing else. It gives None where the socket took all of it, else a coroutine that goes on. Each 32nd
    piece lets other tasks run. Raises TypeError if the first piece is neither, before anything has left.
    """
    view(first)
    c = resp._connection()
    if resp._sent:
        raise ValueError("The head has left already")
    size = n = whole = 0
    done = False
    line = b""
    resp._begun = True
    head = resp._head(None)
    if not resp._chunked:
        resp._rest = head
        return lambda payload: None if payload is None else _piece(resp, payload)

    def put(payload):
        nonlocal done, size, whole, line, n, head
        if done or c.resp is not resp:
            raise RuntimeError("This response is complete: nothing more of it can be sent")
        if payload is None:
            done = resp.whole = True
            resp._chunked = False
            if resp._out:
                gather(resp, b"")
            payload = head + b"0\r\n\r\n"
            m = len(payload)
        else:
            payload = view(payload)
            i = len(payload)
            if not i:
                return None  # an empty chunk would be the last one
            if i > 512:
                # Through the buffer: a copy of a long piece might find no place in the heap.
                resp._rest = head
                head = b""
                return _piece(resp, payload)
            if i != size:
                # The head goes with the first.
                size = 0 if head else i
                line = b"%s%x\r\n" % (head, i)
                whole = len(line) + i + 2
                head = b""
            resp.sent_bytes += i
            payload = line + payload + b"\r\n"
            m = len(payload)
            if m != whole:
                raise TypeError("What is sent is str or bytes, not an array of larger items")
        i = c.put(payload)
        if i < m:
            return c.write(payload[i:])
        n += 1
        if not n & 31:
            return sleep_ms(0)

    return put


async def release(resp):
    """Send what has been gathered and give the slot back: for an answer that goes on for long, such as events."""
    resp._connection()
    resp._begun = True
    await flush(resp)
    gather(resp, bytearray(256))
    resp._released = True
    resp._req._c.release()


async def _piece(resp, payload):
    await send(resp, payload)
    await flush(resp)
    if resp.sent_bytes > 1024:
        await sleep_ms(0)


async def end(resp):
    """Send the response to its end now: what the handler does from here on happens after it has left.

    It has left when the system has taken all of it; then() waits for the client, too.
    """
    resp._connection()
    await room("dispatch").finish(resp, None)
    resp.whole = True
    resp._chunked = False
    resp._out = None
    resp._end = 0


def then(resp, f, *args):
    """Call f(*args) when the response has left and its connection is closed, such as machine.reset().

    The client is told to close; f is called when it has, or half a second later, whatever becomes of it. f may be an
    `async def`. What it raises is logged.
    """
    if not callable(f):
        raise TypeError("then() takes a function and its arguments, not what it returned: %r" % (f,))
    resp._then += ((f, args),)
    resp.add_header("Connection", "close")
    if resp._sent:
        resp._keep = False


def closed(resp):
    """Call what then() was given, in a task of its own."""
    get_event_loop().create_task(_run(resp._then))


async def left(c):
    """Wait for the client to close, for half a second at most, before our side does."""
    c.app._give(c)
    await room("body").linger(c)


async def _run(calls):
    for f, args in calls:
        try:
            f = f(*args)
            if hasattr(f, "send"):
                await f
        except Exception as e:
            room("errors").log("What then() was given failed", e)
