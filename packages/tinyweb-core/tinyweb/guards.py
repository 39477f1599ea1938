# Guards: what stands before all handlers below a prefix, such as a login. Lazy module: loaded with the first guard,
# unloaded when the port is open.
#
# CONTRACT. add() puts a guard before the routes below a prefix: those that stand, and those to come. wrap() does it for
# one that comes. A route elsewhere pays nothing. A route whose parameters decide whether a path is below the prefix,
# such as a folder at "/", compares each path, decoded and in any case of letters, as a file system may read it. The
# guards are in the router's tree, at the key None, which is no segment of a path.

from .lazy import lazy, unload
from .router import Route

_SEGMENTS = {1: "<int:_>", 2: "<_>", 3: "<path:_>"}  # path_params.py has these kinds of parameters


def method(app, name):
    """Return a webserver's attribute. The last module that is asked: raises AttributeError where there is none."""
    if name == "guard":
        return lambda *args, **kwargs: add(app, *args, **kwargs)
    if name == "max_links":
        return app.max_connections // 2 or 1  # unless it was set
    if app._listener:
        unload("registration")
        unload("registration_more")
        unload("guards")
    raise AttributeError("'%s' object has no attribute '%s'" % (type(app).__name__, name))


def add(app, prefix, guard):
    """Put a guard before the handler of each route below a prefix (str), whenever it is registered.

    guard: a function that takes a handler f(req, resp, *params) and returns the one that is called in its place. The
    guard that was given last is called first. "/admin" and "/admin/" are one prefix: "/admin" itself is below it,
    "/administration" is not. Raises ValueError for a prefix that is no path or has parameters, TypeError for a guard
    that is no function or returns none.
    """
    if not isinstance(prefix, str) or prefix[:1] != "/" or "<" in prefix or "?" in prefix or "#" in prefix:
        raise ValueError("A prefix is a path without parameters, such as '/admin/': %r" % (prefix,))
    if not callable(guard):
        raise TypeError("A guard is a function that takes a handler and returns one, not %r" % (guard,))
    guards = ((lazy.urlencoding.unquote(prefix.encode()).lower().rstrip(b"/") + b"/", guard),)
    router = app._router
    tree = router.tree
    for url in router.fixed:
        _wrap_all(guards, url.decode(), router.fixed[url])
    _walk(guards, "", tree)
    if app._catchall:
        app._catchall = wrap(guards, "/<path:_>", app._catchall)
    tree[None] = tree.get(None, ()) + guards
    app._last_head = None


def _walk(guards, url, node):
    for key in node:
        if key == 0:
            _wrap_all(guards, url, node[key])
        elif key is not None:
            _walk(guards, url + "/" + (_SEGMENTS.get(key) or key.decode()), node[key])


def _wrap_all(guards, url, routes):
    for i in range(len(routes)):
        route = routes[i]
        routes[i] = Route(route[0], wrap(guards, url, route[1]), *route[2:])


def wrap(guards, url, f):
    """Return the handler of a URL (str): f, behind those of the guards whose prefix it is below."""
    for prefix, guard in guards:
        f = _wrap(prefix, guard, url, f)
    return f


def _wrap(prefix, guard, url, f):
    parts = lazy.urlencoding.unquote(url.encode()).lower().split(b"/")
    sure = True
    for want in prefix.split(b"/")[:-1]:
        if not parts:
            return f
        part = parts.pop(0)
        if part[:1] == b"<":
            if part[:5] == b"<int:" and not want.isdigit():
                return f
            sure = False
            if part[:6] == b"<path:":
                break
        elif part != want:
            return f
    guarded = guard(f)
    if not callable(guarded):
        raise TypeError("The guard of %r returned %r, not a handler" % (prefix.decode(), guarded))

    def choose(req, resp, *params):
        path = lazy.urlencoding.unquote(req.head.path).lower()
        # A handler that opens files may find what is below the prefix by these, too.
        odd = b"//" in path or b"\\" in path
        path += b"/"
        odd = odd or b"/./" in path or b"/../" in path
        return (guarded if odd or path.startswith(prefix) else f)(req, resp, *params)

    return guarded if sure else choose
