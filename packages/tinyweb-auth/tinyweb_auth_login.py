# What is done at a login, and not between logins: hashing of passwords, the cookie of a session. Imported for each call
# that needs it (tinyweb_auth._login()), and unloaded when that is done.

import json
import os
from binascii import hexlify
from hashlib import sha256

from tinyweb.http import HTTPException
from tinyweb_auth import _hmac


def _pads(key):
    """Return what _hmac() takes for a key (bytes): both blocks that are hashed first (RFC 2104 2)."""
    if len(key) > 64:
        key = sha256(key).digest()
    n = int.from_bytes(key + bytes(64 - len(key)), "little")
    return [(n ^ int.from_bytes(pad * 64, "little")).to_bytes(64, "little") for pad in (b"\x36", b"\x5c")]


def _derive(password, salt, rounds):
    """Yield None every 50 rounds of PBKDF2-HMAC-SHA256 (RFC 8018 5.2), at last its first block in hex (bytes)."""
    key = _pads(password.encode())
    last = salt + b"\0\0\0\1"
    total = 0
    for n in range(rounds):
        last = _hmac(key, last)
        total ^= int.from_bytes(last, "little")
        if n % 50 == 49:
            yield None
    yield hexlify(total.to_bytes(32, "little"))


def hash(password, salt=None, rounds=1000):
    """Return what Passwords keeps of a password (str). salt: bytes, 16 random ones if None."""
    salt = salt or os.urandom(16)
    got = list(_derive(password, salt, rounds))[-1]
    return (b"%d$%s$%s" % (rounds, hexlify(salt), got)).decode()


def start(session, resp, data):
    """Begin a session, see Session.start()."""
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
    _set_cookie(session, resp, text, session._life)


def _set_cookie(session, resp, text, life):
    """Set a session's cookie. text: its name and value (bytes). life: seconds, 0 for a browser to drop it."""
    text += b"; Max-Age=%d; Path=/; HttpOnly; SameSite=Lax" % life
    if session._tls:
        text += b"; Secure"
    others = resp.headers.get("Set-Cookie", ())
    resp.headers["Set-Cookie"] = ((others,) if isinstance(others, str) else tuple(others)) + (text.decode(),)


def next(req, default):
    """Return the path that a redirect to the login page came from, see Session.next()."""
    from tinyweb.http import parse_query_string

    path = parse_query_string(req.head.query).get("next", "")
    # Browsers leave out tabs and line ends, and read a backslash as a slash.
    return path if path[:1] == "/" and path[1:2] not in ("/", "\\") and min(path) > " " else default
