# Bodies and cookies that few requests have: loaded on first use.

import json

from .http import HTTPException, parse_query_string, text


async def read(req):
    # request.read_parse_form_data() tells what this gives and raises.
    kind = (req.header(b"content-type") or b"").split(b";")[0].strip().lower()
    if not req._left:
        return {}
    if kind == b"application/x-www-form-urlencoded":
        return parse_query_string(await req.body())
    if kind == b"application/json" or kind[:12] == b"application/" and kind[-5:] == b"+json":
        try:
            return json.loads(text(await req._body()))
        except (ValueError, RuntimeError):  # RuntimeError: nested too deep for CPython
            raise HTTPException(400, "Not JSON")
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


def cookie(name, value, max_age, path, domain, secure, httponly, samesite):
    """Give the value of a Set-Cookie field (RFC 6265 4.1.1); raises ValueError for a character that cannot stand in it."""
    for s in (name, value, path or "", domain or "", samesite or ""):
        for ch in s:
            if ch in ';,\\" ' or not " " < ch < "\x7f":
                raise ValueError("Not allowed in a cookie: %r" % ch)
    if not name or "=" in name:
        raise ValueError("A cookie needs a name without '='")
    out = "%s=%s" % (name, value)
    if max_age is not None:
        out += "; Max-Age=%d" % max_age
    if path:
        out += "; Path=" + path
    if domain:
        out += "; Domain=" + domain
    if secure:
        out += "; Secure"
    if httponly:
        out += "; HttpOnly"
    if samesite:
        out += "; SameSite=" + samesite
    return out
