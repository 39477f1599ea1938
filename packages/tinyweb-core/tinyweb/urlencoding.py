# Percent-decoding (RFC 3986 2.1) and decoding of queries and URL-encoded forms. Lazy module: loaded on first use.

from .http import HTTPException
from .lazy import lazy, unload

HEX = b"0123456789ABCDEFabcdef"


def unquote(data):
    """Percent-decode bytes once (RFC 3986 2.1); a '%' without two hex digits is kept."""
    i = data.find(b"%")
    if i < 0:
        return data
    out = bytearray()
    start = 0
    # Do not split at "%": a short input with many escapes would allocate hundreds of objects.
    while i >= 0:
        byte = escaped(data, i)
        if byte >= 0:
            if start < i:
                out.extend(data[start:i])
            out.append(byte)
            i = start = i + 3
        else:
            i += 1
        i = data.find(b"%", i)
    out.extend(data[start:])
    return bytes(out)


def escaped(data, i):
    """Return the byte encoded by the escape at index i, -1 for a "%" without two hex digits. Allocates nothing."""
    if i + 2 < len(data):
        high = data[i + 1]
        low = data[i + 2]
        if high in HEX and low in HEX:
            return (high & 15) + (high >> 6) * 9 << 4 | (low & 15) + (low >> 6) * 9
    return -1


def text(data):
    """Decode bytes as UTF-8. Raises HTTPException 400 if they are not valid UTF-8."""
    try:
        return data.decode()
    except UnicodeError:
        raise HTTPException(400)


def urldecode_plus(s):
    """Decode one name or value of a form or query (str or bytes) to str: '+' is a space, %XX a byte of UTF-8."""
    if isinstance(s, str):
        s = s.encode()
    return text(unquote(s.replace(b"+", b" ")))


def query_pairs(s, most=64):
    """Yield the (name, value) pairs (str) of a query or form (str or bytes) in order, '' for a missing value.

    Raises HTTPException 400 for invalid UTF-8 and for more than `most` pairs, empty ones included: a decoded pair takes
    far more heap than its bytes on the wire.
    """
    if isinstance(s, str):
        s = s.encode()
    if s.count(b"&") >= most:
        raise HTTPException(400, "Too many names and values")
    s = s.replace(b"+", b" ")
    i = 0
    try:
        while i < len(s):
            # Do not split into a list: a long value would be in the heap twice.
            end = s.find(b"&", i)
            if end < 0:
                end = len(s)
            if end > i:
                equals = s.find(b"=", i, end)
                if equals < 0:
                    equals = end
                name = s[i:equals]
                value = s[equals + 1 : end]
                # Searching for "%" first is cheaper than a call of unquote() for each name and value.
                if b"%" in name:
                    name = unquote(name)
                if b"%" in value:
                    value = unquote(value)
                yield name.decode(), value.decode()
            i = end + 1
    except UnicodeError:
        raise HTTPException(400)


def parse_query_string(s, most=64):
    """Decode a query or form to a dict of str to str; the last of repeated names wins. Raises as query_pairs()."""
    return dict(query_pairs(s, most))


# RFC 3986 2.3
_UNRESERVED = b"etaoinshrdlucmfwypvbgkjqxz0123456789-._~ETAOINSHRDLUCMFWYPVBGKJQXZ"


def normal(path):
    """Decode the escapes of unreserved characters in a path (bytes, RFC 3986 6.2.2.2) and keep all others.

    A "%" without two hex digits is kept, and so is an escape that would complete one. So nothing is decoded twice:
    unquote(normal(path)) == unquote(path).
    """
    out = bytearray()
    start = 0
    i = path.find(b"%")
    while i >= 0:
        byte = escaped(path, i)
        if byte >= 0:
            if start < i:
                out.extend(path[start:i])
            start = i
            # A kept escape has two digits after its "%": a "%" nearer to the end is a literal one without digits.
            near = out and (out[-1] == 37 or len(out) > 1 and out[-2] == 37)
            if byte in _UNRESERVED and not (near and byte in HEX):
                out.append(byte)
                start += 3
            i += 2
        i = path.find(b"%", i + 1)
    out.extend(path[start:])
    return bytes(out)


def __getattr__(name):
    # What tinyweb.http has neither at once nor here.
    if name in ("make_room", "take_over"):
        return getattr(lazy.hooks, name)  # with little else, as memory is short
    found = lazy.response_methods.word(name)
    if name == "params":
        unload("urlencoding")  # a form with files has no other use for it
    return found
