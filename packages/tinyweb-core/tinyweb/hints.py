# Sentences for the errors that people meet in their first hour. Loaded when one happens, or by debug=True, which also
# notices what no exception tells: an await that was forgotten, a handler that answers nothing.

import errno

from .connection import NO_YIELD
from .extension import room


def not_open(error, port):
    """Give the OSError of a port that cannot be opened, with what to do in its text."""
    text = {
        errno.EADDRINUSE: "is taken: end the program that has it (or reset the board), or choose another port",
        errno.EACCES: "is the system's: choose one above 1023, such as 8081",
    }.get(error.errno)
    return OSError(error.errno, "Port %d %s" % (port, text)) if text else error


def explain(req, error):
    """Give ": " and what a handler's TypeError or AttributeError means, "" where nobody knows."""
    text = room("errors").trace(error)
    # What the handler's own code raised has a frame of its own behind ours.
    frame = text[text.rfind(' File "') :].split("\n")[0]
    rest = "_rest.py" in frame
    where = frame.split(" in ")[-1]
    if isinstance(error, TypeError) and (rest or where in ("_converse", "go_on", "watched")):
        params = req._head[12]
        return ": its handler is called with (%s), and has to take that" % ", ".join(
            ["data" if rest else "req, resp"] + [repr(p) for p in params]
        )
    if NO_YIELD in text or "object generator can't" in text or "async_generator" in text:
        return "" if NO_YIELD in text else ": " + NO_YIELD
    if "'generator'" in text or "'coroutine'" in text:
        return ': is there an "await" missing?'
    if where in ("view", "send", "_whole"):
        return ": what is sent is str or bytes; a handler may also return a dict, a list, (body, code) or None"
    return ""


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
    if "_route" not in app.__dict__:  # not so in a second run()
        find = app._route

        def route(req):
            found = find(req)
            req._head[11] = found = (found[0], _watched(found[1])) + found[2:]
            return found

        app._route = route
        app._hooks = True
        app._after += (_check,)


def _watched(call):
    def watched(req, resp, *params):
        resp._unawaited = []
        for name in _NAMES:
            setattr(resp, name, _wrapped(resp, name))
        result = call(req, resp, *params)
        silent = result is None and not (resp._begun or resp._unawaited) and resp.code == 200
        if silent and req.method == b"GET":
            _say(req, 'its handler returned nothing and sent nothing: "return" the answer, or await resp.send()')
        return result

    return watched


def _wrapped(resp, name):
    f = getattr(resp, name)
    return lambda *args, **kwargs: _Awaitable(f(*args, **kwargs), name, resp._unawaited)


async def _check(req, resp):
    for a in resp.__dict__.get("_unawaited", ()):
        _say(req, 'resp.%s() needs an "await" before it, in an "async def"' % a._name)


def _say(req, what):
    print("tinyweb: %s: %s" % (b" ".join((req.method, req.path)).decode(), what))


def returned(req):
    """Tell that what a handler returned is dropped, as it has sent a response already."""
    _say(req, "what its handler returned is dropped: it has sent its response already")
