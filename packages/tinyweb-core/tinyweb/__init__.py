# The order is a matter of heap: where a board compiles .py, the largest files come first, while there is most room.
# isort: off
import gc as _gc
import sys as _sys

# What the first minutes on a small board may end with deserves a sentence. It is freed when the import is done.
_little = "tinyweb: too little heap: import it first in main.py, install .mpy files, or freeze it"
try:
    from .server import webserver
    from .http import HTTPException
    from .request import request
    from .response import response
    from .lazy import lazy as _lazy
    from . import router as _router  # noqa: F401  constructor.py imports it

    # A server takes 7 KB for its buffers and its first requests; twice that where a word has 64 bits. A PC does not
    # count.
    _gc.collect()
    # The modules that are loaded by now are never unloaded.
    type(_lazy).namespace = globals()
    if __name__ != "tinyweb":
        _lazy.nested  # noqa: B018  its extensions find it there, too
    type(_lazy).permanent = tuple([_sys.modules[_x] for _x in _sys.modules if _x.startswith(__name__)])
except MemoryError:  # pragma: no cover  MicroPython: a PC has enough
    print(_little)
    raise
if getattr(_gc, "mem_free", lambda: 15000)() < 15000:  # pragma: no cover  unseen: marked code gets more heap
    print(_little)
del _gc, _lazy, _little, _router, _sys

__version__ = "2.0.0"
# What extensions may use of the core, see docs/new-package.md: another number where some of it has changed.
API = 3
__all__ = ("HTTPException", "request", "response", "webserver")
