# Sessions in a signed cookie, for login pages. Imported by the first tinyweb_auth.Session.
#
# CONTRACT. A cookie is base64url(JSON) + "." + base64url(HMAC-SHA256 of its name and the JSON). The JSON is a list: the
# second at which the session ends, a random id, the program's dict. Nothing of it is read before the signature is
# right. No session is kept here, but for the ids of the last 16 that were ended.

import json
import os
import time
from binascii import a2b_base64, b2a_base64

from tinyweb.http import HTTPException
from tinyweb_auth import Guard, _field, _hmac, _login, _same, _uptime


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
        self._keys = _login()._pads(key or os.urandom(32))
        self._life = life
        self._name = cookie.encode()
        self._page = (page or "").encode()
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

    def _prefix(self):
        # Return the beginning of the cookie; browsers take "__Host-" from https alone (RFC 6265bis 4.1.3.2).
        self._tls = self._app.tls if self._secure is None else self._secure
        return (b"__Host-" if self._tls else b"") + self._name + b"="

    def _encode(self, data):
        return b2a_base64(data).rstrip(b"=\n").replace(b"+", b"-").replace(b"/", b"_")

    def _sign(self, text):
        return self._encode(_hmac(self._keys, text))

    def start(self, resp, data):
        """Begin a session: set its cookie, whatever the client had. data: a dict for JSON; its "user" is req.user.

        Raises TypeError if data is no dict, ValueError if the cookie takes more than 1 KiB, HTTPException 503 with a
        key while the clock is not set.
        """
        _login(True).start(self, resp, data)

    def end(self, resp):
        """End the session of a response's request: it is refused from now on, and the browser drops the cookie."""
        found = self._find(resp.req)
        if found:
            self._ended = self._ended[-15:] + [found[2]]
        _login()._set_cookie(self, resp, self._prefix(), 0)

    def next(self, req, default="/"):
        """Return the path that the guard came from, for a redirect; the default if there is none, or another site's."""
        return _login().next(req, default)

    def load(self, req):
        """Return the session of a request (dict), {} without one; also req.session, which a guard sets by itself."""
        found = self._find(req)
        if not (found and self._check(req, None, *found)):
            req.session = {}
        return req.session

    def _find(self, req):
        value = _field(req, b"\nCookie: ")
        begin = self._prefix()
        i = -1
        tries = 4
        while tries:
            # Other servers of this host may have set cookies of this name.
            i = value.find(begin, i + 1)
            if i < 0:
                break
            if i and value[i - 1] not in b" ;":
                continue  # the end of a longer name
            tries -= 1
            text = value[i:].split(b";", 1)[0]
            if not _same(text, self._text):
                dot = text.rfind(b".")
                if not _same(self._sign(text[:dot]), text[dot + 1 :]):
                    continue
                self._data = json.loads(
                    a2b_base64(text[len(begin) : dot].replace(b"-", b"+").replace(b"_", b"/") + b"==")
                )
                self._text = text
            end, name, data = self._data
            return data.get("user") or "", end, name, data
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
        if page and head.path == page:
            req.user = None
            req.session = {}
            return self._handle(f, req, resp, params)
        if page and b"text/html" in _field(req, b"\nAccept: "):
            if head.method == b"GET":
                target = head.path + (b"?" + head.query if head.query else b"")
                page += b"?next=" + target.replace(b"%", b"%25").replace(b"&", b"%26").replace(b"+", b"%2B")
            # As an exception it would load two modules more.
            resp.code = 303
            resp.extra_lines += b"Location: %s\r\n" % page
            return ""
        raise HTTPException(401, None, {"WWW-Authenticate": "Cookie"})
