# Paths with parameters, and what to say of a path that no route takes. Loaded with the first of them; url_patterns.py
# enters the routes.
#
# A node of the tree is a dict from a segment (bytes) or a kind of parameter (_INT, _STR, _PATH) to the next node; under
# _LEAF stand the routes that end there.

from .http import HTTPException
from .lazy import lazy
from .router import Route

# Methods that are known; another one is 501 unless a route takes it (RFC 9110 9.1).
METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH")

# A literal segment wins over a parameter; the kinds are tried in this order.
_INT = 1
_STR = 2
_PATH = 3
_LEAF = 0


def search(router, path, method, fixed):
    """Return (route, params) for a path that Router.find() does not know, or raise HTTPException as it tells."""
    # Segments are decoded one by one, AFTER the split: an encoded slash is no border (RFC 3986 2.2).
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
        found = found or _walk(router.tree, path, 1, unquote, (), method, missed)
        if not (found or missed):
            # A path that only lacks the digits of an <int:...> is told about as its route wants.
            _walk(router.tree, path, 1, unquote, (), None, near)
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
        e.routes = Route(tuple(methods), *missed[0][1:])
        if e.code == 404:
            e.code = 405
            e.headers = {"Allow": b", ".join(methods).decode()}
    raise e


def _pick(routes, params, method, missed):
    for route in routes:
        if method in route.methods:
            return route, params
        missed.append(route)


def _walk(node, path, i, unquote, params, method, missed):
    # Depth first, from the segment that begins at an index of the path; a branch that ends without this method leaves
    # its routes in missed. There is no list of all segments: a path of slashes alone would take hundreds of places.
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
        found = _walk(node[s], path, end, unquote, params, method, missed)
    if not found and _INT in node and (not method or s.isdigit() and len(s) < 19):
        more = params + (int(s) if method else 0,)
        found = _walk(node[_INT], path, end, unquote, more, method, missed)
    if not found and _STR in node:
        found = _walk(node[_STR], path, end, unquote, params + (s.decode(),), method, missed)
    if not found and _PATH in node:
        rest = path[i:]
        if unquote:
            rest = unquote(rest)
        found = _walk(node[_PATH], path, len(path) + 1, unquote, params + (rest.decode(),), method, missed)
    return found
