# What debug=True notices, and no exception tells: a handler or hook that forgets an await, answers nothing, keeps all
# others waiting, sets what has no effect, or a status or a field too late. It is told on the console, a sentence each.

from .http import HTTPException
from .request import request
from .response import SENT, response
from .router import Route
from .transport import ticks_diff, ticks_ms

try:
    from collections.abc import Coroutine
    from types import coroutine as _awaitable  # CPython: a generator that may be awaited
except ImportError:  # pragma: no cover  MicroPython
    Coroutine = None

    def _awaitable(f):
        return f


# Names that other servers have for what is said in another way here.
_OTHER = {"status": "set resp.code", "mimetype": 'call resp.add_header("Content-Type", ...)'}
_OTHER["status_code"] = _OTHER["status"]
_OTHER["content_type"] = _OTHER["mimetype"]


class _Awaitable:
    # What a method gives in debug that has to be awaited. It takes itself off a list when somebody awaits, returns or
    # runs it.
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


if Coroutine:
    Coroutine.register(_Awaitable)  # its tasks take nothing else


class _Request(request):
    pass


class _Response(response):
    _unawaited = _said = None


def _note(cls, base, name):
    # Have a method note what it returns. It is loaded at its first call, as without debug: all of them would take more
    # heap than a small board has.
    def call(it, *args, **kwargs):
        if not hasattr(base, name):
            getattr(base(), name)
        result = getattr(base, name)(it, *args, **kwargs)
        setattr(cls, name, call)  # send_file() has put itself there
        resp = it if cls is _Response else it._conn.resp
        if not resp:
            return result  # the request is over
        if resp._unawaited is None:
            resp._unawaited = []
        return _Awaitable(result, ("resp." if it is resp else "req.") + name, resp._unawaited)

    setattr(cls, name, call)


for _name in ("send", "start", "start_html", "flush", "release", "end", "redirect", "error", "send_file"):
    _note(_Response, response, _name)
for _name in ("body", "json", "read", "readinto", "read_parse_form_data"):
    _note(_Request, request, _name)


def watch(app):
    """Have all handlers and hooks of a server watched, for a sentence on the console where one is wrong in silence."""
    app._request = _Request
    app._response = _Response
    app._before = tuple([_hook(f) for f in app._before])
    app._after = tuple([_hook(f) for f in app._after])
    for what in app._error_handlers:
        app._error_handlers[what] = _hook(app._error_handlers[what])
    if "_find_route" not in app.__dict__:  # not so in a second run()
        find = app._find_route

        def find_route(head):
            route = find(head)
            head.route = route = Route(route[0], _watched(route[1]), *route[2:])
            return route

        app._find_route = find_route


def head_made(resp):
    """Note what a head says."""
    resp._said = (resp.code, dict(resp.headers))


def _watched(call):
    def watched(req, resp, *params):
        since = ticks_ms()
        result = call(req, resp, *params)
        _time(req, since)
        if not isinstance(result, _Awaitable) and _is_coroutine(result):
            return _follow(req, resp, result)
        return _check(req, resp, result)

    return watched


class _Hook:
    # A hook or an error handler.
    def __init__(self, f):
        self._f = f

    def __call__(self, req, resp, *error):
        result = self._f(req, resp, *error)
        if not isinstance(result, _Awaitable) and _is_coroutine(result):
            return self._follow(req, resp, result)
        return _taken(self._look(req, resp, result))

    async def _follow(self, req, resp, it):
        return _taken(self._look(req, resp, await it))

    def _look(self, req, resp, result):
        _look(req, resp, result, "in %s(): " % getattr(self._f, "__name__", "a hook"))
        return result


def _hook(f):
    return f if isinstance(f, _Hook) else _Hook(f)  # it is one in a second run()


def _taken(result):
    return result._take() if isinstance(result, _Awaitable) else result


def _is_coroutine(it):
    # On CPython a plain generator is none; on MicroPython both are one type.
    if hasattr(it, "gi_code"):
        return it.gi_code.co_flags & 0x100  # made one by types.coroutine()
    return hasattr(it, "send") and not isinstance(it, response)


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


def _look(req, resp, result, where=""):
    # Tell which awaits are missing, and what has been set in vain; return whether there is an await missing.
    missing = [a._name for a in resp._unawaited or () if a is not result]
    resp._unawaited = None
    for name in missing:
        _say(req, '%s%s() needs an "await" before it, in an "async def"' % (where, name))
    for name in list(resp.__dict__):
        if name in _OTHER and not hasattr(resp, "_told"):
            resp._told = True
            _say(req, "%sresp.%s has no effect: %s" % (where, name, _OTHER[name]))
    return missing


def _check(req, resp, result):
    # Look at what a handler has left, and return what it returned.
    begun = _look(req, resp, result) or resp.state or resp.code != 200
    if result is None and not begun and req.method == b"GET":
        _say(req, 'its handler returned nothing and sent nothing: "return" the answer, or await resp.send()')
    said = resp._said
    if said:
        text = "%s was set when the head had left already: set it before what is sent"
        if said[0] != resp.code:
            _say(req, text % "resp.code")
        for name in resp.headers:
            if resp.headers[name] != said[1].get(name):
                _say(req, text % ("the field " + name))
    if isinstance(result, _Awaitable):
        return result._take()
    body = resp.sent_bytes or resp._filled > 6 or not resp._released  # release() alone sends none
    if result is not None and (resp._buffer or resp.state >= SENT) and body and not hasattr(result, "send"):
        _say(req, "what its handler returned is dropped: it has sent its response already")
    return result


def _say(req, what):
    print("tinyweb: %s: %s" % (b" ".join((req.method, req.path)).decode(), what))
