# Checks of debug=True for mistakes that raise no exception: a handler or hook that forgets an await, sends nothing,
# blocks the event loop, sets an unknown attribute, or sets a status or field after the head was sent. Each is printed.

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


# Attributes of other frameworks' response objects, and what to write here instead.
_OTHER = {"status": "set resp.code", "mimetype": 'call resp.add_header("Content-Type", ...)'}
_OTHER["status_code"] = _OTHER["status"]
_OTHER["content_type"] = _OTHER["mimetype"]


class _Awaitable:
    # Wraps the awaitable that a method returned, and stays in the list of unawaited calls until it is awaited, returned
    # or run.
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


if Coroutine:  # pragma: no branch  MicroPython
    Coroutine.register(_Awaitable)  # CPython's create_task() accepts only coroutines


class _Request(request):
    pass


class _Response(response):
    _unawaited = _said = None


def _note(cls, base, name):
    # Wrap a method so that its result is recorded. Its module is still loaded at the first call, because loading all of
    # them at once would take more heap than a small board has.
    def call(it, *args, **kwargs):
        if not hasattr(base, name):
            getattr(base(), name)
        result = getattr(base, name)(it, *args, **kwargs)
        setattr(cls, name, call)  # send_file() has replaced this wrapper by itself
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
    """Wrap all handlers and hooks of a server (webserver), so that mistakes which raise nothing are printed."""
    app._request = _Request
    app._response = _Response
    app._before = tuple([_hook(f) for f in app._before])
    app._after = tuple([_hook(f) for f in app._after])
    for what in app._error_handlers:
        app._error_handlers[what] = _hook(app._error_handlers[what])
    if "_find_route" not in app.__dict__:  # a second run() finds it wrapped already
        find = app._find_route

        def find_route(head):
            route = find(head)
            if isinstance(route, Route):  # not an extension's own, see http.take_over()
                head.route = route = Route(route[0], _watched(route[1]), *route[2:])
            return route

        app._find_route = find_route


def head_made(resp):
    """Record the status and the fields that a head is made of, to notice later changes."""
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
    # Wraps a hook or an error handler.
    def __init__(self, f):
        self._f = f

    def __call__(self, req, resp, *error):
        result = self._f(req, resp, *error)
        if not isinstance(result, _Awaitable) and _is_coroutine(result):
            return self._follow(req, resp, result)
        return _taken(self._look(req, resp, result))

    def __eq__(self, other):
        return other is self or self._f == other

    async def _follow(self, req, resp, it):
        return _taken(self._look(req, resp, await it))

    def _look(self, req, resp, result):
        _look(req, resp, result, "in %s(): " % getattr(self._f, "__name__", "a hook"))
        return result


def _hook(f):
    return f if isinstance(f, _Hook) else _Hook(f)  # a second run() finds it wrapped already


def _taken(result):
    return result._take() if isinstance(result, _Awaitable) else result


def _is_coroutine(it):
    # CPython distinguishes generators from coroutines; on MicroPython they are one type.
    if hasattr(it, "gi_code"):
        return it.gi_code.co_flags & 0x100  # CO_ITERABLE_COROUTINE, set by types.coroutine()
    return hasattr(it, "send") and not isinstance(it, response)


@_awaitable
def _follow(req, resp, it):
    # Drive a handler's coroutine to measure the time between its awaits, and check its result.
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
        _say(req, (text + "time.sleep()") % ms)


def _look(req, resp, result, where=""):
    # Print missing awaits and attributes without effect; return the names of the calls that were not awaited.
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
    # Check the response after its handler has returned, and return the handler's result.
    begun = _look(req, resp, result) or resp.state or resp.code != 200
    if result is None and not begun and req.method == b"GET":
        _say(req, 'its handler returned nothing and sent nothing: "return" the answer, or await resp.send()')
    said = resp._said
    if said:
        text = "%s was set when the head had left: set it before what is sent"
        if said[0] != resp.code:
            _say(req, text % "resp.code")
        for name in resp.headers:
            if resp.headers[name] != said[1].get(name):
                _say(req, text % ("the field " + name))
    if isinstance(result, _Awaitable):
        return result._take()
    body = resp.sent_bytes or resp._filled > 6 or not resp._released  # release() alone sends no body
    if result is not None and (resp._buffer or resp.state >= SENT) and body and not hasattr(result, "send"):
        _say(req, "what its handler returned is dropped: it has sent its response")
    return result


def _say(req, what):
    print("tinyweb: %s: %s" % (b" ".join((req.method, req.path)).decode(), what))
