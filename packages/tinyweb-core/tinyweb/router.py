# From a path and a method to a route.
#
# CONTRACT. find() returns (route, params) or raises HTTPException: 404, 405 (with Allow) or 501; it carries what an
# automatic OPTIONS needs. A path without parameters is one look-up in a dict, here; paths with parameters, and all that
# is to be said of a path without a route, are in path_params.py.

from collections import namedtuple

from .http import HTTPException
from .lazy import lazy

# methods: a tuple of bytes. error_body: a function from a message to the body of an error response, or None.
Route = namedtuple(
    "Route", ("methods", "handler", "save_headers", "max_body_size", "allowed_headers", "allowed_origins", "error_body")
)


class Router:
    def __init__(self):
        self.fixed = {}  # path (bytes) -> list of routes
        self.tree = {}  # paths with parameters, see path_params.py
        # The leaves of the tree as a tuple of (prefix, routes), the longest prefix first, if all are of
        # /prefix/<path:name>: then path_params.py need not be loaded. Otherwise None.
        self.prefixes = ()
        self.more_methods = ()  # that routes take beside the known ones

    def find(self, path, method):
        """Look up a path (bytes, still encoded) and a method (bytes).

        Return (route, params), params a tuple of str, int for <int:...>. Raises HTTPException 404 or 501 or, with an
        Allow field, 405; 400 where a parameter is not UTF-8. Its `routes` is None, or what a route of this path with
        all its methods would be.
        """
        leaf = self.fixed.get(path, ())
        for route in leaf:
            if method in route.methods:
                return route, ()
        if self.prefixes is not None and not leaf and b"%" not in path:
            for prefix, routes in self.prefixes:
                if path.startswith(prefix):
                    for route in routes:
                        if method in route.methods:
                            return route, (path[len(prefix) :].decode(),)
                    break
            else:
                if method == b"GET":
                    raise HTTPException(404)
        return lazy.path_params.search(self, path, method, leaf)
