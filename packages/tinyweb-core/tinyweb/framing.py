# The head of a response, and with it the framing of its body. Loaded with the first response that is not a plain 200.
#
# CONTRACT. The framing and "Connection" are decided when the head is made, in make_head(), and nowhere else. A program
# that frames its response itself (a Content-Length, a Transfer-Encoding, version "1.0") is obeyed. HEAD, 204 and 304
# never have a body (RFC 9110 6.4.1).

from .http import _HTML, _TEXT
from .lazy import lazy
from .response import DONE, SENT


def connection(resp, anyway=False):
    """Return the connection of a response, to send more on it; anyway: also if it is complete, as a rest may be left.

    Raises OSError if the request is over, RuntimeError if the response is complete.
    """
    conn = resp.req._conn
    if conn.resp is not resp:
        raise OSError
    if resp.state == DONE and not anyway:
        raise RuntimeError("This response is complete: nothing more of it can be sent")
    return conn


def reply(resp, body):
    """Return a whole response as bytes; a body above 1 KiB stays in _unsent."""
    kind = _TEXT if len(body) else b""
    if isinstance(body, str):
        body = body.encode()
        kind = _HTML if body[:1] == b"<" else _TEXT
    n = len(body)
    resp.type_line = resp.type_line or kind
    if n > 1024:
        resp._unsent = body
        body = b""
    return make_head(resp, n, body)


def _count(resp, body):
    # Count a body, and return it. Kept out of make_head(), as a function's code lies in one piece of the heap.
    if resp._promised is not None:
        # The program's own length is its promise: no byte more than it, and fewer end the connection.
        body = body[: resp._promised]
        resp._unsent = resp._unsent[: resp._promised]
        resp._promised -= len(body) + len(resp._unsent)
    resp.sent_bytes = len(body) + len(resp._unsent)
    return body


def _keep(req, keep):
    # A body left unread is read over to keep the connection, if it is short. A client that waits for 100 (Continue) may
    # send its body now or not (RFC 9110 10.1.1).
    return keep and not (req._expect or req._body_left > 4096)


def make_head(resp, length, body=b""):
    """Return the head, with a body behind it; length is the body's in bytes, None while it is not known."""
    req = resp.req
    head = req.head
    version = head.version
    code = resp.code
    if code != 200 and code != 404:
        code = resp.code = lazy.status.status(code)
    lines = [resp.type_line]
    keep = head.keep_alive
    mute = code == 204 or code == 304 or head.method == b"HEAD"
    own = framed = None
    if resp.headers:
        keep, own = lazy.header_fields.head_lines(resp, lines, keep)
    lines.append(resp.extra_lines)
    old = resp.version == "1.0"
    if old:
        keep = False  # the program wants to talk 1.0: the close ends the body
    elif own or code == 204:
        pass
    elif length is not None:
        framed = code != 304 or length > 0
    elif version == 10:
        keep = keep and mute
    else:
        resp._chunked = not mute
        lines.append(b"Transfer-Encoding: chunked\r\n")
    if req._body_left:
        keep = _keep(req, keep)
    if version < 11 or not keep:
        lines.append(b"Connection: keep-alive\r\n" if keep else b"Connection: close\r\n")
    resp._keep_alive = keep
    if mute:
        resp.no_body = True
        resp._unsent = body = b""
    elif body or resp._unsent:
        body = _count(resp, body)
    if code == 200:
        text = b"OK"
    else:
        text = b"Not Found" if code == 404 else lazy.status.reason(code)
    lines.insert(0, b"HTTP/1.%d %d %s\r\n" % (0 if old else 1, code, text))
    lines.append(b"Content-Length: %d\r\n\r\n" % length if framed else b"\r\n")
    lines.append(body)
    # Joined once: 200 bytes in one piece are as much as a full heap has.
    text = b"".join(lines)
    # Set last: whatever fails above has sent nothing, so that an error can still be answered.
    resp.state = SENT
    if req._conn.app.debug:
        lazy.debug.head_made(resp)
    return text
