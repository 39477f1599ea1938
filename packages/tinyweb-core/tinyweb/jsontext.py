# JSON as it leaves: loaded with the first answer that is JSON.

from json import dumps as _dumps

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
