# What a handler may do with its response, other than return the body: loaded with the first who does it.

from .extension import extension, lend, room
from .http import _TOKEN


def method(name):
    """Give the function that is a response's method; raises AttributeError where there is none."""
    f = _METHODS.get(name)
    if f:
        return f
    if name == "flush":
        return room("stream").flush
    if name in ("pieces", "release"):
        return getattr(room("pieces"), name)
    raise AttributeError("'response' object has no attribute '%s'" % name)


def shape(resp, body):
    """Give the body of (body, code) or (body, code, headers), as JSON where it is a dict or list."""
    if isinstance(body, tuple):
        resp.code = body[1]
        if len(body) > 2:
            resp.headers.update(body[2])
        body = b"" if body[0] is None else body[0]
    if isinstance(body, (dict, list)):
        import json

        resp._type = b"Content-Type: application/json\r\n"
        body = json.dumps(body)
    return body


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
    mine = b""
    for name in resp.headers:
        value = resp.headers[name]
        low = name.lower()
        # What the program says itself goes before what an extension has made ready.
        start = low.encode() + b":"
        resp.lines = b"\n".join([x for x in resp.lines.split(b"\n") if not x.lower().startswith(start)])
        if low == "content-type":
            lines = b""
        elif low == "content-length":
            resp._left = int(value)
            if resp._left < 0:
                raise ValueError(value)
            own = True
        elif low == "transfer-encoding":
            own = True
            keep = False
        elif low == "connection":
            keep = keep and "close" not in value.lower()
            continue
        for v in value if isinstance(value, (tuple, list)) else (value,):
            mine += line(name, v)
    return lines + mine, keep, own


def add_header(resp, key, value):
    """Set a field; value is str or what str() makes one of. Raises ValueError for CR, LF or NUL in it."""
    line(key, value)
    resp.headers[key] = value


def add_access_control_headers(resp):
    """Allow other origins to use this route, as its allowed_access_control_* say (Fetch 3.2)."""
    route = resp._req.route
    allow = "Access-Control-Allow-"
    origin = route[5]
    if not isinstance(origin, str):
        # One of several is allowed by its name, so caches have to keep the answers apart (Fetch 3.2.5).
        vary = resp.headers.get("Vary")
        add_header(resp, "Vary", vary + ", Origin" if vary else "Origin")
        origin = (resp._req.header(b"origin") or b"").decode()
        if origin not in route[5]:
            return
    add_header(resp, allow + "Origin", origin)
    add_header(resp, allow + "Methods", b", ".join(route[0]).decode())
    add_header(resp, allow + "Headers", route[4] if isinstance(route[4], str) else ", ".join(route[4]))


def set_cookie(resp, name, value, *args, **attributes):
    """Add a cookie (RFC 6265 4.1); form.cookie() tells the attributes. Raises ValueError for a bad character."""
    value = room("form").cookie(name, value, *args, **attributes)
    resp.headers["Set-Cookie"] = resp.headers.get("Set-Cookie", ()) + (value,)


def send_file(resp, filename, *args, **kwargs):
    """Send a file; see tinyweb-static, which this needs. A coroutine."""
    f = extension("static").send_file
    lend(type(resp), "send_file", f)
    return f(resp, filename, *args, **kwargs)


def redirect(resp, location, msg=None):
    """Answer 302 (Found) with a Location; raises ValueError for CR, LF or NUL in it. Awaitable."""
    add_header(resp, "Location", location)
    return error(resp, 302, msg or "")


def error(resp, code, msg=None):
    """Answer with a status and a text, its reason phrase if no msg is given. Awaitable."""
    return room("stream").reply(resp, (room("reasons").reason(code) + b"\n" if msg is None else msg, code))


_METHODS = {
    "add_header": add_header,
    "add_access_control_headers": add_access_control_headers,
    "set_cookie": set_cookie,
    "send_file": send_file,
    "redirect": redirect,
    "error": error,
}
