# Header fields that a program sets: loaded with the first of them.

from .http import _TOKEN


def set_fields(resp, fields):
    """Set header fields from a dict or a list of pairs, None for none."""
    for name, value in fields.items() if hasattr(fields, "items") else fields or ():
        # A value that is a list goes out as one field for each of its items: head_lines() checks them.
        _set(resp.headers, name, value)


def _text(value):
    return value.decode() if isinstance(value, (bytes, bytearray)) else str(value)


def _low(name):
    # A name in lower case, in which all its spellings are one (RFC 9110 5.1).
    if not isinstance(name, (str, bytes)):
        raise TypeError("The name of a header field is a str, not %r" % (name,))
    return _text(name).lower()


def _set(headers, name, value):
    low = _low(name)
    for other in headers:
        if other != name and _low(other) == low:
            del headers[other]
            break
    headers[_text(name)] = value


def line(name, value):
    """Return a field as a line of the head; ValueError for a name or value that would break the head (CWE-113)."""
    name = _text(name)
    value = _text(value)
    if not name or name.encode().strip(_TOKEN) or "\r" in value or "\n" in value or "\0" in value:
        raise ValueError("Not allowed in a header: %s: %r" % (name, value))
    return ("%s: %s\r\n" % (name, value)).encode()


def head_lines(resp, lines, keep):
    """Return the lines of all fields, whether the connection is kept, and whether the program frames the body itself.

    lines: what the server would say of the Content-Type, if the program does not.
    """
    if not isinstance(resp.headers, dict):
        # A list of pairs is taken; anything else is an error here, and a dict again for the response to that.
        fields = resp.headers
        resp.headers = {}
        set_fields(resp, fields)
    own = False
    mine = b""
    names = {_low(name): name for name in resp.headers}
    if "transfer-encoding" in names:
        names["content-length"] = None  # never both (RFC 9112 6.2): the coding says where the body ends
    for name in resp.headers:
        value = resp.headers[name]
        low = _low(name)
        # A field set in two spellings goes out once, but for the one that may be repeated (RFC 6265 3).
        if names[low] != name and low != "set-cookie":
            continue
        # What the program says itself goes before what an extension has made ready.
        start = low.encode() + b":"
        resp.extra_lines = b"\n".join([x for x in resp.extra_lines.split(b"\n") if not x.lower().startswith(start)])
        if low == "content-type":
            lines = b""
        elif low == "content-length":
            value = _text(value)
            # int() takes "1_0" and " 5" too, and the client would read another length.
            if not value.encode().isdigit():
                raise ValueError("Not a Content-Length: %r" % value)
            resp._promised = int(value)
            own = True
        elif low == "transfer-encoding":
            own = True
            keep = False
        elif low == "connection":
            keep = keep and "close" not in _text(value).lower()
            continue
        for v in value if isinstance(value, (tuple, list)) else (value,):
            mine += line(name, v)
    return lines + mine, keep, own


# The fields that describe a body (RFC 9110 8.3 to 8.8, 14.3, 14.4, RFC 9112 6, RFC 6266): they go when the body does.
_ABOUT_BODY = (
    " content-type content-length content-encoding content-language content-location content-range content-disposition"
    " transfer-encoding trailer etag last-modified accept-ranges "
)


def drop_body_fields(resp):
    """Drop the header fields that describe a body which is not sent, and names that no field can have."""
    for name in list(resp.headers):
        if not isinstance(name, str) or " %s " % name.lower() in _ABOUT_BODY:
            del resp.headers[name]


def add_header(resp, key, value):
    """Set a field; value is str or what str() makes one of. Raises ValueError for CR, LF or NUL in it."""
    line(key, value)
    _set(resp.headers, key, value)
