# Percent and query decoding (RFC 3986 2.1, and what browsers make of forms). Loaded when it is first needed.

from .http import HTTPException
from .lazy import lazy

HEX = b"0123456789ABCDEFabcdef"


def unquote(data):
    """Undo percent-encoding in bytes, once (RFC 3986 2.1); a '%' without two hex digits stays as it is."""
    i = data.find(b"%")
    if i < 0:
        return data
    out = bytearray()
    start = 0
    # No list of all parts: a short text of many escapes would take hundreds of objects.
    while i >= 0:
        c = escaped(data, i)
        if c >= 0:
            if start < i:
                out.extend(data[start:i])
            out.append(c)
            i = start = i + 3
        else:
            i += 1
        i = data.find(b"%", i)
    out.extend(data[start:])
    return bytes(out)


def escaped(data, i):
    """Return the byte that an escape at an index stands for, -1 for a "%" without two hex digits. Allocates nothing."""
    if i + 2 < len(data):
        high = data[i + 1]
        low = data[i + 2]
        if high in HEX and low in HEX:
            return (high & 15) + (high >> 6) * 9 << 4 | (low & 15) + (low >> 6) * 9
    return -1


def text(data):
    """Decode bytes as UTF-8; raises HTTPException 400 where they are none."""
    try:
        return data.decode()
    except UnicodeError:
        raise HTTPException(400)


def urldecode_plus(s):
    """Decode one name or value of a form or query (str or bytes): '+' is a space, %XX a byte of UTF-8. Return str."""
    if isinstance(s, str):
        s = s.encode()
    return text(unquote(s.replace(b"+", b" ")))


def query_pairs(s, most=64):
    """Walk a query or form (str or bytes): yield (name, value) pairs of str in order, '' for a missing value.

    Raises HTTPException 400 for what is no UTF-8, and for more than this many pairs, empty ones included: each takes
    far more heap than on the wire.
    """
    if isinstance(s, str):
        s = s.encode()
    if s.count(b"&") >= most:
        raise HTTPException(400, "Too many names and values")
    s = s.replace(b"+", b" ")
    i = 0
    try:
        while i < len(s):
            # No list of all pairs: a long value would be there twice.
            end = s.find(b"&", i)
            if end < 0:
                end = len(s)
            if end > i:
                n = s.find(b"=", i, end)
                if n < 0:
                    n = end
                name = s[i:n]
                value = s[n + 1 : end]
                # A call of unquote() costs more than a search.
                if b"%" in name:
                    name = unquote(name)
                if b"%" in value:
                    value = unquote(value)
                yield name.decode(), value.decode()
            i = end + 1
    except UnicodeError:
        raise HTTPException(400)


def parse_query_string(s, most=64):
    """Decode a query or form into a dict of str to str; of a repeated name the last one wins. See query_pairs()."""
    return dict(query_pairs(s, most))


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


def __getattr__(name):
    # Where the core is one .mpy file, these two are loaded here for a program that names them without an import.
    if name == "http" or name == "server":
        return getattr(lazy, name)
    raise AttributeError(name)
