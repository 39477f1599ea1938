# Guards: what stands before all handlers below a prefix, such as a login. Lazy module: loaded with the first guard,
# unloaded when the port is open.
#
# CONTRACT. add() puts a guard before the routes below a prefix: those that stand, and those to come. handler() does it
# for one that comes. A route elsewhere pays nothing. A route whose parameters decide whether a path is below the
# prefix, such as a folder at "/", compares each path, decoded and in any case of letters, as a file system may read it.
# The guards are in the router's tree, at the key None, which is no segment of a path. URLs are bytes here, as a short
# str is a name that MicroPython keeps for good.

from .lazy import lazy, unload
from .router import Route


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
    raw = prefix.encode() if isinstance(prefix, str) else b""
    if raw[:1] != b"/" or b"<" in raw or b"?" in raw or b"#" in raw:
        raise ValueError("A prefix is a path without parameters, as '/admin/': %r" % (prefix,))
    if not callable(guard):
        raise TypeError("A guard is a function that takes a handler, not %r" % (guard,))
    raw = lazy.urlencoding.unquote(raw).lower().rstrip(b"/") + b"/"
    router = app._router
    tree = router.tree
    leaves = list(router.fixed.items())
    nodes = [(b"", tree)]
    for url, node in nodes:
        for key in node:
            if key == 0:
                leaves.append((url, node[key]))
            elif key is not None:
                # path_params.py has these kinds of parameters
                segment = (b"", b"<int:_>", b"<_>", b"<path:_>")[key] if isinstance(key, int) else key
                nodes.append((url + b"/" + segment, node[key]))
    for url, routes in leaves:
        for i in range(len(routes)):
            route = routes[i]
            routes[i] = Route(route[0], wrap(raw, guard, url, route[1]), *route[2:])
    if app._catchall:
        app._catchall = wrap(raw, guard, b"/<path:_>", app._catchall)
    tree[None] = tree.get(None, ()) + ((raw, guard),)
    app._last_head = None


def handler(app, url, f):
    """Return the handler of a URL (str) that comes: f, behind the guards of the prefixes that the URL is below."""
    for prefix, guard in app._router.tree[None]:
        f = wrap(prefix, guard, url.encode(), f)
    return f


def wrap(prefix, guard, url, f):
    """Return the handler of a URL (bytes): f, behind the guard if the URL is below its prefix, or may be."""
    parts = lazy.urlencoding.unquote(url).lower().split(b"/")
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

    def handler(req, resp, *params):
        path = lazy.urlencoding.unquote(req.head.path).lower()
        # A handler that opens files may find what is below the prefix by these, too: FAT leaves dots and spaces at the
        # end of a name out, and has short names, as "admini~1".
        odd = b"//" in path or b"\\" in path or b"~" in path
        path += b"/"
        odd = odd or b"./" in path or b" /" in path
        return (guarded if odd or path.startswith(prefix) else f)(req, resp, *params)

    return guarded if sure else handler
