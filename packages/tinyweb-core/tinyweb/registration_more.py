# What programs register beside routes: resources, folders, hooks, error handlers. Loaded with the first of them,
# unloaded when the port is open.

import asyncio
import os

from .lazy import lazy


def method(app, name):
    """Return a webserver's method of this module."""
    f = _METHODS.get(name)
    if not f:
        return lazy.guards.method(app, name)
    return lambda *args, **kwargs: f(app, *args, **kwargs)


def handler(app, url, f):
    """Return the handler of a URL (str): f, behind the guards of the prefixes that the URL is below."""
    return lazy.guards.handler(app, url, f) if None in app._router.tree else f


async def _tcp_server(app, host="", port=8081, backlog=None):
    # Programs of 1.x start it as a task of their own loop.
    app._task = asyncio.current_task()
    await app._open(host, port, backlog, None)


def add_resource(app, cls=None, url=None, *args, **kwargs):
    """Map a class or object with methods get, post, put, patch, delete to a URL; needs tinyweb-rest."""
    if kwargs or not isinstance(url, str):
        lazy.option_checks.resource(url, cls, "GET", kwargs)
    return lazy.packages.require("rest").add_resource(app, cls, url, *args, **kwargs)


def resource(app, url=None, method="GET", *args, **kwargs):
    """Decorate a function of a resource; needs tinyweb-rest."""
    if kwargs or not (isinstance(url, str) and isinstance(method, str)):
        lazy.option_checks.resource(url, None, method, kwargs)
    return lazy.packages.require("rest").resource(app, url, method, *args, **kwargs)


def static(app, url_prefix=None, folder=None, *args, **kwargs):
    """Serve a folder below a URL; needs tinyweb-static."""
    module = lazy.packages.require("static")
    try:
        # Only a str: os.stat() takes bytes, numbers and Paths, too.
        usual = not (args or kwargs) and os.stat("" + folder)[0] >> 12 == 4
    except (OSError, TypeError):
        usual = False
    if not usual or not isinstance(url_prefix, str) or "<" in url_prefix:
        lazy.folder_checks.static(url_prefix, folder, *args, **kwargs)
    return module.static(app, url_prefix, folder, *args, **kwargs)


def catchall(app, *wrong):
    """Decorate the handler of all paths that no route takes, for every method."""
    if wrong:
        lazy.option_checks.catchall(*wrong)

    def decorate(f):
        _callable("catchall", f)
        app._catchall = handler(app, "/<path:_>", f)
        return f

    return decorate


def errorhandler(app, what=None, *more):
    """Decorate a handler f(req, resp, error) for a status code or a class of exceptions."""
    if more or type(what) is not int or not 300 <= what <= 599:
        lazy.option_checks.error(what, more)

    def decorate(f):
        _callable("errorhandler", f)
        app._error_handlers = app._error_handlers or {}
        app._error_handlers[what] = f
        return f

    return decorate


def before_request(app, f=None):
    """Decorate f(req, resp), called before each handler; what it returns, if not None, is the answer."""
    _callable("before_request", f)
    app._before += (f,)
    app._hooks = True
    return f


def after_request(app, f=None):
    """Decorate f(req, resp), called after each handler; while the head has not left it may add fields to it."""
    _callable("after_request", f)
    app._after += (f,)
    app._hooks = True
    return f


def remove_hook(app, f):
    """Remove a hook of either kind; see hooks.remove()."""
    lazy.hooks.remove(app, f)


def _callable(name, f):
    if not callable(f) or isinstance(f, type):
        lazy.route_checks.handler(name, f)


_METHODS = {
    "add_resource": add_resource,
    "resource": resource,
    "static": static,
    "catchall": catchall,
    "errorhandler": errorhandler,
    "before_request": before_request,
    "after_request": after_request,
    "remove_hook": remove_hook,
    "_tcp_server": _tcp_server,
}
