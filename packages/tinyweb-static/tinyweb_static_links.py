# Symbolic links: loaded only where a system has them, which is no board.

import os


def inside_of(folder):
    """Give a function that tells whether a path in a folder, with its os.stat(), stays there, wherever links lead."""
    known = {}  # path -> (inode, device) of what was inside: the same file is inside whatever its path has become
    top = hasattr(os, "path") and os.path.join(os.path.realpath(folder), "")

    def look(path):
        if top:
            return os.path.realpath(path).startswith(top)
        # MicroPython cannot say where a link leads, only that there is one: all of them count as outside.
        place = folder
        for name in path[len(folder) + 1 :].split("/"):
            for entry in os.ilistdir(place or "/"):
                if entry[0] == name and entry[1] & 0xF000 == 0xA000:
                    return False
            place += "/" + name
        return True

    def inside(path, st):
        mark = st[1:3]
        if known.get(path) != mark:
            if not look(path):
                return False
            if len(known) > 63:
                known.clear()
            known[path] = mark
        return True

    return inside
