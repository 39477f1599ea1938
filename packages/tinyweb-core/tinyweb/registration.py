# What programs register: routes, resources, folders, hooks. Loaded with the first of them, dropped when the port is
# open, and loaded again by who registers more.
#
# Mistakes are errors at once. What most programs say is seen to be right here; what is unusual is looked at by
# checks.py and limits.py, which know the sentences.

import asyncio
import gc
import os

from .extension import drop, extension, room
from .http import _TOKEN, METHODS

_added = 0  # routes
_right = False  # the URL of a route that was looked at just now


def method(app, name):
    """Give a webserver's method."""
    if name in ("get", "post", "put", "patch", "delete"):
        # The short forms of route(): get(url, **as route) and so on.
        return lambda url=None, *args, **kwargs: app.route(url, (name.upper(),), *args, **kwargs)
    f = _METHODS.get(name)
    if not f:
        if app._listener:
            drop("registration")
        raise AttributeError("'%s' object has no attribute '%s'" % (type(app).__name__, name))
    return lambda *args, **kwargs: f(app, *args, **kwargs)


async def _tcp_server(app, host="", port=8081, backlog=None):
    # Programs of 1.x start it as a task of their own loop.
    app._task = asyncio.current_task()
    await app._open(host, port, backlog, None)


def add_route(
    app,
    url=None,
    f=None,
    methods=("GET", "POST"),
    save_headers=(),
    max_body_size=1024,
    allowed_access_control_headers="*",
    allowed_access_control_origins="*",
    error=None,
    **unknown,
):
    """Map a URL to a handler f(req, resp, *params).

    url: a path; "<name>", "<int:name>" or, last, "<path:name>" stand for a segment and are passed to f in order.
    methods: of str; HEAD comes with GET. save_headers: names of fields to keep in req.headers. max_body_size: in bytes,
    for bodies that are read whole. error: a function from a message (str) to the body of an error answer of this route.
    Raises ValueError or TypeError for a malformed URL, one that stands already, or a wrong option.
    """
    global _added, _right
    # What most programs say is right at a glance.
    usual = callable(f) and not isinstance(f, type) and not unknown
    looked_at = url is _right
    _right = False
    if usual and not looked_at:
        path = url.encode() if type(url) is str else b""
        coded = [m.encode() for m in methods if type(m) is str] if isinstance(methods, (tuple, list)) else ()
        usual = (
            path[:1] == b"/"
            and not path.strip(b"etaonicsrdplhugm/<>:0123456789-_.fybvkwxqzjAEIOUCDHSRTLMNPFGBWVKXYQZJ")
            and not (b"/:" in path or b"/." in path)
            and coded
            and len(coded) == len(methods)
            and not [m for m in coded if m not in METHODS]
            and type(max_body_size) is int
            and max_body_size >= 0
            and (error is None or callable(error))
            and allowed_access_control_headers == "*" == allowed_access_control_origins
            and (not save_headers and isinstance(save_headers, (tuple, list)) or _names(save_headers))
        )
    if not usual:
        room("checks").route(
            app,
            url,
            f,
            methods,
            save_headers,
            max_body_size,
            allowed_access_control_headers,
            allowed_access_control_origins,
            error,
            unknown,
        )
    if not app:
        return
    methods = tuple([m.encode() for m in methods])
    if b"GET" in methods and b"HEAD" not in methods:
        methods += (b"HEAD",)
    save = tuple([n.encode() if isinstance(n, str) else n for n in save_headers])
    if "%" in url:
        url = room("paths").normal(url.encode()).decode()  # as paths are when they come here
    app._router.add(
        url,
        (methods, f, save, int(max_body_size), allowed_access_control_headers, allowed_access_control_origins, error),
    )
    app._memo = None
    # What a registration leaves behind lies between what stays. With a collection now and then the heap is in one piece
    # when the first client comes: a program of 20 routes runs in 4 KB less (on 64 bit).
    _added += 1
    if not _added & 1:
        gc.collect()


def _names(names):
    # Whether it is a list of names of fields.
    return isinstance(names, (tuple, list)) and not [
        n for n in names if type(n) is not str or not n or n.encode().strip(_TOKEN)
    ]


def route(app, url=None, *args, **kwargs):
    """Decorate a handler; add_route() tells the rest."""
    # In the order in which they may be given by position.
    names = (
        "methods",
        "save_headers",
        "max_body_size",
        "allowed_access_control_headers",
        "allowed_access_control_origins",
        "error",
    )
    for i in range(len(args)):
        if i == len(names) or names[i] in kwargs:
            room("checks").twice(url, (names + ("",))[i] if url else "", names)
        kwargs[names[i]] = args[i]
    # Nothing is added yet, but looked at.
    add_route(None, url, room, **kwargs)

    def decorate(f):
        global _right
        _right = url
        app.add_route(url, f, **kwargs)
        return f

    return decorate


def add_resource(app, cls=None, url=None, *args, **kwargs):
    """Map a class or object with methods get, post, put, patch, delete to a URL; needs tinyweb-rest."""
    if kwargs or not isinstance(url, str):
        room("limits").resource(url, cls, "GET", kwargs)
    return extension("rest").add_resource(app, cls, url, *args, **kwargs)


def resource(app, url=None, method="GET", *args, **kwargs):
    """Decorate a function of a resource; needs tinyweb-rest."""
    if kwargs or not (isinstance(url, str) and isinstance(method, str)):
        room("limits").resource(url, None, method, kwargs)
    return extension("rest").resource(app, url, method, *args, **kwargs)


def static(app, url_prefix=None, folder=None, *args, **kwargs):
    """Serve a folder below a URL; needs tinyweb-static."""
    module = extension("static")
    try:
        usual = not (args or kwargs) and os.stat(folder)[0] >> 12 == 4
    except (OSError, TypeError):
        usual = False
    if not usual or not isinstance(url_prefix, str) or "<" in url_prefix:
        room("limits").static(url_prefix, folder, *args, **kwargs)
    return module.static(app, url_prefix, folder, *args, **kwargs)


def catchall(app, *wrong):
    """Decorate the handler of all paths that no route takes, for every method."""
    if wrong:
        room("limits").catchall(*wrong)

    def decorate(f):
        _callable("catchall", f)
        app._catchall = f
        return f

    return decorate


def errorhandler(app, what=None, *more):
    """Decorate a handler f(req, resp, error) for a status code or a class of exceptions."""
    if more or type(what) is not int or not 300 <= what <= 599:
        room("limits").error(what, more)

    def decorate(f):
        _callable("errorhandler", f)
        app._errors[what] = f
        return f

    return decorate


def before_request(app, f=None):
    """Decorate f(req, resp), called before each handler; what it returns, if not None, is the answer."""
    _callable("before_request", f)
    app._before += (f,)
    app._hooks = True
    return f


def after_request(app, f=None):
    """Decorate f(req, resp), called after each handler; while the head has not left it may add fields to it."""
    _callable("after_request", f)
    app._after += (f,)
    app._hooks = True
    return f


def _callable(name, f):
    if not callable(f) or isinstance(f, type):
        room("checks").handler(name, f)


_METHODS = {
    "add_resource": add_resource,
    "resource": resource,
    "static": static,
    "catchall": catchall,
    "errorhandler": errorhandler,
    "before_request": before_request,
    "after_request": after_request,
    "_tcp_server": _tcp_server,
}
