# Logins: guards for routes, and for all below a prefix. Here is what all of them need; each kind is in a module of its
# own, imported on first use. What is done at a start or at a login is in tinyweb_auth_start, tinyweb_auth_hash and
# tinyweb_auth_login, which are not kept.
#
# CONTRACT. A guard is asked before the handler, and reads nothing of the body. In this order: too many failed logins
# (429), credentials (401), a page of another origin that sent them (403), the user (403). It wraps the handler when the
# route is registered, so a route without a guard pays nothing. An OPTIONS that the core answers passes: a preflight
# carries no credentials (Fetch 3.2.2).

try:
    from tinyweb import API
except ImportError:
    API = 2  # a core before there was this number
if API != 3:
    raise ImportError("tinyweb-auth 2.0 needs tinyweb-core with API 3, not %d: install both again" % API)
import asyncio
import gc
import sys
import time
from hashlib import sha256

from tinyweb.http import HTTPException

_task = _since = None
_ms = 0


def _uptime():
    # Return the seconds (int) since some moment in the past.
    global _ms, _since, _task
    if hasattr(time, "monotonic"):
        return int(time.monotonic())  # CPython
    # pragma: no cover  { MicroPython
    # Ticks come round after 12 days on a board, and what has expired would be valid again. So a task counts them each
    # hour; one that ended with an earlier event loop is replaced.
    now = time.ticks_ms()
    more = time.ticks_diff(now, _since or now)
    _since = now
    _ms += more
    if not _task or more > 4000000:
        _task = asyncio.create_task(_count())
    return _ms // 1000
    # pragma: no cover  } MicroPython


async def _count():  # pragma: no cover  MicroPython
    while True:
        await asyncio.sleep(3600)
        _uptime()


def _same(a, b):
    # Return whether two bytes objects are equal, in a time that does not tell where they differ; their lengths do.
    # http.same() does the same. To take it at import keeps 4 KB more, and each look-up costs as much as an HMAC.
    return len(a) == len(b) and not int.from_bytes(a, "little") ^ int.from_bytes(b, "little")


def _hmac(pads, data):
    # Return the HMAC-SHA256 (RFC 2104 2) of data (bytes). pads: what tinyweb_auth_hash._pads() returns for the key.
    return sha256(pads[1] + sha256(pads[0] + data).digest()).digest()


def _once(name):
    # Return a module of this package that goes when the call is done. Collect here, not deep in the import, where what
    # the stack still has of earlier calls may hold the modules that are unloaded.
    gc.collect()
    __import__("tinyweb_auth_" + name)
    return sys.modules.pop("tinyweb_auth_" + name)


def _alone(name):
    # Return such a module where those that have read the form go before: with them a small heap has no room for it, nor
    # for the response.
    from tinyweb.http import make_room

    make_room(12288)
    return _once(name)


class _Pending:
    # What the check of a login returns. A coroutine is true: a login that forgets its `await` would let everybody in.
    def __init__(self, it):
        self._it = it

    def __bool__(self):
        raise TypeError('The check of a login needs an "await" before it')

    def __await__(self):
        it = self._it
        return it.__await__() if hasattr(it, "__await__") else it

    __iter__ = __await__

    # With these it is a coroutine to CPython as well, for create_task().

    def send(self, value):
        return self._it.send(value)

    def throw(self, *error):
        return self._it.throw(*error)

    def close(self):
        self._it.close()


class Limit:
    """Bound failed logins: `tries` in `seconds` for each address, and four times as many for all addresses together.

    Eight addresses are kept. More of them gain nothing, as the count for all holds them up.
    """

    def __init__(self, tries=5, seconds=60):
        self._tries = tries
        self._life = seconds
        self._counts = {}  # address, None for all: failed logins, the second at which they are forgotten

    def wait(self, req):
        """Return the seconds (int) until the client of a request may try again, 0 if it may now."""
        counts = self._counts
        left = 0
        for key in list(counts):
            n, end = counts[key]
            end -= _uptime()
            if end <= 0:
                del counts[key]
            elif n >= self._tries * (1 if key else 4) and key in (None, req.peer[0]):
                left = max(left, end)
        return left

    def failed(self, req, n=1):
        """Count n failed logins of the client of a request."""
        self.wait(req)  # forgets what is over
        counts = self._counts
        for key in None, req.peer[0]:
            before, end = counts.get(key, (0, _uptime() + self._life))
            counts[key] = max(0, before + n), end  # it may be over meanwhile
        if len(counts) > 9:
            del counts[min([(counts[key][1], key) for key in counts if key])[1]]

    def attempt(self, req, right):
        """Return what an awaitable check returns, and count a failed login if that is false. Awaitable.

        It counts while the check runs: of many requests at once none is tried beyond the limit.
        """
        return _Pending(self._try(req, right))

    async def _try(self, req, right):
        self.failed(req)
        right = await right
        if right:
            self.failed(req, -1)
        return right


