# What is done once, before the server serves: its constructor, what programs register, the opening of its port. Loaded
# with the first server, dropped when the port is open, and loaded again by who registers more.

import gc
import sys

from .connection import Listener
from .engine import BUFFER
from .extension import extension, room
from .http import schemes
from .router import Router

_added = 0  # routes


def init(app, request_timeout=3, max_concurrency=None, backlog=16, debug=False, **limits):
    """Make a server.

    request_timeout: seconds for a complete head; 408 after them. max_concurrency: requests served at once (3 on
    esp8266, 6 on esp32, 10 elsewhere). backlog: connections that the system keeps waiting. debug: tracebacks go to the
    client. limits: see webserver. Raises TypeError for an unknown one.
    """
    app.request_timeout = request_timeout
    app.backlog = backlog
    app.debug = debug
    n = max_concurrency or {"esp8266": 3, "esp32": 6}.get(sys.platform, 10)
    app.max_concurrency = n
    app.max_connections = 2 * n + 2
    if sys.platform == "esp8266":
        app.max_head = 2048
    for k in limits:
        if k[0] == "_" or callable(getattr(type(app), k, len)):
            raise TypeError(k)
        setattr(app, k, limits[k])
    app._router = Router()
    # Where all connections read: made now, while the heap is in one piece.
    app._land = bytearray(BUFFER)
    # Buffers for who waits and needs one, made with the first that does; two of them are kept for the next.
    app._slots = [None, None]
    app._spare = 0
    app._free = n
    app._conns = []
    app._errors = {}


def listen(app, host, port, backlog, ssl):
    """Open the port, as run() tells; gives the coroutine that serves."""
    if app._listener:
        raise RuntimeError("running")
    args = (host, port, backlog or app.backlog, ssl)
    try:
        app._listener = Listener(*args)
    except OSError as e:
        raise room("hints").not_open(e, port)
    app.tls = ssl
    if ssl:
        schemes.append(b"https:")
    # What an event loop before this one may have left behind does not count.
    app._stopping = app._watchdog = None
    app._queue = []  # connections that wait for a slot
    app._hooks = bool(app._before or app._after or app.access_log or app.allowed_hosts is not None)
    if app.debug:
        room("hints").watch(app)
    app._idle_limit = app.idle_timeout * 1000
    return app._listen(args)


def method(app, name):
    """Give a webserver's method."""
    if name.upper() in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        # The short forms of route(): get(url, **as route) and so on.
        return lambda url, **kwargs: app.route(url, methods=(name.upper(),), **kwargs)
    f = _METHODS.get(name) or getattr(room("stop"), "_" + name)
    return lambda *args, **kwargs: f(app, *args, **kwargs)


def add_route(
    app,
    url,
    f,
    methods=("GET", "POST"),
    save_headers=(),
    max_body_size=1024,
    allowed_access_control_headers="*",
    allowed_access_control_origins="*",
    error=None,
):
    """Map a URL to a handler f(req, resp, *params).

    url: a path; "<name>", "<int:name>" or, last, "<path:name>" stand for a segment and are passed to f in order.
    methods: of str; HEAD comes with GET. save_headers: names of fields to keep in req.headers. max_body_size: in bytes,
    for bodies that are read whole. error: a function from a message (str) to the body of an error answer of this route.
    Raises ValueError for a malformed URL or one that stands already.
    """
    global _added
    methods = tuple([m.encode() for m in methods])
    if b"GET" in methods and b"HEAD" not in methods:
        methods += (b"HEAD",)
    save = tuple([n.encode() if isinstance(n, str) else n for n in save_headers])
    if "%" in url:
        from .paths import normal

        url = normal(url.encode()).decode()  # as paths will be when they come here
    app._router.add(
        url,
        (methods, f, save, max_body_size, allowed_access_control_headers, allowed_access_control_origins, error),
    )
    app._memo = None
    # What a registration leaves behind lies between what stays. With a collection now and then the heap is in one piece
    # when the first client comes: a program of 20 routes runs in 4 KB less (on 64 bit).
    _added += 1
    if not _added & 3:
        gc.collect()


def route(app, url, **kwargs):
    """Decorate a handler; add_route() tells the rest."""

    def decorate(f):
        app.add_route(url, f, **kwargs)
        return f

    return decorate


def add_resource(app, cls, url, **kwargs):
    """Map a class or object with methods get, post, put, patch, delete to a URL; needs tinyweb-rest."""
    return extension("rest").add_resource(app, cls, url, **kwargs)


def resource(app, url, method="GET", **kwargs):
    """Decorate a function of a resource; needs tinyweb-rest."""
    return extension("rest").resource(app, url, method, **kwargs)


def static(app, url_prefix, folder, **kwargs):
    """Serve a folder below a URL; needs tinyweb-static."""
    return extension("static").static(app, url_prefix, folder, **kwargs)


def catchall(app):
    """Decorate the handler of all paths that no route takes, for every method."""

    def decorate(f):
        app._catchall = f
        return f

    return decorate


def errorhandler(app, what):
    """Decorate a handler f(req, resp, error) for a status code or a class of exceptions."""

    def decorate(f):
        app._errors[what] = f
        return f

    return decorate


def before_request(app, f):
    """Decorate f(req, resp), called before each handler; what it returns, if not None, is the answer."""
    app._before += (f,)
    app._hooks = True
    return f


def after_request(app, f):
    """Decorate f(req, resp), called after each handler; while the head has not left it may add fields to it."""
    app._after += (f,)
    app._hooks = True
    return f


_METHODS = {
    "add_resource": add_resource,
    "resource": resource,
    "static": static,
    "catchall": catchall,
    "errorhandler": errorhandler,
    "before_request": before_request,
    "after_request": after_request,
}
