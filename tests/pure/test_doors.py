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
print("rooms:", list(extension._rooms))


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
print(extension.extension("rest").__name__)
"""


def test_a_room_is_loaded_once_dropped_and_loaded_again_in_a_heap_that_was_full(interpreter):
    with harness.launch(ROOMS, interpreter) as program:
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
"""
    assert (status, got) == (0, want), got
