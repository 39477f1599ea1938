# What a handler may do with its response, other than return the body: loaded with the first who does it.

from .extension import extension, lend, room
from .http import _TOKEN


def method(name):
    """Give the function that is a response's method; raises AttributeError where there is none."""
    f = _METHODS.get(name)
    if f:
        return f
    if name in ("flush", "start", "_send_headers"):
        # 1.x has no public way to start a response that is not HTML: its programs call _send_headers().
        return getattr(room("stream"), "flush" if name == "flush" else "start")
    if name == "run_hooks":
        return room("dispatch").after
    if name == "unpack":
        return room("results").unpack
    if name in ("pieces", "release", "then", "end"):
        return getattr(room("pieces"), name)
    raise AttributeError("'response' object has no attribute '%s'" % name)


def set_fields(resp, fields):
    """Set header fields from a dict or a list of pairs, None for none."""
    for name, value in fields.items() if hasattr(fields, "items") else fields or ():
        # A value that is a list goes out as one field for each of its items: fields() checks them.
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


def fields(resp, lines, keep):
    """Return the lines of all fields, whether the connection is kept, and whether the program frames the body itself.

    lines: what the server would say of the Content-Type, if the program does not.
    """
    own = False
    mine = b""
    names = {}
    for name in resp.headers:
        names[_low(name)] = name
    for name in resp.headers:
        value = resp.headers[name]
        low = _low(name)
        # A field set in two spellings goes out once, but for the one that may be repeated (RFC 6265 3).
        if names[low] != name and low != "set-cookie":
            continue
        # What the program says itself goes before what an extension has made ready.
        start = low.encode() + b":"
        resp.lines = b"\n".join([x for x in resp.lines.split(b"\n") if not x.lower().startswith(start)])
        if low == "content-type":
            lines = b""
        elif low == "content-length":
            value = _text(value)
            # int() takes "1_0" and " 5" too, and the client would read another length.
            if not value.encode().isdigit():
                raise ValueError("Not a Content-Length: %r" % value)
            resp._left = int(value)
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


def add_access_control_headers(resp):
    """Allow other origins to use this route, as its allowed_access_control_* say (Fetch 3.2)."""
    route = resp._req.route
    allow = "Access-Control-Allow-"
    origin = route[5]
    if not isinstance(origin, str):
        # One of several is allowed by its name, so caches have to keep the answers apart (Fetch 3.2.5).
        vary = resp.headers.get("Vary")
        add_header(resp, "Vary", vary + ", Origin" if vary else "Origin")
        # A loop, as what a client says need not be UTF-8, and is one of these only if it is equal.
        said = resp._req.header(b"origin")
        for origin in route[5]:
            if origin.encode() == said:
                break
        else:
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


def redirect(resp, location, msg=None, code=302):
    """Redirect to a location with 301, 302, 303, 307 or 308 (RFC 9110 15.4). Awaitable.

    Raises ValueError for another code, and for CR, LF or NUL in the location.
    """
    if isinstance(msg, int):
        msg, code = None, msg  # redirect("/x", 303)
    if code not in (301, 302, 303, 307, 308):
        raise ValueError("A redirect is 301, 302, 303, 307 or 308, not %r" % (code,))
    add_header(resp, "Location", location)
    return error(resp, code, msg or "")


def error(resp, code, msg=None):
    """Answer with a status and a text, its reason phrase if no msg is given. Awaitable."""
    reasons = room("reasons")
    code = reasons.status(code)
    dispatch = room("dispatch")
    resp._connection()
    if not resp._sent:
        dispatch.discard(resp)
    return dispatch.reply(resp, (reasons.phrase(code) if msg is None else msg, code))


_METHODS = {
    "add_header": add_header,
    "add_access_control_headers": add_access_control_headers,
    "set_cookie": set_cookie,
    "send_file": send_file,
    "redirect": redirect,
    "error": error,
}
