# The doors to what is loaded on first use: the rooms of the core that not every program needs, and the extensions.
#
# The extensions are modules of their own, because a package has one folder on a board: a core frozen into the firmware
# would never find a part of itself in /lib.

import gc
import sys

# An import statement that finds its module loaded costs 10,000 instructions, a look-up here 2,000.
_rooms = {}

# The bytes that stay free, in one piece, behind a module that is loaded while the server serves, see setup.listen().
place = 0

# (class, name) of the methods that came from a room, see lend().
_lent = []

# What stands before the names of the core's modules: "tinyweb.", or "lib.tinyweb." within another package.
_core = __name__[: -len("extension")]

# The names in the package, and our modules that stay (see __init__.py, setup.keep()). Others came on first use.
home = stay = ()

EXTENSION = "tinyweb_"


def room(name):
    """Give a module of the core, imported on first use."""
    return _rooms.get(name) or _load(name)


def _load(name):
    # Apart from room(): with a try there its state would lie on the heap, at each look-up.
    while True:
        # What stays for good should not come to lie between what goes in a moment.
        gc.collect()
        before = len(sys.modules)
        try:
            # The names in a module stay for good, wherever they come to lie. A place is kept in one piece for the plain
            # requests that fitted before; where there is none, nothing is loaded, but for what frees memory.
            kept = name in ("gone", "admission") or bytearray(place)  # noqa: F841
            module = _rooms[name] = __import__(_core + name, None, None, ("",))
            return module
        except MemoryError:
            forget()
            if len(sys.modules) >= before:
                raise  # there was nothing to drop


def lend(cls, name, f):
    """Make a function of a room a method of a class, until the rooms are dropped."""
    _lent.append((cls, name))
    setattr(cls, name, f)


def drop(name):
    """Let a room go that has done its work; whoever needs it loads it again."""
    module = _rooms.pop(name, None)
    if module:
        _leave(module)


def _leave(module):
    # Without an allocation: memory may have run out. None first, as a deleted place would still hold it.
    for name in home:
        if home[name] is module:
            home[name] = None
            del home[name]
            break
    sys.modules.pop(module.__name__, None)


def forget():
    """Drop what was loaded on first use, as memory has run out. What runs keeps what it uses."""
    print("tinyweb: out of memory")
    for cls, name in _lent:
        if hasattr(cls, name):
            setattr(cls, name, None)  # as in _leave()
            delattr(cls, name)
    _lent.clear()
    _rooms.clear()
    again = True
    while again:
        # Whoever imported a module, it goes. One at a time, as a dict must not change while it is walked.
        again = False
        for name in sys.modules:
            module = sys.modules.get(name)
            if module in stay or module and not name.startswith(_core) and not name.startswith("tinyweb_static"):
                if name.startswith(EXTENSION):
                    held = getattr(module, "_forget", ())
                    for name in held:
                        setattr(module, name, held[name])
                continue
            if module:
                _leave(module)
            else:
                # An import that failed for want of memory leaves an entry without a module: the next one would crash.
                sys.modules.pop(name, None)
            again = True
            break
    gc.collect()
    if hasattr(gc, "threshold"):  # pragma: no cover  MicroPython
        # From now on more often: what is garbage for long leaves the heap in pieces.
        gc.threshold(4096)


def spent(error):
    """Tell whether an error says that memory or descriptors have run out. For memory, forget() comes first."""
    if isinstance(error, MemoryError):
        forget()
        return True
    return isinstance(error, OSError) and error.args and error.args[0] in (23, 24)  # ENFILE, EMFILE


def tell(what, error):
    """Log an error, by a line on the console where no module can be loaded for it. Of memory forget() has told."""
    if not isinstance(error, MemoryError):
        try:
            room("errors").log(what, error)
        except Exception:
            print("tinyweb:", what, error)


def extension(name):
    """Import tinyweb_<name> on first use; raises ImportError that says which package to install."""
    module = EXTENSION + name
    try:
        # Beside a core within another package ("lib.tinyweb."), it may be there by that package's name.
        return sys.modules.get(_core[:-8] + module) or __import__(module)
    except ImportError as e:
        raise ImportError('%s; this needs the package tinyweb-%s: mip.install("tinyweb-%s")' % (e, name, name))