class Passwords:
    """Check passwords: await passwords(user, password). users: a dict of users to what hash() returns."""

    def __init__(self, users):
        self._users = _once("start")._hashes(users)
        self._seen = {}  # user: what stands in users, and the hash of the password that was right for it

    def knows(self, user, password):
        """Return whether it is the user's password, and was asked for before: that takes no time."""
        # A client sends its password with each request, and 1000 rounds take a second.
        kept, right = self._seen.get(user, ("", b""))
        return kept and kept == self._users.get(user) and _same(sha256(password.encode()).digest(), right)

    def __call__(self, user, password):
        """Return whether it is the user's password. Awaitable: as long for an unknown user, while others run."""
        return _Pending(self._check(user, password))

    async def _check(self, user, password):
        return self.knows(user, password) or await _alone("hash")._compare(self._users, self._seen, user, password)


def _field(req, name):
    # Return the value of a field (bytes), b"" without one. name: as most clients spell it, from the line end before it
    # to the space behind the colon. req.header() loads two modules, 4 KB for a guard that has no other use for them,
    # and goes through a browser's head line by line.
    raw = req.head.raw
    i = raw.find(name)
    if i < 0:
        # Another spelling of it, line by line: a copy of the whole head is a piece that a full heap does not have.
        name = name[:-1].lower()
        i = 0
        while bytes(raw[i : i + len(name)]).lower() != name:
            i = raw.find(b"\n", i + 1)
            if i < 0:
                return b""
    i += len(name)
    # strip() alone would look at every byte.
    return bytes(memoryview(raw)[i : raw.find(b"\r", i)]).lstrip(b" \t").rstrip(b" \t")


class Guard:
    """What all kinds of login have in common."""

    # The last head, and what _find() found in it: a client that repeats its head gets the same object again.
    _last = _found = None
    _page = None  # the path of a login page (bytes), which is open

    def protect(self, app, prefix, *users):
        """Guard all below a prefix (str): routes, resources, folders, streams; those registered later, too.

        users: of str; others get 403. Raises ValueError for a prefix that is no path.
        """
        app.guard(prefix, self(*users))

    def __call__(self, *users):
        """Decorate a handler: @auth, or @auth("admin", "ada") for these users only."""
        if users and callable(users[0]):
            return self()(users[0])

        def _wrap(f):
            def _guarded(req, resp, *params):
                return self._guard(users, f, req, resp, params)

            return _guarded

        return _wrap

    def _guard(self, users, f, req, resp, params):
        if req.head.method != b"GET":
            # Where memory runs out, this begins again.
            req.unhandled = True
        limit = self._limit
        left = limit and limit.wait(req)
        if left:
            raise HTTPException(429, "Wait %d s\n" % left, {"Retry-After": str(left)})
        if req.head is not self._last:
            self._found = self._find(req)
            self._last = req.head
        found = self._found
        right = found and self._check(req, resp, *found)
        if hasattr(right, "send"):
            return self._later(users, f, req, resp, params, found, right)
        if found and not right and limit:
            limit.failed(req)
        return self._handle(users, f, req, resp, params, found, right)

    async def _later(self, users, f, req, resp, params, found, right):
        right = await self._limit._try(req, right)
        result = self._handle(users, f, req, resp, params, found, right)
        return await result if hasattr(result, "send") else result

    def _handle(self, users, f, req, resp, params, found, right):
        # At the login page anybody may log in, another user too.
        page = req.head.path == self._page
        if right:
            req.user = right
            if found[0] is not None:
                # A browser sends all but a token by itself, whoever made the page, and without a name, too.
                req.user = found[0]
                if req.head.method != b"GET":
                    from tinyweb_auth_csrf import _check_origin

                    _check_origin(req)
            if users and req.user not in users and not page:
                raise HTTPException(403)
        elif page:
            req.user = None
            req.session = {}
        else:
            return self._refuse(req, resp, found)
        if req.head.method != b"GET":
            req.unhandled = False
        return f(req, resp, *params)

    def _find(self, req):
        # Return what stands in Authorization: (user, ...), None for no credentials or malformed ones (RFC 9110 11.4).
        value = _field(req, b"\nAuthorization: ")
        if value[: len(self._scheme)].lower() == self._scheme:
            try:
                return self._parse(value)
            except ValueError:
                pass  # malformed
        return None

    def _refuse(self, req, resp, found):
        raise HTTPException(401, None, {"WWW-Authenticate": self._challenge(found)})


def __getattr__(name):
    if name in "Basic Bearer Digest Session csrf":
        module = __import__("tinyweb_auth_" + name.lower())
    elif name in "hash secret":
        module = _once("hash")
    else:
        raise AttributeError(name)
    return getattr(module, name)
