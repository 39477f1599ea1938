# Paths with escapes, loaded with the first that comes.

from .query import HEX, escaped

# RFC 3986 2.3
_UNRESERVED = b"etaoinshrdlucmfwypvbgkjqxz0123456789-._~ETAOINSHRDLUCMFWYPVBGKJQXZ"


def normal(path):
    """Undo the escapes of unreserved characters in a path (RFC 3986 6.2.2.2); the others stay as they are.

    A "%" without two hex digits stays, and so does an escape that would complete one: nothing is ever decoded twice,
    unquote() of the result is unquote(path).
    """
    out = bytearray()
    start = 0
    i = path.find(b"%")
    while i >= 0:
        c = escaped(path, i)
        if c >= 0:
            if start < i:
                out.extend(path[start:i])
            start = i
            # An escape that stays ends two bytes behind its "%": what is found nearer is a "%" that begins none.
            near = out and (out[-1] == 37 or len(out) > 1 and out[-2] == 37)
            if c in _UNRESERVED and not (near and c in HEX):
                out.append(c)
                start += 3
            i += 2
        i = path.find(b"%", i + 1)
    out.extend(path[start:])
    return bytes(out)
