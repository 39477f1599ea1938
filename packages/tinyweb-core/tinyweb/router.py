# From a path and a method to a route.
#
# CONTRACT. add() takes a URL such as "/pin/<int:n>/<what>" and a route: a tuple whose first item is the tuple of its
# methods (bytes). find() gives (route, params) or raises HTTPException 404, 405 (with Allow) or 501; what it needs to
# know for an automatic OPTIONS comes with the 405. Paths without parameters are one look-up in a dict. The others
# are a tree: a node is a dict from a segment (bytes) or a kind of parameter (_INT, _STR, _PATH) to the next node, and
# under _LEAF the routes that end there.

from .http import METHODS, HTTPException, text, unquote

# A literal segment wins over a parameter; the kinds are tried in this order.
_INT = 1
_STR = 2
_PATH = 3
_LEAF = 0
_KINDS = {"int": _INT, "path": _PATH}


class Router:
    def __init__(self):
        self._fixed = {}  # path (bytes) -> list of routes
        self._tree = {}
        self._methods = METHODS

    def add(self, url, route):
        """Enter a route under a URL (str). Raises ValueError for a URL that cannot be met or stands already."""
        if not url or url[0] != "/" or "?" in url or "#" in url:
            raise ValueError("URL must be a path that starts with '/' and has no '?': %r" % url)
        keys = [self._key(s, url) for s in url[1:].split("/")]
        if _PATH in keys[:-1]:
            raise ValueError("<path:...> must stand last: %r" % url)
        for m in route[0]:
            if m not in self._methods:
                self._methods += (m,)
        if "<" in url:
            node = self._tree
            for k in keys:
                node = node.setdefault(k, {})
            leaf = node.setdefault(_LEAF, [])
        else:
            leaf = self._fixed.setdefault(url.encode(), [])
        for old in leaf:
            for m in route[0]:
                if m in old[0]:
                    raise ValueError("Two routes for %s %r" % (m.decode(), url))
        leaf.append(route)

    def _key(self, segment, url):
        if "<" not in segment and ">" not in segment:
            return segment.encode()
        name = segment[1:-1]
        kind = _STR
        i = name.find(":")
        if i >= 0:
            kind = _KINDS.get(name[:i], -1)
            name = name[i + 1 :]
        if segment[0] != "<" or segment[-1] != ">" or kind < 0 or not name or "<" in name or ">" in name:
            raise ValueError("A parameter is <name>, <int:name> or <path:name>: %r" % url)
        return kind

    def find(self, path, method):
        """Look a path (bytes, still encoded) and a method (bytes) up.

        Gives (route, params), params a tuple of str, int for <int:...>. Raises HTTPException 404 or 501 or, with an
        Allow field, 405; 400 where a parameter is not UTF-8. Its `routes` is None, or what a route of this path with
        all its methods would be.
        """
        leaf = self._fixed.get(path)
        if leaf:
            for route in leaf:
                if method in route[0]:
                    return route, ()
        return self._search(path, method, leaf)

    def _search(self, path, method, leaf):
        # Segments are decoded one by one, AFTER the split: an encoded slash is no border (RFC 3986 2.2).
        allow = []
        segments = path[1:].split(b"/")
        if b"%" in path:
            segments = [unquote(s) for s in segments]
            if not leaf and b"/" not in b"".join(segments):
                leaf = self._fixed.get(b"/" + b"/".join(segments))
        found = leaf and self._pick(leaf, (), method, allow)
        found = found or self._walk(self._tree, segments, 0, (), method, allow)
        if found:
            return found
        e = HTTPException(404 if method in self._methods else 501)
        if allow:
            methods = []
            for route in allow:
                methods += [m for m in route[0] if m not in methods]
            if b"OPTIONS" not in methods:
                methods.append(b"OPTIONS")
            e.routes = (tuple(methods),) + allow[0][1:]
            if e.code == 404:
                e.code = 405
                e.headers = {"Allow": b", ".join(methods).decode()}
        raise e

    def _pick(self, leaf, params, method, allow):
        for route in leaf:
            if method in route[0]:
                return route, params
            allow.append(route)
        return None

    def _walk(self, node, segments, i, params, method, allow):
        # A depth-first walk; a branch that ends without this method leaves its routes in allow.
        if i == len(segments):
            leaf = node.get(_LEAF)
            return leaf and self._pick(leaf, params, method, allow)
        s = segments[i]
        found = None
        if s in node:
            found = self._walk(node[s], segments, i + 1, params, method, allow)
        if not found and _INT in node and s.isdigit() and len(s) < 19:
            found = self._walk(node[_INT], segments, i + 1, params + (int(s),), method, allow)
        if not found and _STR in node:
            found = self._walk(node[_STR], segments, i + 1, params + (text(s),), method, allow)
        if not found and _PATH in node:
            rest = text(b"/".join(segments[i:]))
            found = self._walk(node[_PATH], segments, len(segments), params + (rest,), method, allow)
        return found
