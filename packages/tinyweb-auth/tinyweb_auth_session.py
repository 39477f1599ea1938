# Sessions in a signed cookie, for login pages. Imported by the first tinyweb_auth.Session.
#
# CONTRACT. A cookie is base64url(JSON) + "." + base64url(HMAC-SHA256 of its name and the JSON). The JSON is a list: the
# second at which the session ends, a random id, the program's dict. Nothing of it is read before the signature is
# right. No session is kept here, but for the ids of the last 16 that were ended.

import json
import os
import time
from binascii import a2b_base64, b2a_base64, hexlify

from tinyweb.http import HTTPException
from tinyweb_auth import Guard, _field, _hmac, _pads, _same, _uptime


def _encode(data):
    return b2a_base64(data).rstrip(b"=\n").replace(b"+", b"-").replace(b"/", b"_")


class Session(Guard):
    """Sessions that begin at a login page.

    key: 16 bytes or more, for sessions that outlast a restart, which takes a clock that is set; None: new ones at each
    start. life: seconds. cookie: its name. page: the login page's path, to which pages are redirected, None for none.
    secure: whether the cookie is for https alone, None for what the server speaks.
    """

    _limit = None  # a cookie cannot be guessed
    _told = False
    _text = b""  # the last cookie that was right, and what is in it

    def __init__(self, app, key=None, life=3600, cookie="session", page="/login", secure=None):
        if key and len(key) < 16:
            raise ValueError("A key has 16 bytes or more")
        self._app = app
        self._clock = key and time.time or _uptime
        self._keys = _pads(key or os.urandom(32))
        self._life = life
        self._name = cookie
        self._page = page
        self._secure = secure
        self._ended = []

    def _now(self):
        # Return the seconds of the clock that counts, None while it is not set: a board's clock starts in 2000, so that
        # the same sessions would be valid again after each restart.
        if self._clock is not _uptime and time.localtime()[0] < 2024:
            if not self._told:
                print("tinyweb: sessions with a key need a clock that is set")
            self._told = True
            return None
        return int(self._clock())

    def _begin(self):
        # Return the beginning of the cookie; browsers take "__Host-" from https alone (RFC 6265bis 4.1.3.2).
        self._tls = self._app.tls if self._secure is None else self._secure
        return (("__Host-" if self._tls else "") + self._name + "=").encode()

    def start(self, resp, data):
        """Begin a session: set its cookie, whatever the client had. data: a dict for JSON; its "user" is req.user.

        Raises ValueError if the cookie takes more than 1 KiB, HTTPException 503 with a key while the clock is not set.
        """
        now = self._now()
        if now is None:
            raise HTTPException(503, "The clock is not set\n")
        data = now + self._life, hexlify(os.urandom(8)).decode(), data
        text = self._begin() + _encode(json.dumps(data).encode())
        text += b"." + _encode(_hmac(self._keys, text))
        if len(text) > 1024:
            raise ValueError("A session takes 1024 bytes at most, not %d" % len(text))
        self._set(resp, text, self._life)

    def end(self, resp):
        """End the session of a response's request: it is refused from now on, and the browser drops the cookie."""
        found = self._read(resp.req)
        if found:
            self._ended = self._ended[-15:] + [found[2]]
        self._set(resp, self._begin(), 0)

    def _set(self, resp, text, life):
        text = text.decode() + "; Max-Age=%d; Path=/; HttpOnly; SameSite=Lax" % life
        if self._tls:
            text += "; Secure"
        others = resp.headers.get("Set-Cookie", ())
        resp.headers["Set-Cookie"] = ((others,) if isinstance(others, str) else tuple(others)) + (text,)

    def load(self, req):
        """Return the session of a request (dict), {} without one; also req.session, which a guard sets by itself."""
        found = self._read(req)
        if not (found and self._check(req, None, *found)):
            req.session = {}
        return req.session

    def next(self, req, default="/"):
        """Return the path that the guard came from, for a redirect; the default if there is none, or another site's."""
        from tinyweb.http import parse_query_string

        path = parse_query_string(req.head.query).get("next", "")
        # Browsers leave out tabs and line ends, and read a backslash as a slash.
        return path if path[:1] == "/" and path[1:2] not in ("/", "\\") and min(path) > " " else default

    def _read(self, req):
        value = _field(req, b"\nCookie: ")
        begin = self._begin()
        i = -1
        for _ in range(4):
            # Other servers of this host may have set cookies of this name.
            i = value.find(begin, i + 1)
            if i < 0:
                break
            text = value[i:].split(b";", 1)[0]
            if i and value[i - 1] not in b" ;":
                continue
            if not _same(text, self._text):
                dot = text.rfind(b".")
                if not _same(_encode(_hmac(self._keys, text[:dot])), text[dot + 1 :]):
                    continue
                self._data = json.loads(
                    a2b_base64(text[len(begin) : dot].replace(b"-", b"+").replace(b"_", b"/") + b"==")
                )
                self._text = text
            end, name, data = self._data
            return data.get("user"), end, name, data
        return None

    def _check(self, req, resp, user, end, name, data):
        now = self._now()
        if now is None or end <= now or name in self._ended:
            return False
        req.session = dict(data)
        if resp:
            resp.extra_lines = b"Cache-Control: no-store\r\n"  # nothing stays in the browser after a logout
        return True

    def _refuse(self, found, req, resp, f, params):
        head = req.head
        page = self._page
        if page:
            if head.path == page.encode():
                req.user = None
                req.session = {}
                return self._handle(f, req, resp, params)
            if b"text/html" in _field(req, b"\nAccept: "):
                if head.method == b"GET":
                    query = b"?" + head.query if head.query else b""
                    page += "?next=" + (head.path + query).decode().replace("%", "%25").replace("&", "%26").replace(
                        "+", "%2B"
                    )
                # As an exception it would load two modules more.
                return "", 303, {"Location": page}
        raise HTTPException(401, None, {"WWW-Authenticate": "Cookie"})
