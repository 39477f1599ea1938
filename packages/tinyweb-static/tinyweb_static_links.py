# Symbolic links: loaded only where a system has them, which is no board.

import os


def stat_in(folder):
    """Return a function like stat_of() that returns None for what a link leads to outside the folder."""
    known = {}  # path -> (inode, device) of a file that was inside: the same file is inside whatever its path is now
    top = hasattr(os, "path") and os.path.join(os.path.realpath(folder), "")

    def inside(path):
        if top:  # pragma: no branch  MicroPython
            return os.path.realpath(path).startswith(top)
        # MicroPython can tell that there is a link, not where it leads: every link counts as outside.
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
