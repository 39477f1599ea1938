# Hashes of passwords. Imported for each call that needs it (tinyweb_auth._once()), and unloaded when that is done.
#
# CONTRACT. What Passwords keeps is "rounds$salt$PBKDF2-HMAC-SHA256" (RFC 8018 5.2), the last two in hex digits. A check
# lets other requests run every 50 rounds.

import asyncio
import os
from binascii import hexlify, unhexlify
from hashlib import sha256

from tinyweb_auth import _hmac, _same


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


async def _compare(users, seen, user, password):
    """Return whether it is the user's password, see Passwords."""
    kept = users.get(user)
    rounds, salt, want = (kept or list(users.values())[0]).encode().split(b"$")
    for got in _derive(password, unhexlify(salt), int(rounds)):  # noqa: B007
        await asyncio.sleep(0)
    if not _same(got, want) or not kept:
        return False
    seen[user] = kept, sha256(password.encode()).digest()
    return True


def secret(user, realm, password):
    """Return what Digest keeps of a password: the SHA-256 of user:realm:password in hex digits (RFC 7616 3.4.2)."""
    return hexlify(sha256(("%s:%s:%s" % (user, realm, password)).encode()).digest()).decode()
