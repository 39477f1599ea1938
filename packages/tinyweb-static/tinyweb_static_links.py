# Symbolic links: loaded only where a system has them, which is no board.

import os

if hasattr(os, "path"):

    def inside(root, path):
        """Tell whether a file below a folder is there in truth, wherever links lead."""
        root = os.path.realpath(root)
        return os.path.realpath(path).startswith(root if root.endswith(os.sep) else root + os.sep)

else:

    def inside(root, path):
        """The same on MicroPython, which cannot say where a link leads: any link below the folder counts as outside."""
        for name in path[len(root) + 1 :].split("/"):
            for entry in os.ilistdir(root or "/"):
                if entry[0] == name and entry[1] & 0xF000 == 0xA000:
                    return False
            root += "/" + name
        return True
