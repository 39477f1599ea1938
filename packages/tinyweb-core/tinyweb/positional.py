# Options passed by position. Lazy module: loaded by the first such call, unloaded once the port is open.

from .lazy import lazy


def limits(values, options):
    """Add positional arguments of webserver() to options (dict). Raises TypeError for one too many or passed twice."""
    names = lazy.constructor.NUMBERS + ("allowed_hosts", "access_log", "max_links")
    for i in range(len(values)):
        if i == len(names) or names[i] in options:
            raise TypeError("webserver(): too many, or one twice, of " + ", ".join(names))
        options[names[i]] = values[i]


def route(url, values, options):
    """Add positional arguments of a route to options (dict). Raises TypeError for one too many or passed twice."""
    names = lazy.route_checks.ROUTE
    for i in range(len(values)):
        if i == len(names) or names[i] in options:
            if url and names[i : i + 1] == ["methods"]:
                raise TypeError('%r: @app.get() has its method: write @app.route(url, methods=["GET"])' % (url,))
            raise TypeError("%r: too many, or one twice, of %s" % (url, ", ".join(names)))
        options[names[i]] = values[i]
