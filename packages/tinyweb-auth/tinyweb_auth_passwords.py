# Passwords that are kept as hashes. Imported by the first tinyweb_auth.Passwords.
#
# CONTRACT. A hash is "rounds$salt$PBKDF2-HMAC-SHA256" (RFC 8018 5.2), the last two in hex digits; it is made in
# tinyweb_auth_login. A check lets other requests run every 50 rounds.

import asyncio
from binascii import unhexlify
from hashlib import sha256

from tinyweb_auth import Limit, _login, _same


class _Pending:
    # What a check returns. A coroutine is true, so a login that forgets its `await` would let everybody in.
    def __init__(self, it):
        self._it = it

    def __bool__(self):
        raise TypeError('The check of a login needs an "await" before it')

    def __getattr__(self, name):
        return getattr(self._it, name)  # send() and the like, for a task

    def __iter__(self):
        it = self._it
        return it.__await__() if hasattr(it, "__await__") else it

    __await__ = __iter__


try:
    from collections.abc import Coroutine

    Coroutine.register(_Pending)  # CPython's create_task() takes nothing else
except ImportError:  # pragma: no cover  MicroPython
    pass


def _attempt(self, req, right):
    return _Pending(_begin(self, req, right))


_begin = Limit.attempt
Limit.attempt = _attempt


class Passwords:
    """Check passwords: await passwords(user, password). users: a dict of users to what hash() returns."""

    def __init__(self, users):
        if not users:
            raise ValueError("Passwords without users")
        for user in users:
            if users[user].count("$") != 2:
                raise ValueError("%r: write what hash() returns" % user)
        self._users = users
        self._right = {}  # user: what stands in users, and the hash of the password that was right for it

    def knows(self, user, password):
        """Return whether it is the user's password, and was asked for before: that takes no time."""
        # A client sends its password with each request, and 1000 rounds take a second.
        kept, right = self._right.get(user, ("", b""))
        return kept and kept == self._users.get(user) and _same(sha256(password.encode()).digest(), right)

    def __call__(self, user, password):
        """Return whether it is the user's password. Awaitable: as long for an unknown user, while others run."""
        return _Pending(self._check(user, password))

    async def _check(self, user, password):
        if self.knows(user, password):
            return True
        users = self._users
        kept = users.get(user)
        rounds, salt, want = (kept or list(users.values())[0]).encode().split(b"$")
        for got in _login(True)._derive(password, unhexlify(salt), int(rounds)):  # noqa: B007
            await asyncio.sleep(0)
        if not _same(got, want) or not kept:
            return False
        self._right[user] = kept, sha256(password.encode()).digest()
        return True
