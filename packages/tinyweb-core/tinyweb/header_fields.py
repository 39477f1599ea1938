# Header fields set by the program. Lazy module: loaded when a handler sets its first field.

from .http import _TOKEN


def set_fields(resp, fields):
    """Set header fields from a dict or a list of (name, value) pairs; None sets nothing.

    If a program has put a list of pairs or None in place of resp.headers, that becomes a dict before.
    """
    own = resp.headers
    if not isinstance(own, dict):
        resp.headers = {}  # first, so that the error response to anything else finds a dict
        set_fields(resp, own)
    for name, value in fields.items() if hasattr(fields, "items") else fields or ():
        # A value may be a list: head_lines() checks its items and writes one field line for each.
        _set(resp.headers, name, value)


def _text(value):
    return value.decode() if isinstance(value, (bytes, bytearray)) else str(value)


def _low(name):
    # Field names are case-insensitive (RFC 9110 5.1), so they are compared in lower case.
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
    """Return a header field as one line (bytes). Raises ValueError if it would allow header injection (CWE-113)."""
    name = _text(name)
    value = _text(value)
    if not name or name.encode().strip(_TOKEN) or "\r" in value or "\n" in value or "\0" in value:
        raise ValueError("Not allowed in a header: %s: %r" % (name, value))
    return ("%s: %s\r\n" % (name, value)).encode()


def head_lines(resp, lines, keep):
    """Append the program's field lines to a list; return (keep-alive flag, whether the program frames the body itself).

    lines: the list, with the server's own Content-Type line in it, which is dropped if the program has set one.
    """
    set_fields(resp, None)
    own = False
    names = {_low(name): name for name in resp.headers}
    if "transfer-encoding" in names or resp.code == 204:
        # Never send both (RFC 9112 6.2): the coding delimits the body. 204 has no length (RFC 9110 8.6), though
        # programs for 1.x say that it is 0.
        names["content-length"] = None
    for name in resp.headers:
        value = resp.headers[name]
        low = _low(name)
        # Only Set-Cookie may be repeated (RFC 6265 3).
        if low != "set-cookie":
            # Send a field that was set in two spellings once.
            if names[low] != name:
                continue
            # A field of the program overrides the same field prepared by an extension. But Vary has a line of each,
            # because a cache has to know all that a response depends on.
            if resp.extra_lines and low != "vary":
                start = low.encode() + b":"
                others = [x for x in resp.extra_lines.split(b"\n") if not x.lower().startswith(start)]
                resp.extra_lines = b"\n".join(others)
        if low == "content-type":
            lines[0] = b""
        elif low == "content-length":
            value = _text(value)
            # int() also accepts "1_0" and " 5", which the client would parse as another length.
            if not value.encode().isdigit():
                raise ValueError("Not a Content-Length: %r" % value)
            resp._promised = int(value)
            own = True
        elif low == "transfer-encoding":
            own = True
            keep = False
        elif low == "upgrade":
            lines.append(line("connection", low))  # RFC 9110 7.8
        elif low == "connection":
            keep = keep and "close" not in _text(value).lower()
            continue
        for v in value if isinstance(value, (tuple, list)) else (value,):
            lines.append(line(name, v))
    return keep, own


# Fields that describe a body (RFC 9110 8.3 to 8.8, 14.3, 14.4, RFC 9112 6, RFC 6266), dropped together with the body.
_ABOUT_BODY = (
    " content-type content-length content-encoding content-language content-location content-range content-disposition"
    " transfer-encoding trailer etag last-modified accept-ranges "
)


def drop_body_fields(resp):
    """Drop the header fields that describe a body that is not sent, and names that are not str."""
    set_fields(resp, None)
    for name in list(resp.headers):
        if not isinstance(name, str) or " %s " % name.lower() in _ABOUT_BODY:
            del resp.headers[name]


def add_header(resp, key, value):
    """Set a header field; str() converts a value that is not str or bytes. Raises ValueError for CR, LF or NUL."""
    line(key, value)
    set_fields(resp, ((key, value),))
