# Bodies and cookies that few requests have: loaded on first use.

import sys

if sys.implementation.name == "micropython":  # pragma: no cover  MicroPython
    from json import loads
else:
    from .cpython import loads

from .body import max_size, read, ready
from .http import HTTPException
from .query import kind, parse_query_string, text


async def read_parse_form_data(req):
    """Read the body and decode it by its Content-Type (RFC 9110 8.3).

    Gives a dict of str to str for a form, what json gives for JSON, {} for another body or none.
    Reads max_body_size bytes at most. Raises HTTPException 400 (malformed), 413 (too long) or 415 (multipart);
    EOFError if the peer leaves.
    """
    if not req._left:
        return {}
    of = kind(req._head)
    if of == b"application/x-www-form-urlencoded":
        # A pair for each 16 bytes that the route takes: each takes about a hundred in the heap.
        return parse_query_string(await read(req), max(64, max_size(req) // 16))
    if of == b"application/json" or of[:12] == b"application/" and of[-5:] == b"+json":
        return _json(ready(req) or await read(req))
    if of[:10] == b"multipart/":
        raise HTTPException(415, of.decode() + " is read by the package tinyweb-multipart")
    return {}


async def read_json(req):
    """Read the body and decode it as JSON, whatever its Content-Type (RFC 8259).

    Reads max_body_size bytes at most. Raises HTTPException 400 (malformed or empty) or 413 (too long); EOFError if the
    peer leaves.
    """
    return _json(ready(req) or await read(req))


def _json(data):
    try:
        # It decodes UTF-8 itself.
        return loads(data)
    except (ValueError, RuntimeError):  # RuntimeError: nested too deep for CPython
        if data[:3] == b"\xef\xbb\xbf":
            return _json(data[3:])  # a byte order mark may be passed over (RFC 8259 8.1)
        raise HTTPException(400, "The body is not JSON" if data else "The body is empty, JSON was expected")


def cookies(value):
    # RFC 6265 4.2.1; what is no pair is passed over, quotes around a value are not part of it.
    # 64 at most: browsers keep 50 or more for a host (6.1), and each takes far more heap than on the wire.
    out = {}
    value = value or b""
    if value.count(b";") > 63:
        raise HTTPException(400, "Too many cookies")
    for pair in value.split(b";"):
        i = pair.find(b"=")
        if i > 0:
            v = pair[i + 1 :].strip(b" \t")
            if len(v) > 1 and v[0] == v[-1] == 34:
                v = v[1:-1]
            out[text(pair[:i].strip(b" \t"))] = text(v)
    return out


def cookie(name, value, max_age=None, path="/", domain=None, secure=False, httponly=True, samesite="Lax"):
    """Give the value of a Set-Cookie field (RFC 6265 4.1.1).

    max_age in seconds, None for as long as the browser runs, 0 to delete. Raises ValueError for a character that
    cannot stand in a cookie.
    """
    if max_age is not None:
        max_age = str(max_age)
    out = ""
    for key, v in (
        (name, value),
        ("Max-Age", max_age),
        ("Path", path),
        ("Domain", domain),
        ("SameSite", samesite),
    ):
        if v is not None:
            for ch in key + v:
                if ch in ';,\\" ' or not " " < ch < "\x7f":
                    raise ValueError("Not allowed in a cookie: %r" % ch)
            out += "; %s=%s" % (key, v)
    if not name or "=" in name:
        raise ValueError("A cookie needs a name without '='")
    return out[2:] + ("; Secure" if secure else "") + ("; HttpOnly" if httponly else "")
