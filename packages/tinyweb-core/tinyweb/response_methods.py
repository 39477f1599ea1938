# What a handler may do with its response, other than return the body: loaded with the first who does it.

from .header_fields import add_header
from .lazy import bind, lazy
from .response import SENT


def find(name):
    """Return the function that is a response's method; raises AttributeError where there is none."""
    f = _METHODS.get(name)
    if f is None:
        raise AttributeError("'response' object has no attribute '%s'" % name)
    if isinstance(f, tuple):
        f = getattr(getattr(lazy, f[0]), f[1])
    return f


def add_access_control_headers(resp):
    """Allow other origins to use this route, as its allowed_access_control_* say (Fetch 3.2)."""
    route = resp.req.route
    allow = "Access-Control-Allow-"
    origin = route.allowed_origins
    if not isinstance(origin, str):
        # One of several is allowed by its name, so caches have to keep the answers apart (Fetch 3.2.5).
        vary = resp.headers.get("Vary")
        add_header(resp, "Vary", vary + ", Origin" if vary else "Origin")
        # A loop, as what a client says need not be UTF-8, and is one of these only if it is equal.
        said = resp.req.header(b"origin")
        for origin in route.allowed_origins:
            if origin.encode() == said:
                break
        else:
            return
    add_header(resp, allow + "Origin", origin)
    add_header(resp, allow + "Methods", b", ".join(route.methods).decode())
    add_header(resp, allow + "Headers", route.allowed_headers if isinstance(route.allowed_headers, str) else ", ".join(route.allowed_headers))


def send_file(resp, filename, *args, **kwargs):
    """Send a file; see tinyweb-static, which this needs. A coroutine."""
    f = lazy.packages.require("static").send_file
    bind(type(resp), "send_file", f)
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
    """Respond with a status and a text, its reason phrase if no msg is given. Awaitable."""
    code = lazy.status.status(code)
    resp._connection()
    if resp.state < SENT:
        lazy.dispatch.discard(resp)
        resp.code = code
    return lazy.dispatch.reply(resp, lazy.status.phrase(code) if msg is None else msg)


_METHODS = {
    "add_header": add_header,
    "add_access_control_headers": add_access_control_headers,
    "send_file": send_file,
    "redirect": redirect,
    "error": error,
    "set_cookie": ("cookies", "set_cookie"),
    "flush": ("streaming", "flush"),
    "start": ("streaming", "start"),
    # 1.x has no public way to start a response that is not HTML: its programs call this.
    "_send_headers": ("streaming", "start"),
    "pieces": ("long_response", "pieces"),
    "release": ("long_response", "release"),
    "then": ("long_response", "then"),
    "end": ("long_response", "end"),
    # For extensions.
    "run_hooks": ("dispatch", "run_hooks"),
    "unpack": ("results", "unpack"),
    "send_prepared": ("prepared", "send_prepared"),
}
