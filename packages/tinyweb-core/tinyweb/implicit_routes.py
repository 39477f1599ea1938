# Requests that no registered route takes: automatic OPTIONS, the catch-all, hosts not in allowed_hosts. Lazy module:
# loaded by the first such request.

from .http import HTTPException
from .path_params import METHODS
from .router import Route


def check_host(app, host):
    """Raise HTTPException 421 for a host (bytes) that is not in allowed_hosts, which prevents DNS rebinding."""
    host = host.lower()
    end = host.find(b"]") + 1 if host[:1] == b"[" else host.find(b":")
    if end >= 0:
        host = host[:end]
    names = app.allowed_hosts
    for name in (names,) if isinstance(names, (str, bytes)) else names:
        if (name.encode() if isinstance(name, str) else name).lower() == host:
            return
    raise HTTPException(421)


def is_automatic(app, head):
    """Return whether a request is an OPTIONS without a handler of the program."""
    try:
        return type(app)._find_route(app, head).handler is _options  # the one that debug=True does not wrap
    except HTTPException:
        return False  # go_on() raises it again, after the hooks


def no_route(app, head, error):
    """Return (route, params) of an automatic OPTIONS or the catch-all; raise the error if neither applies."""
    route = error.routes
    if head.path == b"*":
        route = Route(METHODS, None, (), 0, "*", "*", None)
    elif not route and app._catchall and error.code != 400:
        return Route((), app._catchall, (), 1024, "*", "*", None), ()
    if not route or head.method != b"OPTIONS":
        raise error
    return Route(route[0], _options, *route[2:]), ()


def _options(req, resp):
    resp.add_header("Allow", b", ".join(req.route.methods).decode())
    resp.add_access_control_headers()
