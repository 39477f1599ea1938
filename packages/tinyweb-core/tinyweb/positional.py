# Options that are given by position. Loaded with the first of them, unloaded when the port is open.

from .lazy import lazy


def limits(values, options):
    """Enter the limits of a server that were given by position."""
    names = lazy.constructor.NUMBERS + ("allowed_hosts", "access_log")
    for i in range(len(values)):
        if i == len(names) or names[i] in options:
            raise TypeError("webserver(): too many arguments, or one twice, of " + ", ".join(names))
        options[names[i]] = values[i]


def route(url, values, options):
    """Enter the options of a route that were given by position."""
    names = lazy.route_checks.ROUTE
    for i in range(len(values)):
        if i == len(names) or names[i] in options:
            if url and names[i : i + 1] == ["methods"]:
                raise TypeError('%r: @app.get() has its method: write @app.route(url, methods=["GET"])' % (url,))
            raise TypeError("%r: too many arguments, or one twice, of %s" % (url, ", ".join(names)))
        options[names[i]] = values[i]
