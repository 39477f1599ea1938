# Support for a core inside another package, such as lib.tinyweb. Loaded together with the core, only in this case.
#
# The extensions execute "from tinyweb.http import ..." and import their own modules by name. A second copy of the core
# would take its heap twice, and its HTTPException would be a different class. So register the loaded core as "tinyweb",
# too, and append the folder that contains it to sys.path.

import sys

_core = __name__[: __name__.rfind(".")]
for _name in ("", ".http"):
    # Merged into one .mpy file, the core creates tinyweb.http on first access.
    if _core + _name in sys.modules:  # pragma: no branch  else it is merged
        sys.modules.setdefault("tinyweb" + _name, sys.modules[_core + _name])
_path = sys.modules[_core].__path__
if not isinstance(_path, str):  # pragma: no branch  a list on CPython, a str on MicroPython
    _path = _path[0]
_path = _path.replace("\\", "/")
_path = _path[: _path.rfind("/")]
if _path not in sys.path:  # pragma: no branch  a program may have it there
    sys.path.append(_path)
