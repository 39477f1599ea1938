# Errors that take more than errors.py has: a program's error handlers, a response that has begun, what goes to the log.
# Loaded with the first of them.

from .dispatch import CancelledError, check, discard, finish
from .http import HTTPException
from .lazy import lazy
from .response import DONE, SENT
from .status import phrase, status


async def fail(app, req, resp, error):
    """Respond to an exception that a handler (or the reading of a request) raised.

    A response that is complete stays as it is. One that has only begun is cut, so that the client sees a truncated
    response. Header fields that the program has set stay, but for those that describe the dropped body.
    """
    head = req.head
    code = 500
    message = None
    done = resp.state == DONE or resp.state == SENT and (resp.no_body or resp._promised == 0)
    if isinstance(error, HTTPException) and not done:
        try:
            code = status(error.code)
            message = error.message
        except ValueError as e:
            error = e
    if done or not isinstance(error, HTTPException):
        lazy.log.log_failure(req, error, ": after its response was complete" if done else "")
        if done:
            return await finish(resp, None)
        message = lazy.log.trace(error) if app.debug else None
    if message is None:
        message = phrase(code)
    # A path that a route has, though not with this method, is the route's too.
    route = head.route or getattr(error, "routes", None) or getattr(error, "near", None)
    if route and route.error_body:
        if not head.route:
            # No handler has said yet that another origin's page may read the response.
            req.route = route
            resp.add_access_control_headers()
        message = route.error_body(message.strip() if isinstance(message, str) else message)
    # The handler of the nearest class of exceptions, else that of the code.
    handler = app._error_handlers.get(code)
    near = None
    for what in app._error_handlers:
        if isinstance(what, type) and isinstance(error, what) and (near is None or issubclass(what, near)):
            near = what
            handler = app._error_handlers[what]
    while True:
        if resp.state >= SENT:
            if isinstance(error, HTTPException):
                lazy.log.log(lazy.log.what(req) + ": the head has left, so the connection is cut", error)
            _reset(req._conn)
            raise OSError
        discard(resp)
        if resp.extra_lines[:6] != b"Access":
            resp.extra_lines = b""
        resp.code = code
        try:
            fields = getattr(error, "headers", None)
            if fields:
                lazy.header_fields.set_fields(resp, fields)
            result = message
            if handler:
                result = handler(req, resp, error)
                if hasattr(result, "send"):
                    result = await result
            return await finish(resp, result)
        except (Exception, CancelledError) as e:
            check(req._conn, e)
            if resp.state == DONE:
                return await fail(app, req, resp, e)
            if isinstance(e, MemoryError):
                raise
            what = "The response to an error failed"
            if isinstance(e, TypeError):
                what += lazy.diagnostics.explain(req, e)
            lazy.log.log(what, e)
            if handler:
                # The next best: without the program's handler.
                handler = None
            elif error:
                # Then a plain 500, without the fields and the hooks that may be at fault.
                error = None
                code = 500
                message = phrase(500)
                resp.headers.clear()
                resp._hooks_run = True
            else:
                raise OSError


def _reset(conn):
    # Have close() reset the connection, if the port can: a response that ends with it must not look whole.
    try:
        import socket

        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    except (OSError, AttributeError):  # pragma: no cover  MicroPython's TLS
        pass  # TLS says it in its own way: there is no close_notify
