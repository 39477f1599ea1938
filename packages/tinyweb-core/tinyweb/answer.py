# What a handler may do with its response, other than return the body: loaded with the first who does it.

from .extension import extension, lend, room
from .fields import add_header


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
    others = resp.headers.get("Set-Cookie", ())
    resp.headers["Set-Cookie"] = ((others,) if isinstance(others, str) else tuple(others)) + (value,)


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
        resp.code = code
    return dispatch.reply(resp, reasons.phrase(code) if msg is None else msg)


_METHODS = {
    "add_header": add_header,
    "add_access_control_headers": add_access_control_headers,
    "set_cookie": set_cookie,
    "send_file": send_file,
    "redirect": redirect,
    "error": error,
}
