# Match paths with parameters, and choose the error for a path that no route matches. Lazy module: loaded by the first
# such request. url_patterns.py builds the tree.
#
# A node of the tree is a dict from a segment (bytes) or a kind of parameter (_INT, _STR, _PATH) to the next node; its
# key _LEAF holds the list of routes that end at this node.

from .http import HTTPException
from .lazy import lazy
from .router import Route

# Known methods; any other gets 501 unless a route has registered it (RFC 9110 9.1).
METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH")

# Kinds of parameters, tried in this order; a literal segment wins over all of them.
_INT = 1
_STR = 2
_PATH = 3
_LEAF = 0


def search(router, path, method, fixed):
    """Return (route, params) for a path that Router.find() does not match. Raises HTTPException 400, 404, 405, 501."""
    # Decode segments one by one, AFTER the split: an encoded slash is not a separator (RFC 3986 2.2).
    missed = list(fixed)
    found = None
    unquote = None
    if b"%" in path:
        unquote = lazy.urlencoding.unquote
        whole = unquote(path)
        if whole.count(b"/") == path.count(b"/"):
            found = _pick(router.fixed.get(whole, ()), (), method, missed)
    near = []
    try:
        found = found or walk(router.tree, path, 1, unquote, (), method, missed)
        if not (found or missed):
            # Ignore the digits rule of <int:...>: the nearest route then formats the 404 with its own error body.
            walk(router.tree, path, 1, unquote, (), None, near)
    except UnicodeError:
        raise HTTPException(400)
    if found:
        return found
    e = HTTPException(404 if method in METHODS or method in router.more_methods else 501)
    e.near = near[0] if near else None
    if missed:
        methods = []
        for route in missed:
            methods += [m for m in route.methods if m not in methods]
        if b"OPTIONS" not in methods:
            methods.append(b"OPTIONS")
        e.near = e.routes = Route(tuple(methods), *missed[0][1:])
        if e.code == 404:
            e.code = 405
            e.headers = {"Allow": b", ".join(methods).decode()}
    raise e


def _pick(routes, params, method, missed):
    for route in routes:
        if method in route.methods:
            return route, params
        missed.append(route)


def walk(node, path, i, unquote, params, method, missed):
    # Search depth first from the segment that starts at index i. Routes that match the path but not the method are
    # appended to missed. Do not split the path: one that consists of slashes would become a list of hundreds of items.
    if i > len(path):
        return _pick(node.get(_LEAF, ()), params, method, missed)
    end = path.find(b"/", i)
    if end < 0:
        end = len(path)
    s = path[i:end]
    if unquote:
        s = unquote(s)
    end += 1
    found = None
    if s in node:
        found = walk(node[s], path, end, unquote, params, method, missed)
    if not found and _INT in node and (not method or s.isdigit() and len(s) < 19):
        more = params + (int(s) if method else 0,)
        found = walk(node[_INT], path, end, unquote, more, method, missed)
    if not found and _STR in node:
        found = walk(node[_STR], path, end, unquote, params + (s.decode(),), method, missed)
    if not found and _PATH in node:
        rest = path[i:]
        if unquote:
            rest = unquote(rest)
        found = walk(node[_PATH], path, len(path) + 1, unquote, params + (rest.decode(),), method, missed)
    return found
