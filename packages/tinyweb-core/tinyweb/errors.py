# Responses to errors that need nobody else's word. Loaded with the first error but a plain 404; what a program's error
# handlers, hooks, header fields or a response that has begun make of an error is in failures.py.

from asyncio import CancelledError

from .http import _TEXT, HTTPException
from .lazy import lazy
from .response import SENT
from .transport import GONE

# The commonest statuses with their reason phrases, as one object; the others are in status.py.
_COMMON = (
    b"400 Bad Request|403 Forbidden|404 Not Found|405 Method Not Allowed|413 Content Too Large"
    b"|500 Internal Server Error|503 Service Unavailable|"
)


def reply(app, req, resp, error):
    """Return the response to an error as bytes, None if failures.fail() has to make it."""
    head = req.head
    left = req._body_left
    route = head.route or getattr(error, "near", None)
    if req._conn.state == GONE or resp.state or resp.headers or head.method == b"HEAD" or route and route.error_body:
        return None
    code = 500
    message = lines = None
    if isinstance(error, HTTPException):
        code = error.code
        message = error.message
        lines = error.headers
        if type(code) is not int or code < 100 or not isinstance(message or "", str):
            return None
    elif app.debug or isinstance(error, CancelledError):
        return None
    start = _COMMON.find(b"%d " % code)
    if start < 0:
        return None
    if not isinstance(error, HTTPException):
        lazy.log.log_failure(req, error)
    if lines:
        name = "Allow" if code == 405 else "Retry-After"
        if len(lines) > 1 or name not in lines:
            return None
        lines = ("%s: %s\r\n" % (name, lines[name])).encode()
        if min(lines[:-2]) < 32:
            return None  # header_fields.py refuses it (CWE-113)
    status = _COMMON[start : _COMMON.find(b"|", start)]
    body = message.encode() if message else status[4:] + b"\n"
    resp.code = code
    resp.state = SENT
    resp._unsent = b""
    # As in framing.make_head().
    resp._keep_alive = head.keep_alive and head.plain and not (left and (req._expect or left > 4096))
    # As there, not one "%".
    return b"".join(
        (
            b"HTTP/1.1 %s\r\n" % status,
            _TEXT,
            lines or b"",
            b"" if resp._keep_alive else b"Connection: close\r\n",
            b"Content-Length: %d\r\n\r\n" % len(body),
            body,
        )
    )
