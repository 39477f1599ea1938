# The short names that a FAT card gives to files with long ones: loaded by the first request for a name with a tilde.


def has_short_name(path):
    """Tell whether a path (bytes, ends with a slash) has a segment like "~1.GIT", which is FAT's name for ".git"."""
    start = path.find(b"~") + 1
    while start:
        # A number, or, where many names are alike, a checksum in hex; behind it the name ends.
        end = start
        while path[end] in b"0123456789ABCDEFabcdef":
            end += 1
        if 48 <= path[start] < 58 or end - start > 2 and path[end] in b"./":
            return True
        start = path.find(b"~", start) + 1
    return False
