# Long responses: unbuffered chunks, early release of the slot, callbacks after the response. Lazy module: loaded by the
# first of them.

from .lazy import lazy
from .response import DONE, SENT, STARTED
from .streaming import flush, gather, send, view
from .transport import get_event_loop, sleep_ms


def pieces(resp, first):
    """Return a function f: f(data) sends data (str or bytes) as one chunk without buffering, f(None) ends the body.

    The response must send nothing else. f returns None if the socket took everything, else a coroutine that sends the
    rest; each 32nd call yields to other tasks. Raises TypeError if first is neither, before anything is sent.
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
                return None  # an empty chunk would end the body
            if i > 512:
                # Send it through the buffer: framing copies the payload, and the heap may have no room for a long copy.
                resp._unsent = head
                head = b""
                return _send_at_once(resp, payload)
            if i != size:
                # The head is sent together with the first chunk.
                size = 0 if head else i
                line = b"%s%x\r\n" % (head, i)
                whole = len(line) + i + 2
                head = b""
            resp.sent_bytes += i
            payload = line + payload + b"\r\n"
            m = len(payload)
            if m != whole:  # pragma: no cover  MicroPython: a PC counts bytes
                raise TypeError("What is sent is str or bytes, not an array of larger items")
        i = conn.try_write(payload)
        if i < m:
            return conn.write(payload[i:])
        n += 1
        if not n & 31:
            return sleep_ms(0)

    return put


async def release(resp):
    """Flush the buffer and release the slot, for a response that lasts long, such as server-sent events."""
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
    """Complete and send the response now, while the handler continues.

    "Sent" means that the network stack has taken all bytes; then() waits for the client as well.
    """
    lazy.framing.connection(resp)
    await lazy.dispatch.finish(resp, None)
    resp.state = DONE
    resp._chunked = False
    resp._buffer = None
    resp._buffer_end = 0


def then(resp, f, *args):
    """Call f(*args), such as machine.reset(), after the response was sent and its connection closed.

    The response says "Connection: close"; f is called when the client has closed, or after 0.5 s, even if the handler
    failed. f may be an `async def`. Its exceptions are logged. Raises TypeError if f is not callable.
    """
    if not callable(f):
        raise TypeError("then() takes a function and its arguments, not what it returned: %r" % (f,))
    if not (resp._released is True or not resp._released):
        raise ValueError("then() is for a response that ends by itself, not for a link")
    resp._callbacks += ((f, args),)
    if resp.req._conn.resp is not resp:
        closed(resp)  # a task of the handler's asks for it when the response has left already
    resp.add_header("Connection", "close")
    if resp.state >= SENT:
        resp._keep_alive = False


def closed(resp):
    """Start a task that calls the functions passed to then()."""
    get_event_loop().create_task(_run(resp._callbacks))
    resp._callbacks = ()


async def client_closes(conn):
    """Wait up to 0.5 s for the client to close the connection first."""
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
