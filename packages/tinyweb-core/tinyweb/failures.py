# Errors beyond errors.py: a program's error handlers, responses that have begun, tracebacks in debug mode. Lazy module:
# loaded by the first of them.

from .dispatch import CancelledError, check, discard, finish
from .http import HTTPException
from .lazy import lazy
from .response import DONE, SENT
from .status import phrase, status


async def fail(app, req, resp, error):
    """Respond to an exception raised by a handler, a hook or the parsing of a request.

    A complete response is kept. If only its head has been sent, the connection is reset, so that the client notices the
    truncation. Header fields set by the program are kept, except those that describe the dropped body.
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
    # For a 405 or a path with a malformed <int:...>, use the nearest route's error body, too.
    route = head.route or getattr(error, "near", None)
    body = route and route.error_body
    if body and not head.route:
        # No handler has run, so set the CORS fields here to let pages of other origins read the error.
        req.route = route
        resp.add_access_control_headers()
    handler = _pick(app, code, error)
    while True:
        if resp.state >= SENT:
            if isinstance(error, HTTPException):
                lazy.log.log(lazy.log.what(req) + ": the head has left, so the connection is cut", error)
            _reset(req._conn)
            raise OSError
        try:
            discard(resp)
            if resp.extra_lines[:6] != b"Access":
                resp.extra_lines = b""
            resp.code = code
            fields = getattr(error, "headers", None)
            if fields:
                lazy.header_fields.set_fields(resp, fields)
            result = message
            if handler:
                result = handler(req, resp, error)
                if hasattr(result, "send"):
                    result = await result
            elif body and error:
                result = body(message.strip() if isinstance(message, str) else message)
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
                # Retry without the program's error handler.
                handler = None
            elif error:
                # Then send a plain 500 without fields and hooks, because one of them may have caused the failure.
                error = None
                code = 500
                message = phrase(500)
                resp.headers.clear()
                resp._hooks_run = True
            else:
                raise OSError


def _pick(app, code, error):
    # Return the program's error handler, None if there is none: that of the most derived exception class comes before
    # that of the status code.
    handlers = app._error_handlers
    handler = handlers[code] if code in handlers else None
    near = None
    for what in handlers:
        if isinstance(what, type) and isinstance(error, what) and (near is None or issubclass(what, near)):
            near = what
            handler = handlers[what]
    return handler


def _reset(conn):
    # SO_LINGER of 0 makes close() reset the connection; after a FIN, a response without a length would look complete.
    try:
        import socket

        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    except (OSError, AttributeError):  # pragma: no cover  MicroPython's TLS
        pass  # under TLS the missing close_notify shows the truncation
