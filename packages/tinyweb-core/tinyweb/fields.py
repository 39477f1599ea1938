# The fields that a program sets for its answer: loaded with the first one.

from .http import _TOKEN


def line(name, value):
    """Give a field as a line of the head; ValueError for a name or value that would break the head (CWE-113)."""
    value = str(value)
    if not name or name.encode().strip(_TOKEN) or "\r" in value or "\n" in value or "\0" in value:
        raise ValueError("Not allowed in a header: %s: %r" % (name, value))
    return ("%s: %s\r\n" % (name, value)).encode()


def fields(resp, lines, keep):
    """Give the lines of all fields, whether the connection is kept, and whether the program frames the body itself.

    lines: what the server would say of the Content-Type, if the program does not.
    """
    own = False
    for name in resp.headers:
        value = resp.headers[name]
        low = name.lower()
        if low == "content-type":
            lines = b""
        elif low == "content-length":
            resp._left = int(value)
            own = True
        elif low == "transfer-encoding":
            own = True
            keep = False
        elif low == "connection":
            keep = keep and "close" not in value.lower()
            continue
        for v in value if isinstance(value, (tuple, list)) else (value,):
            lines += line(name, v)
    return lines, keep, own


def access_control(resp):
    route = resp._req.route
    allow = "Access-Control-Allow-"
    resp.add_header(allow + "Origin", route[5])
    resp.add_header(allow + "Methods", b", ".join(route[0]).decode())
    resp.add_header(allow + "Headers", route[4])
