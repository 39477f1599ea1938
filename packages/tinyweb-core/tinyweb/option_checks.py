# As route_checks.py, for everything else: options of the constructor and of run(), error handlers, resources.

from .lazy import lazy

# Accessed through lazy, not imported, because route_checks is unloaded as well once the port is open.
_checks = lazy.route_checks
number = _checks.number
option = _checks.option
several = _checks.several
url = _checks.url
wrong = _checks.wrong

_COUNTS = ("max_concurrency", "max_connections", "max_head", "max_line", "max_fields", "max_links", "backlog")
_SECONDS = ("request_timeout", "idle_timeout", "io_timeout", "slot_timeout", "stop_timeout")
_LIMITS = _COUNTS + _SECONDS + ("debug", "allowed_hosts", "access_log")
_RUN = ("host", "port", "loop_forever", "backlog", "ssl")


def _count(what, name, value, least):
    want = "a whole number, %d or more" % least
    number(what, name, value, least, want)
    if not isinstance(value, int):
        wrong(TypeError, what, name, value, want)


def limit(app, name, value):
    """Check an option of the constructor. Raises TypeError or ValueError."""
    what = "webserver()"
    if name in _SECONDS:
        least = 0 if name == "stop_timeout" else 0.001
        number(what, name, value, least, "seconds, a number above 0")
    elif name in _COUNTS:
        _count(what, name, value, 0 if name in ("backlog", "max_connections") else 1)
    elif name == "allowed_hosts":
        want = 'host names without a port: ("esp.local",)'
        for host in value if several(value) else () if value is None else (value,):
            if not isinstance(host, str):
                wrong(TypeError, what, name, value, want)
            if not host or "/" in host or host.count(":") == 1:
                wrong(ValueError, what, name, value, want)
    elif name == "access_log":
        if value is not None and not callable(value):
            wrong(TypeError, what, name, value, "a function f(peer, method, path, code, bytes, ms)")
    elif name in _RUN:
        raise TypeError("%s: %s is an option of run(): write run(%s=%r)" % (what, name, name, value))
    elif name[0] == "_" or callable(getattr(type(app), name, len)):
        # A subclass may define options of its own, so refuse only private names, methods and misspellings.
        option(what, name, _LIMITS)


def listen(host, port, backlog, ssl, unknown=None):
    """Check the parameters of run() and start(). Raises TypeError or ValueError."""
    what = "run()"
    for name in unknown or ():
        if name in _LIMITS:
            raise TypeError("%s: %s is an option of webserver(): write webserver(%s=...)" % (what, name, name))
        option(what, name, _RUN)
    if host is not None and not isinstance(host, str):
        want = "port=%d" % host if isinstance(host, int) else 'a str, "" for every interface'
        wrong(TypeError, what, "host", host, want)
    if host and ("/" in host or " " in host or host.count(":") == 1):
        wrong(ValueError, what, "host", host, "a name or an address alone, and the port as port=8081")
    want = "1 to 65535, or 0 for one that is free"
    if not isinstance(port, int) or type(port) is bool:
        wrong(TypeError, what, "port", port, "a number, " + want)
    if not 0 <= port <= 65535:
        wrong(ValueError, what, "port", port, want)
    if backlog is not None:
        _count(what, "backlog", backlog, 0)
    if ssl and not hasattr(ssl, "wrap_socket"):
        wrong(TypeError, what, "ssl", ssl, "an ssl.SSLContext with its certificate")


def catchall(f):
    """Raise TypeError for an argument of @app.catchall(), which takes none."""
    raise TypeError("@app.catchall() takes nothing, but needs its parentheses; it was given %r" % (f,))


def error(what, more=()):
    """Check the argument of @app.errorhandler. Raises TypeError or ValueError."""
    if more or several(what):
        raise TypeError("@app.errorhandler takes one status or class: a line for each")
    if isinstance(what, type):
        if not issubclass(what, BaseException):
            raise TypeError("@app.errorhandler(%s): write a class of exceptions, or a status" % what.__name__)
    elif not isinstance(what, int):
        near = what if isinstance(what, str) and what.isdigit() else "404"
        text = "write a status or a class of exceptions, as @app.errorhandler(%s), not %r"
        raise TypeError("@app.errorhandler: " + text % (near, what))
    elif not 300 <= what <= 599:
        raise ValueError("@app.errorhandler(%d): write a status from 300 to 599" % what)


def resource(where, cls, method, kwargs):
    """Check the arguments of add_resource() and resource(). Raises TypeError or ValueError."""
    if isinstance(cls, str):
        raise TypeError("%r: the class comes first: write add_resource(class, url)" % cls)
    url(where)
    what = repr(where)
    if not isinstance(method, str):
        wrong(TypeError, what, "method", method, 'a str: method="GET"')
    names = ([] if cls else ["method"]) + _checks.ROUTE[2:5]
    for name in kwargs:
        # Other keywords are passed to the resource's methods.
        if name not in names:
            option(what, name, names, False)
