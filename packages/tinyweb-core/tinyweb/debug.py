# What debug=True notices, and no exception tells: a handler that forgets an await, answers nothing, keeps all others
# waiting, or sets a status or a field too late. It is told on the console, a sentence each.

from .http import HTTPException
from .response import SENT
from .router import Route
from .transport import ticks_diff, ticks_ms

try:
    from types import coroutine as _awaitable  # CPython: a generator that may be awaited
except ImportError:  # pragma: no cover  MicroPython

    def _awaitable(f):
        return f


# What has to be awaited.
_NAMES = ("send", "start_html", "flush", "release", "redirect", "error", "send_file")


class _Awaitable:
    # What those give in debug. It takes itself off a list when somebody awaits, returns or runs it.
    def __init__(self, it, name, left):
        self._it = it
        self._name = name
        self._left = left
        left.append(self)

    def _take(self):
        if self in self._left:
            self._left.remove(self)
        return self._it

    def __iter__(self):
        it = self._take()
        return it.__await__() if hasattr(it, "__await__") else iter(it)

    __await__ = __iter__

    def __getattr__(self, name):
        return getattr(self._take(), name)


def watch(app):
    """Have all handlers of a server watched, for a sentence on the console where one is wrong in silence."""
    if "_find_route" not in app.__dict__:  # not so in a second run()
        find = app._find_route

        def find_route(head):
            route = find(head)
            head.route = route = Route(route[0], _watched(route[1]), *route[2:])
            return route

        app._find_route = find_route


def _watched(call):
    def watched(req, resp, *params):
        resp._unawaited = []
        for name in _NAMES:
            setattr(resp, name, _wrapped(resp, name))
        since = ticks_ms()
        result = call(req, resp, *params)
        _time(req, since)
        if not isinstance(result, _Awaitable) and _is_coroutine(result):
            return _follow(req, resp, result)
        return _check(req, resp, result)

    return watched


def _wrapped(resp, name):
    f = getattr(resp, name)
    return lambda *args, **kwargs: _Awaitable(f(*args, **kwargs), name, resp._unawaited)


def head_made(resp):
    """Note what a head says."""
    resp._said = (resp.code, dict(resp.headers))


def _is_coroutine(it):
    # On CPython a plain generator is none; on MicroPython both are one type.
    if hasattr(it, "gi_code"):
        return it.gi_code.co_flags & 0x100  # made one by types.coroutine()
    return hasattr(it, "send")


@_awaitable
def _follow(req, resp, it):
    # Drive a handler's coroutine, and look at each of its steps and at its result.
    error = None
    while True:
        since = ticks_ms()
        try:
            value = it.throw(error) if error else it.send(None)
        except StopIteration as e:
            value = e.value
            break
        except HTTPException as e:
            if e.message and e.code in (413, 415):
                _say(req, e.message)
            raise
        _time(req, since)
        error = None
        try:
            yield value
        except BaseException as e:
            error = e
    _time(req, since)
    return _check(req, resp, value)


def _time(req, since):
    ms = ticks_diff(ticks_ms(), since)
    if ms > 500:
        text = "its handler ran for %d ms without a wait, and nobody else was served: await asyncio.sleep(), not "
        _say(req, (text + "time.sleep(), and do long work in parts") % ms)


def _check(req, resp, result):
    # Look at what a handler has left, and return what it returned.
    missing = [a._name for a in resp._unawaited if a is not result]
    for name in missing:
        _say(req, 'resp.%s() needs an "await" before it, in an "async def"' % name)
    begun = resp.state or missing or resp.code != 200
    if result is None and not begun and req.method == b"GET":
        _say(req, 'its handler returned nothing and sent nothing: "return" the answer, or await resp.send()')
    said = resp.__dict__.get("_said")
    if said:
        text = "%s was set when the head had left already: set it before what is sent"
        if said[0] != resp.code:
            _say(req, text % "resp.code")
        for name in resp.headers:
            if resp.headers[name] != said[1].get(name):
                _say(req, text % ("the field " + name))
    if isinstance(result, _Awaitable):
        return result._take()
    if result is not None and (resp._buffer or resp.state >= SENT) and not hasattr(result, "send"):
        _say(req, "what its handler returned is dropped: it has sent its response already")
    return result


def _say(req, what):
    print("tinyweb: %s: %s" % (b" ".join((req.method, req.path)).decode(), what))
