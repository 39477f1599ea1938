# Responses that go on for long: each part of a body sent at once, the slot given back, what follows the response.
# Loaded by the first of them.

from .lazy import lazy
from .response import DONE, SENT, STARTED
from .streaming import flush, gather, send
from .transport import get_event_loop, sleep_ms, view


def pieces(resp, first):
    """Return f: f(data) sends data (str or bytes) at once, as a chunk of its own; f(None) ends the body.

    For a response that sends nothing else. f returns None if the socket took all of it, otherwise a coroutine that goes
    on. At each 32nd call other tasks get a turn. Raises TypeError, before anything is sent, if the first is neither.
    """
    view(first)
    conn = lazy.framing.connection(resp)
    if resp.state >= SENT:
        raise ValueError("The head has left already")
    size = n = whole = 0
    line = b""
    head = lazy.framing.make_head(resp, None)
    if not resp._chunked:
        resp._unsent = head
        return lambda payload: None if payload is None else _send_at_once(resp, payload)

    def put(payload):
        nonlocal size, whole, line, n, head
        if resp.state == DONE or conn.resp is not resp:
            raise RuntimeError("This response is complete: nothing more of it can be sent")
        if payload is None:
            resp.state = DONE
            resp._chunked = False
            if resp._buffer:
                gather(resp, b"")
            payload = head + b"0\r\n\r\n"
            m = len(payload)
        else:
            payload = view(payload)
            i = len(payload)
            if not i:
                return None  # an empty chunk would be the last one
            if i > 512:
                # Through the buffer: a copy of a long payload might find no place in the heap.
                resp._unsent = head
                head = b""
                return _send_at_once(resp, payload)
            if i != size:
                # The head goes with the first chunk.
                size = 0 if head else i
                line = b"%s%x\r\n" % (head, i)
                whole = len(line) + i + 2
                head = b""
            resp.sent_bytes += i
            payload = line + payload + b"\r\n"
            m = len(payload)
            if m != whole:
                raise TypeError("What is sent is str or bytes, not an array of larger items")
        i = conn.try_write(payload)
        if i < m:
            return conn.write(payload[i:])
        n += 1
        if not n & 31:
            return sleep_ms(0)

    return put


async def release(resp):
    """Send what has been gathered and give the slot back: for a response that goes on for long, such as events."""
    lazy.framing.connection(resp)
    resp.state = resp.state or STARTED
    await flush(resp)
    gather(resp, bytearray(256))
    resp._released = True
    lazy.waiting.release_slot(resp.req._conn)


async def _send_at_once(resp, payload):
    await send(resp, payload)
    await flush(resp)
    if resp.sent_bytes > 1024:
        await sleep_ms(0)


async def end(resp):
    """Send the response to its end now: what the handler does from here on happens after it has left.

    It has left when the system has taken all of it; then() waits for the client, too.
    """
    lazy.framing.connection(resp)
    await lazy.dispatch.finish(resp, None)
    resp.state = DONE
    resp._chunked = False
    resp._buffer = None
    resp._buffer_end = 0


def then(resp, f, *args):
    """Call f(*args) when the response has left and its connection is closed, such as machine.reset().

    The client is told to close; f is called when it has, or half a second later, whatever becomes of it. f may be an
    `async def`. What it raises is logged.
    """
    if not callable(f):
        raise TypeError("then() takes a function and its arguments, not what it returned: %r" % (f,))
    resp._callbacks += ((f, args),)
    resp.add_header("Connection", "close")
    if resp.state >= SENT:
        resp._keep_alive = False


def closed(resp):
    """Call what then() was given, in a task of its own."""
    get_event_loop().create_task(_run(resp._callbacks))


async def client_closes(conn):
    """Wait for the client to close, for half a second at most, before our side does."""
    conn.free_slot()
    await lazy.unread_body.linger(conn)


async def _run(calls):
    for f, args in calls:
        try:
            f = f(*args)
            if hasattr(f, "send"):
                await f
        except Exception as e:
            lazy.log.log("What then() was given failed", e)
