# Convert what a handler returned, if it is not text: tuples, dicts, lists. Lazy module: loaded by the first of them.

from json import dumps as _dumps

from .lazy import lazy

# JSON has no NaN or infinity, but interpreters write them: NaN and Infinity on CPython, nan and inf on MicroPython.
_NAN = _dumps(float("nan"))
_INF = _dumps(float("inf"))

_kind = b"Content-Type: application/json\r\n"


def dumps(value):
    """Return a value as JSON (str, RFC 8259), with null for NaN and infinite floats, which JSON cannot represent.

    Such a float as a key of a dict is kept, as a string. Raises what json.dumps() raises.
    """
    text = _dumps(value)
    # _finite() is slow, so search the text first; a word such as "information" only causes a needless call.
    return _dumps(_finite(value)) if _NAN in text or _INF in text else text


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
        body = dumps(body)
    return body


def shape(resp, body):
    """Return a handler's result as str, bytes or, above 1024 bytes, memoryview; None if it is awaited or sends itself.

    Raises TypeError for a body that is not bytes-like.
    """
    if isinstance(body, dict):
        # Most often. It needs none of the questions below.
        resp.type_line = _kind
        text = _dumps(body)
        return _dumps(_finite(body)) if _NAN in text or _INF in text else text
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
