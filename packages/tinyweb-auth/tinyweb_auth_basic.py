# Passwords that are sent with each request. Imported by the first tinyweb_auth.Basic.

from binascii import a2b_base64, b2a_base64

from tinyweb_auth import Guard, _once


class Basic(Guard):
    """Logins of RFC 7617; on plain http the password can be read. users: a function of (user, password), or async."""

    _scheme = b"basic "

    def __init__(self, users, realm="board", limit=None):
        _once("start")._basic(self, users, realm, limit)

    def _challenge(self, found):
        return 'Basic realm="%s", charset="UTF-8"' % self._realm

    def _parse(self, text):
        text = text[6:].lstrip()
        data = a2b_base64(text)
        user, password = data.split(b":", 1)
        return (user.decode(), password.decode()) if b2a_base64(data)[:-1] == text else None

    def _check(self, req, resp, user, password):
        users = self._users
        return hasattr(users, "knows") and users.knows(user, password) or users(user, password)
