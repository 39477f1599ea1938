# Passwords (Basic) and tokens (Bearer) that are sent with each request. Imported by the first tinyweb_auth.Basic or
# tinyweb_auth.Bearer.

from binascii import a2b_base64, b2a_base64

from tinyweb_auth import Guard, _same


class Basic(Guard):
    """Logins of RFC 7617; on plain http the password can be read. users: a function of (user, password), or async."""

    _scheme = b"basic "
    _challenge = 'Basic realm="%s", charset="UTF-8"%s'

    def __init__(self, users, realm="board", limit=None):
        super().__init__(users, realm, limit)
        if not callable(users):
            raise TypeError("Basic takes a function, as Passwords({...}) is one")

    def _parse(self, text):
        text = text[6:].lstrip()
        data = a2b_base64(text)
        user, password = data.split(b":", 1)
        return (user.decode(), password.decode()) if b2a_base64(data)[:-1] == text else None

    def _check(self, req, resp, user, password):
        users = self._users
        return hasattr(users, "knows") and users.knows(user, password) or users(user, password)


class Bearer(Guard):
    """Tokens of RFC 6750. users: a dict of tokens (str) to users, or a function of a token, plain or async."""

    _scheme = b"bearer "
    _challenge = 'Bearer realm="%s"%s'
    _wrong = ', error="invalid_token"'  # RFC 6750 3.1

    def __init__(self, users, realm="board", limit=None):
        super().__init__(users, realm, limit)
        if not callable(users) and not isinstance(users, dict):
            raise TypeError("Bearer takes a dict of tokens, or a function")

    def _parse(self, text):
        return None, text[7:].lstrip().decode()

    def _check(self, req, resp, user, token):
        users = self._users
        if callable(users):
            return users(token)
        for known in users:
            if _same(known.encode(), token.encode()):
                user = users[known]
        return user
