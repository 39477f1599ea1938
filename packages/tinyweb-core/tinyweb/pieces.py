# Answers that go on for long: each piece of a body sent at once, and the slot given back. Loaded by the first of them.

from .connection import sleep_ms
from .stream import flush, gather, send


def pieces(resp):
    """Give a function that sends a piece (str or bytes) at once, in a chunk of its own: for who sends nothing else.

    It gives None where the socket took all of it, else a coroutine that goes on. Each 32nd piece lets other tasks run.
    """
    write = resp._req._c.put
    size = n = 0
    line = b""

    def put(payload):
        nonlocal size, line, n
        n = n + 1 & 31
        if n == 1 or not resp._chunked:
            return _piece(resp, payload)
        if isinstance(payload, str):
            payload = payload.encode()
        i = len(payload)
        if i != size:
            size = i
            line = b"%x\r\n" % i
        if not i:
            return None  # an empty chunk would be the last one
        resp.sent_bytes += i
        payload = line + payload + b"\r\n"
        i = write(payload)
        if i < len(payload):
            return resp._req._c.write(payload[i:])

    return put


async def release(resp):
    """Send what has been gathered and give the slot back: for an answer that goes on for long, such as events."""
    resp._begun = True
    await flush(resp)
    gather(resp, bytearray(256))
    resp._req._c.release()


async def _piece(resp, payload):
    await send(resp, payload)
    await flush(resp)
    if resp.sent_bytes > 1024:
        await sleep_ms(0)
