# What is loaded on first use, and dropped when memory runs out: in programs of their own, as the modules stay changed.
import harness

ROOMS = """
import sys
import tinyweb
from tinyweb import extension

reasons = extension.room("reasons")
print("once:", extension.room("reasons") is reasons)
extension.drop("reasons")
extension.drop("reasons")
print("dropped:", hasattr(tinyweb, "reasons"), "tinyweb.reasons" in sys.modules)
print("again:", extension.room("reasons").reason(404))

# The import of a room fails for want of memory: a stand-in, as no heap runs out where a test wants it to.
fails = [True, True, False]
load = __import__


def scarce(*args):
    if args[0] == "tinyweb.form" and fails.pop(0):
        raise MemoryError
    return load(*args)


extension.__import__ = scarce
# what such an import leaves behind
sys.modules["tinyweb.half"] = None
try:
    form = extension.room("form")
    print("the others did not go first")
except MemoryError:
    print("gone:", hasattr(tinyweb, "reasons"), "tinyweb.reasons" in sys.modules, "tinyweb.half" in sys.modules)
extension.room("reasons")
fails[:] = [True, False]
print("then:", extension.room("form").cookie("a", "b"))
print("rooms:", [name for name in extension._rooms if name != "query"])  # CPython asks http for a __path__


extension.room("query")
extension.forget()
from tinyweb.http import unquote
print("found:", unquote(b"a%20b"))


class Lamp:
    pass


extension.lend(Lamp, "on", lambda self: "on")
extension._lent.append((Lamp, "off"))  # as if memory had run out within lend()
print("lent:", Lamp().on())
extension.forget()
print("left:", hasattr(Lamp, "on"), extension._lent)

try:
    extension.extension("nothing")
except ImportError as e:
    print(e)
rest = extension.extension("rest")
print(rest.__name__)

# What nobody's program holds goes, whoever imported it; what is held forgets what it holds of the core.
import tinyweb_static_dates
import tinyweb.form
rest._pairs = 1
extension.stay += (rest,)
extension.forget()
print("gone:", "tinyweb_static_dates" in sys.modules, "tinyweb.body" in sys.modules, hasattr(tinyweb, "form"))
print("stays:", "tinyweb_rest" in sys.modules, rest._pairs, "tinyweb.http" in sys.modules, "tinyweb" in sys.modules)
extension._leave(tinyweb_static_dates)  # as if memory had run out before its import was done

print("spent:", [bool(extension.spent(e)) for e in (ValueError(24), OSError(), OSError(5), OSError(23), OSError(24))])
print("spent:", extension.spent(MemoryError()))


class Errors:
    def log(self, what, error):
        print("log:", what, error)
        raise OSError(24)


extension.tell("Nothing can be said of", MemoryError())
extension._rooms["errors"] = Errors()
extension.tell("It failed", ValueError("why"))
"""


def test_a_room_is_loaded_once_dropped_and_loaded_again_in_a_heap_that_was_full(interpreter):
    with harness.launch(ROOMS, interpreter, heap=harness.FROZEN) as program:
        status = program.wait_end()
        got = program.output()
    missing = "No module named 'tinyweb_nothing'" if interpreter == "cpython" else "no module named 'tinyweb_nothing'"
    want = f"""\
once: True
dropped: False False
again: b'Not Found'
tinyweb: out of memory
tinyweb: out of memory
gone: False False False
tinyweb: out of memory
then: a=b; Path=/; SameSite=Lax; HttpOnly
rooms: ['form']
tinyweb: out of memory
found: b'a b'
lent: on
tinyweb: out of memory
left: False []
{missing}; this needs the package tinyweb-nothing: mip.install("tinyweb-nothing")
tinyweb_rest
tinyweb: out of memory
gone: False False False
stays: True None True True
spent: [False, False, False, True, True]
tinyweb: out of memory
spent: True
log: It failed why
tinyweb: It failed why
"""
    assert (status, got) == (0, want), got
