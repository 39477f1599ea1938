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

# What URLs are made of that need no second look.
_PLAIN = b"etaonicsrdplhugm/<>:0123456789-_.fybvkwxqzjAEIOUCDHSRTLMNPFGBWVKXYQZJ"

# The options of a route, in the order in which they may be given by position.
_OPTIONS = (
    "methods",
    "save_headers",
    "max_body_size",
    "allowed_access_control_headers",
    "allowed_access_control_origins",
    "error",
)


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
    global _added
    if not (
        isinstance(url, str)
        and url[:1] == "/"
        and not (url.encode().strip(_PLAIN) or "/:" in url or "/." in url or unknown)
        and callable(f)
        and not isinstance(f, type)
        and isinstance(methods, (tuple, list))
        and methods
        and not [m for m in methods if type(m) is not str or m.encode() not in METHODS]
        and isinstance(save_headers, (tuple, list))
        and not [n for n in save_headers if type(n) is not str or not n or n.encode().strip(_TOKEN)]
        and type(max_body_size) is int
        and max_body_size >= 0
        and (error is None or callable(error))
        and not [
            s
            for s in (allowed_access_control_headers, allowed_access_control_origins)
            if type(s) is not str or not s or min(s) < " "
        ]
    ):
        room("checks").route(
            url,
            f,
            methods,
            save_headers,
            max_body_size,
            allowed_access_control_headers,
            allowed_access_control_origins,
            error,
            unknown,
            _OPTIONS,
        )
    if not app:
        return
    methods = tuple([m.encode() for m in methods])
    if b"GET" in methods and b"HEAD" not in methods:
        methods += (b"HEAD",)
    save = tuple([n.encode() if isinstance(n, str) else n for n in save_headers])
    app._router.add(
        url,
        (methods, f, save, int(max_body_size), allowed_access_control_headers, allowed_access_control_origins, error),
    )
    app._memo = None
    # What a registration leaves behind lies between what stays. With a collection now and then the heap is in one piece
    # when the first client comes: a program of 20 routes runs in 4 KB less (on 64 bit).
    _added += 1
    if not _added & 3:
        gc.collect()


def route(app, url=None, *args, **kwargs):
    """Decorate a handler; add_route() tells the rest."""
    options = {}
    for name in room("setup").named(_OPTIONS, args, kwargs):
        if name in _OPTIONS:
            options[name] = kwargs[name]
        else:
            # A class of yours may take more in its add_route().
            room("checks").option(repr(url), name, _OPTIONS, False)
    # Nothing is added yet, but looked at.
    add_route(None, url, room, **options)

    def decorate(f):
        app.add_route(url, f, **kwargs)
        return f

    return decorate


def add_resource(app, cls=None, url=None, *args, **kwargs):
    """Map a class or object with methods get, post, put, patch, delete to a URL; needs tinyweb-rest."""
    if kwargs or not isinstance(url, str):
        room("checks").resource(url, cls, "GET", kwargs, _OPTIONS[2:5])
    return extension("rest").add_resource(app, cls, url, *args, **kwargs)


def resource(app, url=None, method="GET", *args, **kwargs):
    """Decorate a function of a resource; needs tinyweb-rest."""
    if kwargs or not (isinstance(url, str) and isinstance(method, str)):
        room("checks").resource(url, None, method, kwargs, _OPTIONS[2:5] + ("method",))
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


def catchall(app, wrong=None):
    """Decorate the handler of all paths that no route takes, for every method."""
    if wrong is not None:
        room("limits").nothing(wrong)

    def decorate(f):
        _callable("catchall", f)
        app._catchall = f
        return f

    return decorate


def errorhandler(app, what=None):
    """Decorate a handler f(req, resp, error) for a status code or a class of exceptions."""
    if type(what) is not int or not 300 <= what <= 599:
        room("limits").error(what)

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
        room("checks").handler("@app." + name, f)


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
