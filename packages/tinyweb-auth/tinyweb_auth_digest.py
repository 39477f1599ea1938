# Digest logins (RFC 7616) with SHA-256 and qop=auth: the password never crosses the wire, not on plain http either.
# Imported by the first tinyweb_auth.Digest.
#
# CONTRACT. A nonce is its number, the second of its issue, and a signature: nothing is kept of one that is not used. Of
# the last 8 that were used the counts of their requests are kept, so that each request is taken once.

from binascii import hexlify
from hashlib import sha256

from tinyweb_auth import Guard, _once, _same, _uptime

# Seconds that a nonce is taken. After them the challenge says stale=true, and a browser logs in again by itself.
_LIFE = 300


def _hash(data):
    return hexlify(sha256(data).digest())


def _find(text, *names):
    # Return a list of (start, end, value) of parameters (bytes), quoted or not. names: with the space before them, and
    # the "=". http.params() knows all of the grammar and takes three times the instructions of the whole check. Raises
    # ValueError if one is not there.
    found = []
    for name in names:
        i = text.find(name)
        if i < 0:
            i = text.index(b"," + name[1:])
        i += len(name)
        if text[i : i + 1] == b'"':
            i += 1
            end = text.index(b'"', i)
        else:
            end = text.find(b",", i)
            end = i + len(text[i : end if end > 0 else None].rstrip())
        found.append((i, end, text[i:end]))
    return found


class Digest(Guard):
    """users: a dict of users (str) to what secret() returns; it is made with this realm."""

    _scheme = b"digest "
    # The last credentials, their user and nonce, and where the other values are in them.
    _credentials = b"", "", b"", ((1, 1, b""),)
    _line = None  # the beginning of the last request line, with a hash of its own
    _issued = _floor = 0  # the number of the last nonce, and of the youngest used one that is no longer kept

    def __init__(self, users, realm="board", limit=None):
        _once("start")._digest(self, users, realm, limit)

    def _sign(self, text):
        # Half of the hash, so that a longer text cannot be signed by whoever knows the one of a shorter.
        return _hash(self._key + text)[:32]

    def _challenge(self, found):
        self._issued += 1
        nonce = b"%x.%x." % (self._issued, _uptime())
        return 'Digest realm="%s", qop="auth", algorithm=SHA-256, charset=UTF-8, nonce="%s"%s' % (
            self._realm,
            (nonce + self._sign(nonce)).decode(),
            ", stale=true" if found is True else "",
        )

    def _parse(self, text):
        # From one request of a client to the next, four values change. With the last ones in their places the rest is
        # compared as a whole, which takes a third of looking for each.
        last, user, nonce, values = self._credentials
        new = bytearray(text)
        more = len(text) - len(last)  # by which the target has become longer
        found = [user, nonce]
        at = values[-1][0]
        for start, end, value in values:
            if start >= at:
                end += more
                if start > at:
                    start += more
            found.append(text[start:end])
            new[start:end] = value
        if new != last or b'"' in found[-1]:
            values = _find(text, b" username=", b" nonce=", b" nc=", b" cnonce=", b" response=", b" uri=")
            found = [value for _, _, value in values]
            found[0] = found[0].decode()
            self._credentials = text, found[0], found[1], values[2:]
        return found

    def _check(self, req, resp, user, nonce, count, cnonce, response, target):
        head = req.head
        # The target is in the hash. What the client says of it has to be the same (3.4.6).
        line = head.method + b" " + target + b" "
        if not head.raw.startswith(line):
            return False
        if line != self._line:
            # The hash first: where it finds no memory, the last one must not pass for that of this line.
            self._second = _hash(head.method + b":" + target)
            self._line = line
        known = self._users.get(user)
        # An unknown user takes as long as a known one.
        parts = (known or "-" * 64).encode(), nonce, count, cnonce, b"auth", self._second
        try:
            if not _same(_hash(b":".join(parts)), response) or not known:
                return False
            return self._is_new(nonce, int(count, 16)) or self._refuse(req, resp, True)
        except ValueError:
            return False

    def _is_new(self, nonce, count):
        # Return whether a request was not taken before, and its nonce is not too old.
        used = self._used
        entry = used.get(nonce)
        if not entry:
            end = nonce.rfind(b".") + 1
            if not _same(self._sign(nonce[:end]), nonce[end:]):
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
            entry[2], entry[3] = count, entry[3] << ahead if ahead < 30 else 0
            ahead = 0
        if ahead < -29 or entry[3] >> -ahead & 1 or _uptime() - entry[1] > _LIFE:
            return False
        entry[3] = (entry[3] | 1 << -ahead) & 0x3FFFFFFF
        return True
