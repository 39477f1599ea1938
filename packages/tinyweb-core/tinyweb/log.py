# Logging. Lazy module: loaded by the first message.

import io

from .lazy import lazy

try:
    from sys import print_exception
except ImportError:
    from .compat_cpython import print_exception


NO_YIELD = (
    "A handler does not yield: it returns its body, or awaits resp.send(); generators are for tinyweb-rest and for"
    " Page() of tinyweb-template"
)


def log(what, error=None):
    """Log a text (str) and an exception's traceback to the logger "WEB", or print them if logging is not installed."""
    if error:
        what = "%s\n%s" % (what, trace(error))
    try:
        import logging

        logging.getLogger("WEB").error(what)
    except (ImportError, OSError):  # pragma: no cover  MicroPython without logging, or out of file descriptors
        print(what)


def trace(error):
    """Return an exception's traceback as str."""
    out = io.StringIO()
    print_exception(error, out)
    return out.getvalue()


def what(req):
    """Return a request's method and path as str."""
    return (req.head.method + b" " + req.head.path).decode()


def log_failure(req, error, more=""):
    """Log an exception of a handler, with an explanation if diagnostics has one. more: str appended to the path."""
    text = what(req) + more
    if isinstance(error, (TypeError, AttributeError)):
        text += lazy.diagnostics.explain(req, error)
    log(text, error)
