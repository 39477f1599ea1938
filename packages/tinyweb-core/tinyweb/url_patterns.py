# Register URLs with parameters. Lazy module: loaded by the first such URL, unloaded once the port is open. The tree is
# described in path_params.py.

from .lazy import lazy


def leaf(router, url):
    """Return the list of routes of a URL (str), created if missing. Raises ValueError for a malformed parameter."""
    # A node's keys for parameters, and 0 for its list of routes, are those of path_params.py.
    kinds = {"int:": 1, "": 2, "path:": 3}
    node = router.tree
    bad = False
    for s in url[1:].split("/"):
        key = s.encode()
        if "<" in s or ">" in s:
            name = s[1:-1]
            i = name.find(":")
            key = kinds.get(name[: i + 1])
            name = name[i + 1 :]
            bad = bad or s[0] != "<" or s[-1] != ">" or not key or not name or "<" in name or ">" in name
        elif b"%" in key:
            # path_params.walk() compares segments that are decoded after the split.
            key = lazy.urlencoding.unquote(key)
        if bad:
            raise ValueError("A parameter is <name>, <int:name> or, last, <path:name>: %r" % url)
        node = node.setdefault(key, {})
        # <path:...> matches the rest of a path, so no segment may follow it.
        bad = key == 3
    routes = node.setdefault(0, [])
    if not bad or url.find("<") != url.rfind("<"):
        router.prefixes = None
    elif router.prefixes is not None and not routes:
        prefixes = list(router.prefixes)
        prefixes.append((url[: url.find("<")].encode(), routes))
        prefixes.sort(key=lambda prefix: -len(prefix[0]))
        router.prefixes = tuple(prefixes)
    return routes
