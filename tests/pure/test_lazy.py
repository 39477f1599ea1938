# What is loaded on first use, and unloaded when memory runs out: in programs of their own, as the modules stay changed.
import harness

PROGRAM = """
import sys
import tinyweb
import tinyweb.lazy as module
from tinyweb.lazy import lazy

status = lazy.status
print("once:", lazy.status is status)
module.unload("status")
module.unload("status")
print("unloaded:", hasattr(tinyweb, "status"), "tinyweb.status" in sys.modules, "status" in lazy.__dict__)
print("again:", lazy.status.reason(404))

# The import of a module fails for want of memory: a stand-in, as no heap runs out where a test wants it to.
fails = [True, True, False]
load = __import__


def scarce(*args):
    if args[0] == "tinyweb.cookies" and fails.pop(0):
        raise MemoryError
    return load(*args)


module.__import__ = scarce
# what such an import leaves behind
sys.modules["tinyweb.half"] = None
try:
    lazy.cookies
    print("the others did not go first")
except MemoryError:
    print("gone:", hasattr(tinyweb, "status"), "tinyweb.status" in sys.modules, "tinyweb.half" in sys.modules)
lazy.status
fails[:] = [True, False]
print("then:", lazy.cookies.cookie("a", "b"))
print("loaded:", [(name in module._loaded, name in lazy.__dict__) for name in ("cookies", "status")])


lazy.urlencoding
module.unload_all(True)  # again, for the next request: nothing is told
module.unload_all()
print("loaded:", module._loaded, [name for name in lazy.__dict__ if name[:1] != "_"])
from tinyweb.http import unquote
print("found:", unquote(b"a%20b"))


class Lamp:
    pass


module.bind(Lamp, "on", lambda self: "on")
module._bound.append((Lamp, "off"))  # as if memory had run out within bind()
print("bound:", Lamp().on())
module.unload_all()
print("left:", hasattr(Lamp, "on"), module._bound)

# A place is kept free behind what is loaded while the server serves; where there is none, nothing is loaded but what
# frees memory. No heap has so much.
type(lazy).reserve = 1 << 60
for name in "status", "disconnects", "admission":
    try:
        print("reserve:", getattr(lazy, name).__name__)
    except (MemoryError, OverflowError) as e:
        print("reserve:", name, "is not loaded")
type(lazy).reserve = 0

try:
    lazy.packages.require("nothing")
except ImportError as e:
    print(e)
rest = lazy.packages.require("rest")
print(rest.__name__)

# What nobody's program holds goes, whoever imported it; what is held holds nothing of what goes.
import tinyweb_static_dates
import tinyweb.chunked_body
type(lazy).permanent += (rest,)
module.unload_all()
print("gone:", "tinyweb_static_dates" in sys.modules, "tinyweb.body" in sys.modules, hasattr(tinyweb, "chunked_body"))
print("stays:", [name in sys.modules for name in ("tinyweb_rest", "tinyweb.http", "tinyweb")], hasattr(rest, "_pairs"))
module._remove(tinyweb_static_dates, True)  # as if memory had run out before its import was done

full = module.out_of_resources
print("full:", [bool(full(e)) for e in (ValueError(24), OSError(), OSError(5), OSError(23), OSError(24))])
print("full:", full(MemoryError()))


lazy.status
before = tinyweb.http, tinyweb.HTTPException
print("as it was:", lazy.http is tinyweb.http)  # tinyweb.http.http asks for it
module.unload_startup()
print("startup:", module._loaded, "tinyweb.status" in sys.modules)
import tinyweb.http
print("one:", (tinyweb.http, tinyweb.http.HTTPException) == before, sys.modules["tinyweb.http"] is tinyweb.http)


class Log:
    def log(self, what, error):
        print("log:", what, error)
        raise OSError(24)


module.report("Nothing can be said of", MemoryError())
lazy.log = Log()
module.report("It failed", ValueError("why"))
"""


def test_a_module_is_loaded_once_unloaded_and_loaded_again_in_a_heap_that_was_full(interpreter):
    with harness.launch(PROGRAM, interpreter, heap=harness.FROZEN) as program:
        status = program.wait_end()
        got = program.output()
    missing = "No module named 'tinyweb_nothing'" if interpreter == "cpython" else "no module named 'tinyweb_nothing'"
    want = f"""\
once: True
unloaded: False False False
again: b'Not Found'
tinyweb: out of memory
tinyweb: out of memory
gone: False False False
tinyweb: out of memory
then: a=b; Path=/; SameSite=Lax; HttpOnly
loaded: [(True, True), (False, False)]
tinyweb: out of memory
loaded: [] []
found: b'a b'
bound: on
tinyweb: out of memory
left: False []
tinyweb: out of memory
reserve: status is not loaded
reserve: tinyweb.disconnects
reserve: tinyweb.admission
{missing}; this needs the package tinyweb-nothing: mip.install("tinyweb-nothing")
tinyweb_rest
tinyweb: out of memory
gone: False False False
stays: [True, True, True] False
full: [False, False, False, True, True]
tinyweb: out of memory
full: True
as it was: True
startup: [] False
one: True True
log: It failed why
tinyweb: It failed why
"""
    assert (status, got) == (0, want), got
