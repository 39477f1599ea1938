# As route_checks.py, for what is no route: the constructor, the place to listen at, error handlers, resources, a folder.

import os

from .lazy import lazy

# Not imported: it is unloaded, too, when the port is open.
_checks = lazy.route_checks
number = _checks.number
option = _checks.option
several = _checks.several
url = _checks.url
wrong = _checks.wrong

_COUNTS = ("max_concurrency", "max_connections", "max_head", "max_line", "max_fields", "backlog")
_SECONDS = ("request_timeout", "idle_timeout", "io_timeout", "slot_timeout", "stop_timeout")
_LIMITS = _COUNTS + _SECONDS + ("debug", "allowed_hosts", "access_log")
_RUN = ("host", "port", "loop_forever", "backlog", "ssl")


def by_position(values, limits):
    """Enter the limits that were given by position."""
    names = lazy.constructor.NUMBERS + ("allowed_hosts", "access_log")
    for i in range(len(values)):
        if i == len(names) or names[i] in limits:
            raise TypeError("webserver(): too many arguments, or one twice, of " + ", ".join(names))
        limits[names[i]] = values[i]


def _count(what, name, value, least):
    want = "a whole number, %d or more" % least
    number(what, name, value, least, want)
    if not isinstance(value, int):
        wrong(TypeError, what, name, value, want)


def limit(app, name, value):
    """Look at an option of the constructor."""
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
        # A class of one's own may have limits of its own.
        option(what, name, _LIMITS)


def listen(host, port, backlog, ssl, unknown=None):
    """Look at where a server is to listen."""
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
    """Refuse what a decorator was given that takes nothing."""
    raise TypeError("@app.catchall() takes nothing, but needs its parentheses; it was given %r" % (f,))


def error(what, more=()):
    """Look at what an error handler is for."""
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
    """Look at a resource."""
    if isinstance(cls, str):
        raise TypeError("%r: the class comes first: write add_resource(class, url)" % cls)
    url(where)
    what = repr(where)
    if not isinstance(method, str):
        wrong(TypeError, what, "method", method, 'a str: method="GET"')
    names = ([] if cls else ["method"]) + _checks._ROUTE[2:5]
    for name in kwargs:
        # All else is for the methods.
        if name not in names:
            option(what, name, names, False)


def static(prefix, folder, index="index.html", max_age=0, fallback=None, mime_types={}, **unknown):
    """Look at a folder of files."""
    url(prefix if prefix or not isinstance(prefix, str) else "/")
    what = repr(prefix)
    if "<" in prefix:
        raise ValueError("%s: no parameter goes before a folder" % what)
    for name in unknown:
        option(what, name, ("index", "max_age", "fallback", "mime_types"))
    number(what, "max_age", max_age, 0, "seconds, a number of 0 or more")
    if not isinstance(index, str):
        wrong(TypeError, what, "index", index, "the name of a file")
    if not isinstance(fallback, str) and fallback is not None:
        wrong(TypeError, what, "fallback", fallback, "the name of a file, or None")
    if not isinstance(mime_types, dict):
        wrong(TypeError, what, "mime_types", mime_types, 'a dict: {"svg": "image/svg+xml"}')
    for name in mime_types:
        if not isinstance(name, str) or not isinstance(mime_types[name], str):
            wrong(TypeError, what, "mime_types", mime_types, "str to str")
        if name != name.lower().strip(".") or min(mime_types[name] or " ") < "!":
            wrong(ValueError, what, "mime_types", mime_types, "suffixes in lower case, without a dot, to types")
    if isinstance(folder, str):
        folder = folder and (folder.rstrip("/") or "/")
        if _kind(folder or ".") != 4:
            found = "is a file" if _kind(folder) else "is not there, seen from %r" % getattr(os, "getcwd", str)()
            raise ValueError("%s: the folder %r %s" % (what, folder, found))
        if fallback:
            there = _kind(folder + "/" + fallback) or _kind(folder + "/" + fallback + ".gz")
    elif hasattr(folder, "NAMES") and hasattr(folder, "FILES"):
        there = not fallback or fallback.strip("/") in folder.NAMES
    else:
        raise TypeError("%s: %r: write the name of a folder, or a module made by the packer" % (what, folder))
    if fallback and not there:
        wrong(ValueError, what, "fallback", fallback, "the name of a file in the folder")


def _kind(path):
    # 4 a folder, 8 a file, 0 nothing.
    try:
        return os.stat(path)[0] >> 12
    except OSError:
        return 0
