# As route_checks.py, for app.static().

import os

from .lazy import lazy

# Accessed through lazy, not imported, because route_checks is unloaded as well once the port is open.
_checks = lazy.route_checks
number = _checks.number
option = _checks.option
url = _checks.url
wrong = _checks.wrong


def static(prefix, folder, index="index.html", max_age=0, fallback=None, mime_types={}, **unknown):
    """Check the arguments of app.static(). Raises TypeError or ValueError."""
    url(prefix if prefix or not isinstance(prefix, str) else "/")
    what = repr(prefix)
    if "<" in prefix:
        raise ValueError("%s: no parameter goes before a folder" % what)
    for name in unknown:
        option(what, name, ("index", "max_age", "fallback", "mime_types"))
    number(what, "max_age", max_age, 0, "seconds, a number of 0 or more")
    if not isinstance(index, str):
        wrong(TypeError, what, "index", index, "the name of a file")
    if not isinstance(fallback, str) and fallback is not None:
        wrong(TypeError, what, "fallback", fallback, "the name of a file, or None")
    if not isinstance(mime_types, dict):
        wrong(TypeError, what, "mime_types", mime_types, 'a dict: {"svg": "image/svg+xml"}')
    for name in mime_types:
        if not isinstance(name, str) or not isinstance(mime_types[name], str):
            wrong(TypeError, what, "mime_types", mime_types, "str to str")
        if name != name.lower().strip(".") or min(mime_types[name] or "\n") < " ":
            wrong(ValueError, what, "mime_types", mime_types, "suffixes in lower case, without a dot, to types")
    if isinstance(folder, str):
        folder = folder and (folder.rstrip("/") or "/")
        if _kind(folder or ".") != 4:
            found = "is a file" if _kind(folder) else "is not there, seen from %r" % getattr(os, "getcwd", str)()
            raise ValueError("%s: the folder %r %s" % (what, folder, found))
        if fallback:
            there = 8 in (_kind(folder + "/" + fallback), _kind(folder + "/" + fallback + ".gz"))
    elif hasattr(folder, "NAMES") and hasattr(folder, "FILES"):
        fallback = (fallback or "").lstrip("/")
        # FILES has None for a folder.
        there = fallback in folder.NAMES and folder.FILES[folder.NAMES.index(fallback)]
    else:
        raise TypeError("%s: %r: write the name of a folder, or a module made by the packer" % (what, folder))
    if fallback and not there:
        wrong(ValueError, what, "fallback", fallback, "the name of a file in the folder")


def _kind(path):
    # Return the file type from os.stat(): 4 is a folder, 8 a file; 0 if nothing is there.
    try:
        return os.stat(path)[0] >> 12
    except OSError:
        return 0
