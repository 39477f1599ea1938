# Symbolic links. Lazy module: loaded only on operating systems, as boards have no links.

import os


def stat_in(folder):
    """Return a function like stat_of() that returns None if a symbolic link leads outside the folder."""
    known = {}  # {path: (inode, device)} of files found inside, to skip realpath() while a path is the same file
    top = hasattr(os, "path") and os.path.join(os.path.realpath(folder or "/"), "")

    def inside(path):
        if top:  # pragma: no branch  MicroPython
            return os.path.realpath(path).startswith(top)
        # MicroPython can detect a link but not read its target, so every link counts as outside.
        place = folder  # pragma: no cover  MicroPython
        for name in path[len(folder) + 1 :].split("/"):  # pragma: no cover  MicroPython
            for entry in os.ilistdir(place or "/"):
                if entry[0] == name and entry[1] & 0xF000 == 0xA000:
                    return False
            place += "/" + name
        return True  # pragma: no cover  MicroPython

    def stat(path, kind=8):
        try:
            st = os.stat(path)
            if st[0] >> 12 == kind:
                mark = st[1:3]
                if known.get(path) == mark:
                    return st
                if inside(path):
                    if len(known) > 63:
                        known.clear()
                    known[path] = mark
                    return st
        except (OSError, ValueError):
            return None

    return stat
