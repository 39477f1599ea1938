# What leads away from the straight path: no route, a handler that fails, a client that is late. Loaded when the first
# such thing happens.

import io

from .dispatch import CancelledError, check, discard, finish
from .extension import room
from .http import METHODS, HTTPException
from .reasons import phrase, status

try:
    from sys import print_exception
except ImportError:
    from .cpython import print_exception


def check_host(app, req):
    """Raise 421 for a host that is not ours: another name for our address is a sign of DNS rebinding."""
    host = req._head[4].lower()
    end = host.find(b"]") + 1 if host[:1] == b"[" else host.find(b":")
    if end >= 0:
        host = host[:end]
    names = app.allowed_hosts
    for name in (names,) if isinstance(names, (str, bytes)) else names:
        if (name.encode() if isinstance(name, str) else name).lower() == host:
            return
    raise HTTPException(421)


def is_automatic(app, req):
    """Tell whether a request is an OPTIONS that no handler of the program's answers."""
    try:
        # The class's own: debug=True puts another one before it.
        return type(app)._route(app, req)[1] is _options
    except HTTPException:
        return False  # go_on() raises it again, behind the hooks


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


def log(what, error=None):
    """Tell the logger "WEB", where a module logging is installed, else the console."""
    if error:
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

    A response that is complete stays as it is. One that has only begun is cut, so that the client sees a truncated
    response. Header fields that the program has set stay, but for those that describe the dropped body.
    """
    head = req._head
    code = 500
    message = None
    done = resp._sent and (resp.whole or resp._mute or resp._left == 0)
    if isinstance(error, HTTPException) and not done:
        try:
            code = status(error.code)
            message = error.message
        except ValueError as e:
            error = e
    if done or not isinstance(error, HTTPException):
        what = b" ".join(head[:2]).decode()
        if done:
            what += ": after its response was complete"
        if isinstance(error, (TypeError, AttributeError)):
            what += room("hints").explain(req, error)
        log(what, error)
        if done:
            return await finish(resp, None)
        message = trace(error) if app.debug else None
    if message is None:
        message = phrase(code)
    # A path that a route has, though not with this method, is the route's too.
    route = head[11] or getattr(error, "routes", None) or getattr(error, "near", None)
    if route and route[6]:
        if not head[11]:
            # No handler has said yet that another origin's page may read the answer.
            req.route = route
            resp.add_access_control_headers()
        message = route[6](message.strip() if isinstance(message, str) else message)
    # The handler of the nearest class of exceptions, else that of the code.
    handler = app._errors.get(code)
    near = None
    for what in app._errors:
        if isinstance(what, type) and isinstance(error, what) and (near is None or issubclass(what, near)):
            near = what
            handler = app._errors[what]
    while True:
        if resp._sent:
            if isinstance(error, HTTPException):
                log(b" ".join(head[:2]).decode() + ": the head has left, so the connection is cut", error)
            cut(req._c)
            raise OSError
        discard(resp)
        if resp.lines[:6] != b"Access":
            resp.lines = b""
        resp.code = code
        try:
            fields = getattr(error, "headers", None)
            if fields:
                room("fields").set_fields(resp, fields)
            result = message
            if handler:
                result = handler(req, resp, error)
                if hasattr(result, "send"):
                    result = await result
            return await finish(resp, result)
        except (Exception, CancelledError) as e:
            check(req._c, e)
            if resp.whole:
                return await fail(app, req, resp, e)
            if isinstance(e, MemoryError):
                raise
            what = "An error could not be answered as it should"
            if isinstance(e, TypeError):
                what += room("hints").explain(req, e)
            log(what, e)
            if handler:
                # The next best: without the program's handler.
                handler = None
            elif error:
                # Then a plain 500, without the fields and the hooks that may be at fault.
                error = None
                code = 500
                message = phrase(500)
                resp.headers.clear()
                resp._held = True
            else:
                raise OSError


def cut(c):
    """Have close() reset the connection, where the port can: an answer that ends with it must not look whole."""
    try:
        import socket

        c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    except (OSError, AttributeError):  # pragma: no cover  MicroPython's TLS
        pass  # TLS says it in its own way: there is no close_notify
