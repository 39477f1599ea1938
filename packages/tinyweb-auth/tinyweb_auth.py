# Logins: guards for routes, and for all below a prefix. Here is what all of them need; each kind is in a module of its
# own, imported on first use. What is done at a login alone is in tinyweb_auth_login, which is not kept.
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
    # Return the HMAC-SHA256 (RFC 2104 2) of data (bytes). pads: what tinyweb_auth_login._pads() returns for the key.
    return sha256(pads[1] + sha256(pads[0] + data).digest()).digest()


def _login(room=False):
    # Return the module tinyweb_auth_login. It goes when the call is done, as a login is rare. room: whether the modules
    # go before that have read the form: with them a small heap has no room for this one, nor for the response.
    if room:
        from tinyweb.http import make_room

        make_room(12288)
    import tinyweb_auth_login as module

    return sys.modules.pop("tinyweb_auth_login", module)


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
        self._add(req.peer[0], n)

    def _add(self, address, n):
        counts = self._counts
        for key in None, address:
            before, end = counts.get(key, (0, _uptime() + self._life))
            counts[key] = max(0, before + n), end  # it may be over meanwhile
        if len(counts) > 9:
            del counts[min([key for key in counts if key], key=lambda key: counts[key][1])]

    # tinyweb_auth_passwords puts another in its place, whose result has no truth value.
    async def attempt(self, req, right):
        """Return what an awaitable check returns, and count a failed login if that is false.

        It counts while the check runs: of many requests at once none is tried beyond the limit.
        """
        self.failed(req)
        address = req.peer[0]
        right = await right
        if right:
            self._add(address, -1)
        return right


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


def csrf(app, allow=()):
    """Refuse with 403 what pages of other origins send, but for GET, HEAD and OPTIONS. allow: origins that may."""
    if isinstance(allow, str):
        allow = (allow,)  # or a part of it would do
    allow = list(map(str.encode, allow))

    def _guard(f):
        def _guarded(req, resp, *params):
            req.unhandled = True
            _check_origin(req, allow)
            req.unhandled = False
            return f(req, resp, *params)

        return _guarded

    app.guard("/", _guard)


def _check_origin(req, allow=()):
    # Raise HTTPException 403 for a request that may change something and comes from a page of another origin.
    head = req.head
    if head.method not in (b"GET", b"HEAD", b"OPTIONS"):
        from tinyweb.http import same_origin

        if not same_origin(req) and _field(req, b"\nOrigin: ") not in allow:
            raise HTTPException(403, "Sent by a page of another origin\n")


class Guard:
    """What all kinds of login have in common."""

    # The last head, and what _find() found in it: a client that repeats its head gets the same object again.
    _seen = _found = None
    _wrong = ""  # what the challenge says more to credentials that are wrong
    _page = None  # the path of a login page (bytes), which is open

    def __init__(self, users, realm="board", limit=None):
        if b'"' in realm.encode():  # as a str it would be a name, which MicroPython keeps for good
            raise ValueError(realm)
        self._users = users
        self._realm = realm
        self._limit = limit or Limit()

    def protect(self, app, prefix, *users):
        """Guard all below a prefix (str): routes, resources, folders, streams; those registered later, too.

        users: of str; others get 403. Raises ValueError for a prefix that is no path.
        """
        app.guard(prefix, self(*users))

    def __call__(self, *users):
        """Decorate a handler: @auth, or @auth("admin", "ada") for these users only."""

        def _wrap(f):
            def _guarded(req, resp, *params):
                return self._guard(users, f, req, resp, params)

            return _guarded

        if users and callable(users[0]):
            f = users[0]
            users = ()
            return _wrap(f)
        return _wrap

    def _guard(self, users, f, req, resp, params):
        if req.head.method != b"GET":
            # Where memory runs out, this begins again.
            req.unhandled = True
        limit = self._limit
        left = limit and limit.wait(req)
        if left:
            raise HTTPException(429, "Wait %d s\n" % left, {"Retry-After": str(left)})
        if req.head is not self._seen:
            self._found = self._find(req)
            self._seen = req.head
        found = self._found
        right = found and self._check(req, resp, *found)
        if hasattr(right, "send"):
            return self._later(users, f, req, resp, params, found, right)
        if found and not right and limit:
            limit.failed(req)
        return self._enter(users, f, req, resp, params, found, right)

    async def _later(self, users, f, req, resp, params, found, right):
        right = await self._limit.attempt(req, right)
        result = self._enter(users, f, req, resp, params, found, right)
        return await result if hasattr(result, "send") else result

    def _enter(self, users, f, req, resp, params, found, right):
        if not right:
            return self._refuse(found, req, resp, f, params)
        req.user = right
        if found[0] is not None:
            # A browser sends all but a token by itself, whoever made the page, and without a name, too.
            req.user = found[0]
            _check_origin(req)
        # At the login page another user may log in.
        if users and req.user not in users and req.head.path != self._page:
            raise HTTPException(403)
        return self._handle(f, req, resp, params)

    def _handle(self, f, req, resp, params):
        if req.head.method != b"GET":
            req.unhandled = False
        return f(req, resp, *params)

    def _find(self, req):
        # Return what stands in Authorization: (user, ...), None for no credentials or malformed ones (RFC 9110 11.4).
        value = _field(req, b"\nAuthorization: ")
        if value[: len(self._scheme)].lower() == self._scheme:
            try:
                return self._parse(value)
            except (ValueError, KeyError):
                pass  # malformed
        return None

    def _refuse(self, found, req, resp, f, params):
        more = self._wrong if found else ""
        raise HTTPException(401, None, {"WWW-Authenticate": self._challenge % (self._realm, more)})


def __getattr__(name):
    if name == "Session":
        import tinyweb_auth_session as module
    elif name in ("Basic", "Bearer"):
        import tinyweb_auth_basic as module
    elif name in ("Digest", "secret"):
        import tinyweb_auth_digest as module
    elif name == "hash":
        module = _login()
    else:
        import tinyweb_auth_passwords as module
    return getattr(module, name)
