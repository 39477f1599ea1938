# The core within a program's own package, as lib.tinyweb: loaded only there, with the core.
#
# The extensions say "from tinyweb.http import ...", and import their own parts by name. A second copy of the core would
# take its heap again, and its HTTPException would be another class. So the one that is there gets that name, too, and
# the folder that it stands in goes on the path, as its last.

import sys

_core = __name__[: __name__.rfind(".")]
for _name in ("", ".http"):
    if _core + _name in sys.modules:  # the core of the .mpy files has its tinyweb.http only when asked for
        sys.modules.setdefault("tinyweb" + _name, sys.modules[_core + _name])
_path = sys.modules[_core].__path__
if not isinstance(_path, str):
    _path = _path[0]  # CPython's is a list
_path = _path.replace("\\", "/")
_path = _path[: _path.rfind("/")]
if _path not in sys.path:
    sys.path.append(_path)
