# Cookies (RFC 6265). Lazy module: loaded when the first cookie is read or set.

from .http import HTTPException
from .lazy import lazy
from .urlencoding import text


def parse_cookies(value):
    """Return the cookies of a Cookie field's value (bytes or None) as a dict of str to str (RFC 6265 4.2.1).

    Items without a name and "=" are skipped; quotes around a value are removed. Raises HTTPException 400 for more than
    64 cookies: browsers keep at least 50 for a host (6.1), and each takes far more heap than its bytes on the wire.
    """
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
    """Return the value of a Set-Cookie field (RFC 6265 4.1.1).

    max_age: seconds; None keeps the cookie until the browser is closed, 0 deletes it. Raises ValueError for a character
    that is not allowed in a cookie.
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


def set_cookie(resp, name, value, *args, **attributes):
    """Add a Set-Cookie field (RFC 6265 4.1); the parameters and ValueError are those of cookie()."""
    value = cookie(name, value, *args, **attributes)
    lazy.header_fields.set_fields(resp, None)
    others = resp.headers.get("Set-Cookie", ())
    resp.headers["Set-Cookie"] = ((others,) if isinstance(others, (str, bytes)) else tuple(others)) + (value,)
