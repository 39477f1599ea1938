# Files of a form: names that hurt no file system, and files that get their name when they are whole. Lazy module of
# tinyweb_multipart: loaded with the first file.

import os

from tinyweb.http import HTTPException

# The files that are being written, in lower case, as FAT does not tell cases apart.
_writing = []


def safe(name):
    """Return the last segment of a file's name (str) without what could hurt a file system: see Part.safe."""
    name = name.replace("\\", "/").split("/")[-1]
    # A "~" may name another file of a FAT card.
    name = "".join([c for c in name if c >= " " and not "\x7f" <= c < "\xa0" and c not in ':*?"<>|~'])
    while ".." in name:
        name = name.replace("..", ".")
    while len(name.encode()) > 64:
        name = name[1:]
    return name.strip(". ")


async def save(part, file, limit):
    """Write the rest of a part to a file: see Part.save()."""
    if not isinstance(file, str):
        return await part.write(file, limit)
    if ".." in file:
        raise ValueError("'..' in a path: " + file)
    new = file + ".part~"
    low = new.lower()
    if low in _writing:
        raise HTTPException(409, "This file is being written")
    _writing.append(low)
    try:
        with open(new, "wb") as out:
            n = await part.write(out, limit)
        getattr(os, "replace", os.rename)(new, file)
        return n
    except OSError as e:
        if e.args[:1] == (28,):  # ENOSPC
            raise HTTPException(507)
        raise
    finally:
        _writing.remove(low)
        try:
            os.remove(new)
        except OSError:
            pass  # it has been renamed, or could not be made
