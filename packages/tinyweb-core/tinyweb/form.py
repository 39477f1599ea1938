# Bodies and cookies that few requests have: loaded on first use.

import json

from .body import read, ready
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
        return parse_query_string(await read(req))
    if of == b"application/json" or of[:12] == b"application/" and of[-5:] == b"+json":
        try:
            # It decodes UTF-8 itself.
            return json.loads(ready(req) or await read(req))
        except (ValueError, RuntimeError):  # RuntimeError: nested too deep for CPython
            raise HTTPException(400, "Not JSON")
    if of[:10] == b"multipart/":
        raise HTTPException(415, of.decode() + " is read by the package tinyweb-multipart")
    return {}


def cookies(value):
    # RFC 6265 4.2.1; what is no pair is passed over, quotes around a value are not part of it.
    out = {}
    for pair in (value or b"").split(b";"):
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
