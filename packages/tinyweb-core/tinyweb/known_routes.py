# The route of a head that known_heads has parsed: what protocol.find_route() finds, with fewer calls. Loaded with
# known_heads.

# Keys of the tree's nodes, see path_params.py.
_INT = 1
_STR = 2
_PATH = 3
_LEAF = 0


def find(app, head):
    """Enter the route and its parameters in a Head; all that router.py and path_params.py refuse is left to them."""
    if app.debug or app._taken:
        return  # debug.py has wrapped find_route(), or an extension serves
    path = head.path
    router = app._router
    routes = router.fixed.get(path)
    params = ()
    if not routes and router.prefixes is None and b"%" not in path:
        # The first way down is the one that path_params.walk() takes. If it leads nowhere, walk() tries others.
        node = router.tree
        i = 1
        end = 0
        while end >= 0:
            end = path.find(b"/", i)
            key = path[i:] if end < 0 else path[i:end]
            if key not in node:
                if _INT in node and key.isdigit() and len(key) < 19:
                    params += (int(key),)
                    key = _INT
                elif _STR in node:
                    params += (key.decode(),)
                    key = _STR
                elif _PATH in node:
                    params += (path[i:].decode(),)
                    key = _PATH
                    end = -1
                else:
                    return
            node = node[key]
            i = end + 1
        routes = node.get(_LEAF)
    for route in routes or ():
        if head.method in route.methods:
            head.params = params  # an attribute of its own is found sooner than the class's
            head.route = route  # last, as in protocol.find_route()
            break
