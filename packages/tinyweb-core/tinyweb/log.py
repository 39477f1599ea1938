# The log. Loaded with the first line for it.

import io

from .lazy import lazy

try:
    from sys import print_exception
except ImportError:
    from .compat_cpython import print_exception


NO_YIELD = "A handler does not yield: it returns its body, or awaits resp.send(); generators are for tinyweb-rest"


def log(what, error=None):
    """Log a text, and an exception's traceback, by the logger "WEB" if a module logging is installed, or print it."""
    if error:
        what = "%s\n%s" % (what, trace(error))
    try:
        import logging

        logging.getLogger("WEB").error(what)
    except (ImportError, OSError):  # pragma: no cover  MicroPython: CPython has logging; no descriptor to open it with
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
    """Log an exception of a handler, with what it means where that is known."""
    text = what(req) + more
    if isinstance(error, (TypeError, AttributeError)):
        text += lazy.diagnostics.explain(req, error)
    log(text, error)
