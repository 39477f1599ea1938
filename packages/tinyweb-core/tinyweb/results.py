# What a handler returns that is no text: tuples, dicts, lists. Loaded with the first of them.

from json import dumps as _dumps

from .lazy import lazy
from .transport import view

# What the interpreter writes where JSON has no number: NaN and Infinity on CPython, nan and inf on MicroPython.
_NAN = _dumps(float("nan"))
_INF = _dumps(float("inf"))


def dumps(value):
    """Return a value as JSON (str) (RFC 8259); a float that is no number, or infinite, is null: JSON has none of them.

    Such a float as a key of a dict stays, as a text. Raises what json.dumps() raises.
    """
    text = _dumps(value)
    # The walk is slow, so the text says whether it is needed; a word such as "information" causes it for nothing.
    return _dumps(_finite(value)) if _NAN in text or _INF in text else text


def _finite(value):
    # A copy, with None where a float is not finite.
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {k: _finite(value[k]) for k in value}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return value


def unpack(resp, result):
    """Return the body of (body, code), (body, code, fields) or (body, fields), and set the status and the fields.

    fields: a dict, or a list of pairs. Raises TypeError or ValueError for any other tuple.
    """
    code = result[1:]
    few = code and isinstance(code[0], (dict, list))
    if len(code) == (1 if few else 2):
        lazy.header_fields.set_fields(resp, code[-1])
        code = code[:-1]
    elif few or len(code) != 1:
        raise TypeError("A handler returns (body, code), (body, code, fields) or (body, fields), not %r" % (result,))
    if code:
        resp.code = lazy.status.status(code[0])
    return result[0]


def shape(resp, body):
    """Return as str, bytes or a long memoryview what a handler returned otherwise; None for an awaitable.

    A tuple is as unpack() tells, a dict or list becomes JSON. Raises TypeError for what is not bytes-like.
    """
    if isinstance(body, tuple):
        body = unpack(resp, body)
        if body is None:
            body = b""
    if isinstance(body, (dict, list)):
        resp.type_line = b"Content-Type: application/json\r\n"
        body = dumps(body)
    elif not isinstance(body, (str, bytes)):
        if hasattr(body, "send"):
            return None
        body = view(body)
        if len(body) <= 1024 or len(bytes(body[:1])) > 1:
            body = bytes(body)  # of an array of larger items, what is counted is bytes
    return body
