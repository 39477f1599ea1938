# What happens when a handler fails: loaded when the first one does.

import sys

from .http import HTTPException


def trace(error):
    """Give an exception's traceback as str."""
    if hasattr(sys, "print_exception"):
        import io

        out = io.StringIO()
        sys.print_exception(error, out)
        return out.getvalue()
    import traceback

    return "".join(traceback.format_exception(type(error), error, error.__traceback__))


def log(what, error):
    """Tell the logger "WEB", where a module logging is installed, else the console."""
    try:
        import logging

        logging.getLogger("WEB").error("%s\n%s" % (what, trace(error)))
    except ImportError:
        print(what)
        print(trace(error))


async def fail(app, req, resp, error):
    """Answer an exception that a handler (or the reading of a request) raised.

    If the head has left already, the connection is cut, so that the client sees a truncated answer.
    """
    http = isinstance(error, HTTPException)
    code = error.code if http else 503 if isinstance(error, MemoryError) else 500
    if not http:
        log("%s %s" % (req.method.decode(), req.path.decode()), error)
    if resp._sent:
        req._c.cut()
        raise OSError
    clean(resp, code, error)
    handler = app._errors.get(code)
    for kind in app._errors:
        if isinstance(kind, type) and isinstance(error, kind):
            handler = app._errors[kind]
    if handler:
        try:
            result = handler(req, resp, error)
            if hasattr(result, "send"):
                result = await result
            if result is not None and not resp._begun:
                await resp._reply(result)
            return
        except Exception as e:
            if req._c.dead or resp._sent:
                req._c.cut()
                raise OSError
            log("The error handler failed", e)
            clean(resp, code, error)
    message = error.message if http else trace(error) if app.debug else None
    await resp.error(code, message)


def clean(resp, code, error):
    # Forget what the handler prepared but for what lets another origin's page read the error.
    for name in list(resp.headers):
        if name[:15].lower() != "access-control-":
            del resp.headers[name]
    resp._reset()
    resp.code = code
    for name in getattr(error, "headers", None) or ():
        resp.add_header(name, error.headers[name])


