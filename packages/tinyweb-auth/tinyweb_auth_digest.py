# Digest logins (RFC 7616) with SHA-256 and qop=auth: the password never crosses the wire, not on plain http either.
# Imported by the first tinyweb_auth.Digest or tinyweb_auth.secret.
#
# CONTRACT. A nonce is its number, the second of its issue, and a signature: nothing is kept of one that is not used. Of
# the last 8 that were used the counts of their requests are kept, so that each request is taken once.

import os
from binascii import hexlify
from hashlib import sha256

from tinyweb import http
from tinyweb_auth import Guard, same, uptime

# Seconds that a nonce is taken. After them the challenge says stale=true, and a browser logs in again by itself.
_LIFE = 300


def _hash(data):
    return hexlify(sha256(data).digest())


def secret(user, realm, password):
    """Return what Digest keeps of a password: the SHA-256 of user:realm:password in hex digits (RFC 7616 3.4.2)."""
    return _hash(("%s:%s:%s" % (user, realm, password)).encode()).decode()


class Digest(Guard):
    """users: a dict of users (str) to what secret() returns; it is made with this realm."""

    _scheme = b"digest "
    _challenge = 'Digest realm="%s", qop="auth", algorithm=SHA-256, charset=UTF-8, nonce="%s"%s'
    _issued = _floor = 0  # the number of the last nonce, and of the youngest used one that is no longer kept

    def __init__(self, users, realm="board", limit=None):
        super().__init__(users, realm, limit)
        for user in users:
            if len(users[user]) != 64:
                raise ValueError("%s: write what secret() returns" % user)
        self._key = os.urandom(32)
        self._used = {}  # nonce: its number, the second of its issue, the highest count, bits of the 30 counts up to it

    def _sign(self, text):
        # Half of the hash, so that a longer text cannot be signed by whoever knows the one of a shorter.
        return _hash(self._key + text)[:32]

    def _refuse(self, found, *_):
        self._issued += 1
        nonce = b"%x.%x." % (self._issued, uptime())
        raise http.HTTPException(
            401,
            None,
            {
                "WWW-Authenticate": self._challenge
                % (
                    self._realm,
                    (nonce + self._sign(nonce)).decode(),
                    ", stale=true" if found is True else "",
                )
            },
        )

    def _parse(self, text):
        given = http.params(b"digest " + text, b",")[1]
        return given[b"username"].decode(), given

    def _check(self, req, resp, user, given):
        raw = req.head.raw
        target = bytes(raw[: raw.find(b"\r")]).split(b" ")[1]
        try:
            nonce = given[b"nonce"]
            # An unknown user takes as long as a known one.
            parts = (
                (self._users.get(user) or "-" * 64).encode(),
                nonce,
                given[b"nc"],
                given[b"cnonce"],
                b"auth",
                _hash(req.head.method + b":" + target),
            )
            if not same(_hash(b":".join(parts)), given[b"response"]) or user not in self._users:
                return False
            # The target is in the hash. What the client says of it, and of the rest, has to be the same (3.4.6).
            if given[b"uri"] != target or given[b"qop"] != b"auth":
                return False
            return self._is_new(nonce, int(given[b"nc"], 16)) or self._refuse(True)
        except (KeyError, ValueError):
            return False

    def _is_new(self, nonce, count):
        # Return whether a request was not taken before, and its nonce is not too old.
        used = self._used
        entry = used.get(nonce)
        if not entry:
            end = nonce.rfind(b".") + 1
            if not same(self._sign(nonce[:end]), nonce[end:]):
                return False
            number, second, _ = nonce.split(b".")
            number = int(number, 16)
            if number <= self._floor:
                return False
            used[nonce] = entry = [number, int(second, 16), 0, 0]
            if len(used) > 8:
                self._floor = used.pop(min(used, key=lambda nonce: used[nonce][0]))[0]
        # The connections of a browser overtake one another: of the last 30 counts each is taken once.
        ahead = count - entry[2]
        if ahead > 0:
            entry[2] = count
            entry[3] = entry[3] << ahead if ahead < 30 else 0
            ahead = 0
        if ahead < -29 or entry[3] >> -ahead & 1 or uptime() - entry[1] > _LIFE:
            return False
        entry[3] = (entry[3] | 1 << -ahead) & 0x3FFFFFFF
        return True
