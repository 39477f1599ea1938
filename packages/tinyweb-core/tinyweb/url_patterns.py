# URLs with parameters, as programs register them. Loaded with the first of them, unloaded when the port is open. The
# tree is told in path_params.py.

_INT = 1
_STR = 2
_PATH = 3
_LEAF = 0


def leaf(node, url):
    """Return the list of routes for a URL (str), a new one if need be; raises ValueError for a malformed parameter."""
    bad = False
    for s in url[1:].split("/"):
        key = s.encode()
        # Nothing may stand behind <path:...>.
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
    return end.setdefault(_LEAF, [])
