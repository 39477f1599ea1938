# The route of a head that known_heads has parsed: what protocol.find_route() finds, with fewer calls. Loaded with
# known_heads.

from .lazy import lazy


def find(app, head):
    """Enter the route and its parameters in a Head; all that router.py and path_params.py refuse is left to them."""
    if app.debug:
        return  # debug.py has wrapped find_route()
    path = head.path
    router = app._router
    leaf = router.fixed.get(path)
    if leaf:
        for route in leaf:
            if head.method in route.methods:
                head.params = ()  # an attribute of its own is found sooner than the class's
                head.route = route
                break
    elif router.prefixes is None and b"%" not in path:
        found = lazy.path_params.walk(router.tree, path, 1, None, (), head.method, [])
        if found:
            head.params = found[1]
            head.route = found[0]  # last, as in protocol.find_route()
