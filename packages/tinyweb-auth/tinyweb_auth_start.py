# What is done once, before the server serves: the making of guards, and the checks of what a program gives them.
# Imported for each call that needs it (tinyweb_auth._once()), and unloaded when that is done.

import os

from tinyweb_auth import Limit, _once


def _guard(guard, users, realm, limit):
    """Make a guard; raises ValueError for a realm with a quote."""
    if b'"' in realm.encode():  # as a str it would be a name, which MicroPython keeps for good
        raise ValueError(realm)
    guard._users = users
    guard._realm = realm
    guard._limit = limit or Limit()


def _basic(guard, users, realm, limit):
    _guard(guard, users, realm, limit)
    if not callable(users):
        raise TypeError("Basic takes a function, as Passwords({...}) is one")


def _bearer(guard, users, realm, limit):
    _guard(guard, users, realm, limit)
    if not callable(users) and not isinstance(users, dict):
        raise TypeError("Bearer takes a dict of tokens, or a function")


def _digest(guard, users, realm, limit):
    _guard(guard, users, realm, limit)
    for user in users:
        if len(users[user]) != 64 or '"' in user or "\\" in user:
            raise ValueError("%r: write what secret() returns, for a name without quotes" % user)
    guard._key = os.urandom(32)
    guard._used = {}  # nonce: its number, the second of its issue, the highest count, bits of the 30 counts up to it


def _session(session, app, key, life, cookie, page, secure):
    """Make a Session."""
    if key and len(key) < 16:
        raise ValueError("A key has 16 bytes or more")
    session._app = app
    session._keyed = bool(key)
    session._keys = _once("hash")._pads(key or os.urandom(32))
    session._life = life
    session._name = cookie.encode()
    session._page = (page or "").encode()
    session._secure = secure
    session._ended = []


def _hashes(users):
    """Return what Passwords is given; raises ValueError for anything but a dict of users to hashes."""
    if not users:
        raise ValueError("Passwords without users")
    for user in users:
        if users[user].count("$") != 2:
            raise ValueError("%r: write what hash() returns" % user)
    return users
