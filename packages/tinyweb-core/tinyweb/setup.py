# What not every program registers: webserver's methods, loaded with the first that is used.

from .extension import extension, room


def method(app, name):
    """Give a webserver's method."""
    if name.upper() in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        # The short forms of route(): get(url, **as route) and so on.
        return lambda url, **kwargs: app.route(url, methods=(name.upper(),), **kwargs)
    f = _METHODS.get(name) or getattr(room("stop"), "_" + name)
    return lambda *args, **kwargs: f(app, *args, **kwargs)


def add_resource(app, cls, url, **kwargs):
    """Map a class or object with methods get, post, put, patch, delete to a URL; needs tinyweb-rest."""
    return extension("rest").add_resource(app, cls, url, **kwargs)


def resource(app, url, method="GET", **kwargs):
    """Decorate a function of a resource; needs tinyweb-rest."""
    return extension("rest").resource(app, url, method, **kwargs)


def static(app, url_prefix, folder, **kwargs):
    """Serve a folder below a URL; needs tinyweb-static."""
    return extension("static").static(app, url_prefix, folder, **kwargs)


def catchall(app):
    """Decorate the handler of all paths that no route takes, for every method."""

    def decorate(f):
        app._catchall = f
        return f

    return decorate


def errorhandler(app, what):
    """Decorate a handler f(req, resp, error) for a status code or a class of exceptions."""

    def decorate(f):
        app._errors[what] = f
        return f

    return decorate


def before_request(app, f):
    """Decorate f(req, resp), called before each handler; what it returns, if not None, is the answer."""
    app._before += (f,)
    app._hooks = True
    return f


def after_request(app, f):
    """Decorate f(req, resp), called after each handler; while the head has not left it may add fields to it."""
    app._after += (f,)
    app._hooks = True
    return f


_METHODS = {
    "add_resource": add_resource,
    "resource": resource,
    "static": static,
    "catchall": catchall,
    "errorhandler": errorhandler,
    "before_request": before_request,
    "after_request": after_request,
}
