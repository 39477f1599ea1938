# What leads away from the straight path: no route, a handler that fails, a client that is late. Loaded when the first
# such thing happens.

import io

from .extension import room
from .http import METHODS, HTTPException
from .reasons import reason
from .stream import after, finish

try:
    from sys import print_exception
except ImportError:
    from .cpython import print_exception


def check_host(app, req):
    """Raise 421 for a host that is not ours: another name for our address is a sign of DNS rebinding."""
    host = req.host.lower()
    end = host.find(b"]") + 1 if host[:1] == b"[" else host.find(b":")
    if (host if end < 0 else host[:end]).decode() not in app.allowed_hosts:
        raise HTTPException(421)


def no_route(app, req, error):
    """Give a route and its parameters where none was found: the catch-all, an automatic OPTIONS, or raise the error."""
    route = error.routes
    if req._head[1] == b"*":
        route = (METHODS, None, (), 0, "*", "*", None)
    elif not route and app._catchall and error.code != 400:
        return ((), app._catchall, (), 1024, "*", "*", None), ()
    if not route or req._head[0] != b"OPTIONS":
        raise error
    return (route[0], _options) + route[2:], ()


def _options(req, resp):
    resp.add_header("Allow", b", ".join(req.route[0]).decode())
    resp.add_access_control_headers()


def log(what, error):
    """Tell the logger "WEB", where a module logging is installed, else the console."""
    what = "%s\n%s" % (what, trace(error))
    try:
        import logging

        logging.getLogger("WEB").error(what)
    except (ImportError, OSError):  # pragma: no cover  MicroPython: CPython has logging; no descriptor to open it with
        print(what)


def trace(error):
    """Give an exception's traceback as str."""
    out = io.StringIO()
    print_exception(error, out)
    return out.getvalue()


async def fail(app, req, resp, error):
    """Answer an exception that a handler (or the reading of a request) raised.

    If the head has left already, the connection is cut, so that the client sees a truncated answer.
    """
    if isinstance(error, HTTPException):
        code = error.code
        message = error.message
    else:
        code = 500
        what = b" ".join(req._head[:2]).decode()
        if isinstance(error, (TypeError, AttributeError)):
            what += room("hints").explain(req, error)
        log(what, error)
        message = trace(error) if app.debug else None
    if message is None:
        message = reason(code).decode() + "\n"
    # A path that a route has, though not with this method, is the route's too.
    route = req._head[11] or getattr(error, "routes", None) or getattr(error, "near", None)
    if route and route[6]:
        if not req._head[11]:
            # No handler has said yet that another origin's page may read the answer.
            req.route = route
            resp.add_access_control_headers()
        message = route[6](message.strip())
    # The handler of the nearest class of exceptions, else that of the code.
    handler = app._errors.get(code)
    near = None
    for what in app._errors:
        if isinstance(what, type) and isinstance(error, what) and (near is None or issubclass(what, near)):
            near = what
            handler = app._errors[what]
    while True:
        if resp._sent:
            cut(req._c)
            raise OSError
        # Forget what the handler prepared, but for what lets another origin's page read the error.
        for name in list(resp.headers):
            if name[:14].lower() not in ("access-control", "vary"):
                del resp.headers[name]
        resp._begun = False
        resp._type = resp._rest = b""
        resp._left = None
        resp._fill = 6
        if resp.lines[:6] != b"Access":
            resp.lines = b""
        resp.code = code
        for name in getattr(error, "headers", None) or ():
            resp.add_header(name, error.headers[name])
        try:
            result = message
            if handler:
                result = handler(req, resp, error)
                if hasattr(result, "send"):
                    result = await result
            await after(app, req, resp)
            return await finish(resp, result)
        except Exception as e:
            if req._c.dead:
                raise OSError
            if isinstance(e, MemoryError):
                raise
            log("The error handler failed", e)
            if not handler:
                raise OSError
            handler = None


def cut(c):
    """Have close() reset the connection, where the port can: an answer that ends with it must not look whole."""
    try:
        import socket

        c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    except (OSError, AttributeError):  # pragma: no cover  MicroPython's TLS
        pass  # TLS says it in its own way: there is no close_notify
