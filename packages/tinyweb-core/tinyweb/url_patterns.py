# Register URLs with parameters. Lazy module: loaded by the first such URL, unloaded once the port is open. The tree is
# described in path_params.py.

_INT = 1
_STR = 2
_PATH = 3
_LEAF = 0


def leaf(router, url):
    """Return the list of routes of a URL (str), created if missing. Raises ValueError for a malformed parameter."""
    bad = False
    node = router.tree
    for s in url[1:].split("/"):
        key = s.encode()
        # <path:...> matches the rest of a path, so no segment may follow it.
        bad = bad or node is None
        if "<" in s or ">" in s:
            name = s[1:-1]
            key = _STR
            i = name.find(":")
            if i >= 0:
                key = {"int": _INT, "path": _PATH}.get(name[:i])
            if s[0] != "<" or s[-1] != ">" or not key or not name[i + 1 :] or "<" in name or ">" in name:
                bad = True
        if bad:
            raise ValueError("A parameter is <name>, <int:name> or, last, <path:name>: %r" % url)
        node = node.setdefault(key, {})
        if key == _PATH:
            end, node = node, None
        else:
            end = node
    routes = end.setdefault(_LEAF, [])
    if node is not None or url.find("<") != url.rfind("<"):
        router.prefixes = None
    elif router.prefixes is not None and not routes:
        prefixes = list(router.prefixes)
        prefixes.append((url[: url.find("<")].encode(), routes))
        prefixes.sort(key=lambda prefix: -len(prefix[0]))
        router.prefixes = tuple(prefixes)
    return routes
