# Short (8.3) aliases of long file names on FAT. Lazy module: loaded by the first request for a name with a tilde.


def has_short_name(path):
    """Return whether a path (bytes, ends with a slash) has a segment like "~1.GIT", FAT's short name of ".git"."""
    start = path.find(b"~") + 1
    while start:
        # The tilde is followed by a number, or by a hex checksum if many names are similar, at the end of the name.
        end = start
        while path[end] in b"0123456789ABCDEFabcdef":
            end += 1
        if 48 <= path[start] < 58 or end - start > 2 and path[end] in b"./":
            return True
        start = path.find(b"~", start) + 1
    return False
