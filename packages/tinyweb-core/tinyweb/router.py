# From a path and a method to a route.
#
# CONTRACT. add() takes a URL such as "/pin/<int:n>/<what>" and a route: a tuple whose first item is the tuple of its
# methods (bytes). find() gives (route, params) or raises HTTPException: 404, 405 (with Allow) or 501; what an automatic
# OPTIONS needs to know comes with it. Paths without parameters are one look-up in a dict, here; the others are a tree,
# see tree.py, which is loaded when it is needed.

from .extension import room
from .http import METHODS, HTTPException


class Router:
    def __init__(self):
        self.fixed = {}  # path (bytes) -> list of routes
        self.tree = {}
        self.methods = METHODS

    def add(self, url, route):
        """Enter a route under a URL (str). Raises ValueError for a URL that cannot be met or stands already."""
        if url[:1] != "/" or "?" in url or "#" in url:
            raise ValueError("Not a path: %r" % url)
        if "<" in url or ">" in url:
            leaf = room("tree").leaf(self.tree, url)
        else:
            leaf = self.fixed.setdefault(url.encode(), [])
        for m in route[0]:
            if m not in self.methods:
                self.methods += (m,)
            for old in leaf:
                if m in old[0]:
                    raise ValueError("%s %r has a route already: give it another URL or method" % (m.decode(), url))
        leaf.append(route)

    def find(self, path, method):
        """Look a path (bytes, still encoded) and a method (bytes) up.

        Gives (route, params), params a tuple of str, int for <int:...>. Raises HTTPException 404 or 501 or, with an
        Allow field, 405; 400 where a parameter is not UTF-8. Its `routes` is None, or what a route of this path with
        all its methods would be.
        """
        leaf = self.fixed.get(path, ())
        for route in leaf:
            if method in route[0]:
                return route, ()
        if not (leaf or self.tree or b"%" in path) and method in METHODS and method != b"OPTIONS":
            raise HTTPException(404)
        return room("tree").search(self, path, method, leaf)
