# Convert what a handler returned, if it is not text: tuples, dicts, lists. Lazy module: loaded by the first of them.

from io import BytesIO

from .lazy import lazy
from .transport import MICROPYTHON

if MICROPYTHON:
    from json import dump
else:
    from .compat_cpython import dump


def to_json(value, finite=False):
    """Return a value as JSON (bytes, RFC 8259), with null for NaN and infinite floats, which JSON cannot represent.

    Such a float as a key of a dict is kept, as a string. finite: whether it is known to have none of them.
    Raises what json.dumps() raises.
    """
    # MicroPython looks each new str up among all names that it knows: bytes take 2,500 instructions less.
    out = BytesIO()
    dump(value, out)
    data = out.getvalue()
    out.close()  # frees its buffer
    # _finite() is slow, so search first; a word such as "information" only causes a needless call.
    if not finite and (_NAN in data or _INF in data):
        return to_json(_finite(value), True)
    return data


# JSON has no NaN or infinity, but interpreters write them: NaN and Infinity on CPython, nan and inf on MicroPython.
_NAN = to_json(float("nan"), True)
_INF = to_json(float("inf"), True)

_kind = b"Content-Type: application/json\r\n"


def _finite(value):
    # Return a copy with None in place of each float that is not finite.
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {k: _finite(value[k]) for k in value}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return value


def body_of(resp, body):
    """Return the body in a handler's result: tuples go through unpack(), a dict or list becomes JSON."""
    if isinstance(body, tuple):
        body = lazy.status.unpack(resp, body)
        if body is None:
            body = b""
    if isinstance(body, (dict, list)):
        resp.type_line = _kind
        body = to_json(body)
    return body


def shape(resp, body):
    """Return a handler's result as str, bytes or, above 1024 bytes, memoryview; None if it is awaited or sends itself.

    Raises TypeError for a body that is not bytes-like.
    """
    if isinstance(body, dict):
        # Most often. It needs none of the questions below.
        resp.type_line = _kind
        return to_json(body)
    body = body_of(resp, body)
    if not isinstance(body, (str, bytes)):
        if hasattr(body, "send") or hasattr(body, "respond"):
            return None
        body = memoryview(body)
        if len(body) <= 1024 or len(bytes(body[:1])) > 1:
            body = bytes(body)  # len() of an array counts items, the Content-Length counts bytes
    return body


async def send_page(resp, result):
    """Have a handler's result send itself, by its method respond(resp). Raises TypeError for any other that yields."""
    page = body_of(resp, result)
    if not hasattr(page, "respond"):
        raise TypeError(lazy.log.NO_YIELD)
    await page.respond(resp)
