# Responses that consist of a status and a short text. Lazy module: loaded by the first redirect() or error().

from .header_fields import add_header
from .lazy import lazy
from .response import SENT


def redirect(resp, location, msg=None, code=302):
    """Redirect to a location with 301, 302, 303, 307 or 308 (RFC 9110 15.4). Return an awaitable.

    Raises ValueError for another code, and for CR, LF or NUL in the location.
    """
    if isinstance(msg, int):
        msg, code = None, msg  # redirect("/x", 303)
    if code not in (301, 302, 303, 307, 308):
        raise ValueError("A redirect is 301, 302, 303, 307 or 308, not %r" % (code,))
    add_header(resp, "Location", location)
    return error(resp, code, msg or "")


def error(resp, code, msg=None):
    """Respond with a status code and msg as text, the reason phrase if msg is None. Return an awaitable."""
    code = lazy.status.status(code)
    lazy.framing.connection(resp)
    if resp.state < SENT:
        lazy.dispatch.discard(resp)
        resp.code = code
    return lazy.dispatch.reply(resp, lazy.status.phrase(code) if msg is None else msg)
