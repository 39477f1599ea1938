# Sessions in a signed cookie, for login pages. Imported by the first tinyweb_auth.Session.
#
# CONTRACT. A cookie is base64url(JSON) + "." + base64url(HMAC-SHA256 of its name and the JSON). The JSON is a list: the
# second at which the session ends, a random id, the program's dict. Nothing of it is read before the signature is
# right. No session is kept here, but for the ids of the last 16 that were ended.

import json
import time
from binascii import a2b_base64, b2a_base64

from tinyweb_auth import Guard, _alone, _field, _hmac, _once, _same, _uptime


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
        _once("start")._session(self, app, key, life, cookie, page, secure)

    def _now(self):
        # Return the seconds of the clock that counts, None while it is not set: a board's clock starts in 2000, so that
        # the same sessions would be valid again after each restart.
        if not self._keyed:
            return _uptime()
        if time.localtime()[0] >= 2024:
            return int(time.time())
        return _once("login")._clock(self)

    def _prefix(self):
        # Return the beginning of the cookie; browsers take "__Host-" from https alone (RFC 6265bis 4.1.3.2).
        self._tls = self._app.tls if self._secure is None else self._secure
        return (b"__Host-" if self._tls else b"") + self._name + b"="

    def _encode(self, data):
        return b2a_base64(data).rstrip(b"=\n").replace(b"+", b"-").replace(b"/", b"_")

    def _sign(self, text):
        return self._encode(_hmac(self._keys, text))

    def __getattr__(self, name):
        # start(), accept(), end() and next() are in tinyweb_auth_login.
        f = getattr(_alone("login"), name)
        return lambda *args, **kwargs: f(self, *args, **kwargs)

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

    def _challenge(self, found):
        return "Cookie"

    def _refuse(self, req, resp, found):
        if self._page and b"text/html" in _field(req, b"\nAccept: "):
            return _once("login")._redirect(self, req, resp)
        super()._refuse(req, resp, found)
