# What is done at a login, and not between logins: the cookie of a session, the redirects to the login page and back.
# Imported for each call that needs it (tinyweb_auth._once()), and unloaded when that is done.

import json
import os
from binascii import hexlify

from tinyweb.http import HTTPException


def _clock(session):
    """Tell, once, that the clock is not set."""
    if not session._told:
        print("tinyweb: sessions with a key need a clock that is set")
    session._told = True


def _redirect(session, req, resp):
    """Redirect a page to the login page, which redirects it back."""
    head = req.head
    page = session._page
    if head.method == b"GET":
        target = head.path + (b"?" + head.query if head.query else b"")
        page += b"?next=" + target.replace(b"%", b"%25").replace(b"&", b"%26").replace(b"+", b"%2B")
    # As an exception it would load two modules more.
    resp.code = 303
    resp.extra_lines += b"Location: %s\r\n" % page
    return ""


def start(session, resp, data):
    """Begin a session: set its cookie, whatever the client had. data: a dict for JSON; its "user" is req.user.

    Raises TypeError if data is no dict, ValueError if the cookie takes more than 1 KiB, HTTPException 503 with a key
    while the clock is not set.
    """
    _set_cookie(resp, _begin(session, data))


def accept(session, resp, data, default="/"):
    """Begin a session and redirect to the page that the guard came from; return what the handler returns.

    data, and what is raised: as for start(). default: the path to go to if there is no such page; raises ValueError for
    one with a control character.
    """
    path = next(session, resp.req, default).encode()
    if min(path) < 32:
        raise ValueError(path)  # CWE-113
    # As fields of the program they would load two modules more.
    resp.extra_lines += b"Set-Cookie: %s\r\nLocation: %s\r\n" % (_begin(session, data), path)
    resp.code = 303
    return ""


def end(session, resp):
    """End the session of a response's request: it is refused from now on, and the browser drops the cookie."""
    found = session._find(resp.req)
    if found:
        session._ended = session._ended[-15:] + [found[2]]
    _set_cookie(resp, _cookie(session, session._prefix(), 0))


def _begin(session, data):
    # Return the cookie of a new session (bytes).
    now = session._now()
    if now is None:
        raise HTTPException(503, "The clock is not set\n")
    if not isinstance(data, dict):
        raise TypeError("A session is a dict")
    data = now + session._life, hexlify(os.urandom(8)).decode(), data
    text = session._prefix() + session._encode(json.dumps(data).encode())
    text += b"." + session._sign(text)
    if len(text) > 1024:
        raise ValueError("A session takes 1024 bytes at most, not %d" % len(text))
    return _cookie(session, text, session._life)


def _cookie(session, text, life):
    # text: its name and value (bytes). life: seconds, 0 for a browser to drop it.
    return text + b"; Max-Age=%d; Path=/; HttpOnly; SameSite=Lax%s" % (life, b"; Secure" if session._tls else b"")


def _set_cookie(resp, cookie):
    others = resp.headers.get("Set-Cookie", ())
    resp.headers["Set-Cookie"] = ((others,) if isinstance(others, str) else tuple(others)) + (cookie.decode(),)


def next(session, req, default="/"):
    """Return the path that the guard came from, for a redirect; the default if there is none, or another site's."""
    from tinyweb.http import parse_query_string

    path = parse_query_string(req.head.query).get("next", "")
    # Browsers leave out tabs and line ends, and read a backslash as a slash.
    return path if path[:1] == "/" and path[1:2] not in ("/", "\\") and min(path) > " " else default
