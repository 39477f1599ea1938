# Tokens that are sent with each request. Imported by the first tinyweb_auth.Bearer.

from tinyweb_auth import Guard, _once, _same


class Bearer(Guard):
    """Tokens of RFC 6750. users: a dict of tokens (str) to users, or a function of a token, plain or async."""

    _scheme = b"bearer "

    def __init__(self, users, realm="board", limit=None):
        _once("start")._bearer(self, users, realm, limit)

    def _challenge(self, found):
        # RFC 6750 3.1
        return 'Bearer realm="%s"%s' % (self._realm, ', error="invalid_token"' if found else "")

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
