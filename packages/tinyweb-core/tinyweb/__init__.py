# The order is a matter of heap: where a board compiles .py, the largest files come first, while there is most room.
# isort: off
import gc as _gc

# What the first minutes on a small board may end with deserves a sentence. It goes when the import is done.
_little = "tinyweb: too little heap: import it first in main.py, install .mpy files, or freeze it into the firmware"
try:
    from .server import webserver
    from .http import HTTPException
    from .request import request
    from .response import response
except MemoryError:  # pragma: no cover  MicroPython: a PC has enough
    print(_little)
    raise
if __name__ != "tinyweb":
    from . import inside  # noqa: F401  its extensions find it there, too
# A server takes 7 KB for its slots and its first requests; twice that where a word has 64 bits. A PC does not count.
_gc.collect()
if getattr(_gc, "mem_free", lambda: 14000)() < 14000:  # pragma: no cover  unseen: marked code gets more heap
    print(_little)
del _gc, _little

__version__ = "2.0.0"
__all__ = ("HTTPException", "request", "response", "webserver")
