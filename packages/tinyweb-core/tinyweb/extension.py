# The doors to what is loaded on first use: the rooms of the core that not every program needs, and the extensions.
#
# The extensions are modules of their own, because a package has one folder on a board: a core frozen into the firmware
# would never find a part of itself in /lib.

import gc
import sys

# An import statement that finds its module loaded costs 10,000 instructions, a look-up here 2,000.
_rooms = {}

# (class, name) of the methods that came from a room, see lend().
_lent = []

# What stands before the names of the core's modules: "tinyweb.", or "lib.tinyweb." within another package.
_core = __name__[: -len("extension")]


def room(name):
    """Give a module of the core, imported on first use."""
    return _rooms.get(name) or _load(name)


def _load(name):
    # Apart from room(): with a try there its state would lie on the heap, at each look-up.
    while True:
        # What stays for good should not come to lie between what goes in a moment.
        gc.collect()
        try:
            module = _rooms[name] = __import__(_core + name, None, None, ("",))
            return module
        except MemoryError:
            last = not _rooms
            forget()
            if last:
                raise


def _leave(name, module):
    # Without an allocation: memory may have run out. None first, as a deleted place would still hold it.
    core = sys.modules[_core[:-1]]
    setattr(core, name, None)
    delattr(core, name)
    sys.modules.pop(module.__name__)


def lend(cls, name, f):
    """Make a function of a room a method of a class, until the rooms are dropped."""
    _lent.append((cls, name))
    setattr(cls, name, f)


def drop(name):
    """Let a room go that has done its work; whoever needs it loads it again."""
    module = _rooms.pop(name, None)
    if module:
        _leave(name, module)


def forget():
    """Drop the rooms, as memory has run out: whoever needs one loads it again. What runs keeps what it uses."""
    print("tinyweb: out of memory")
    for cls, name in _lent:
        if hasattr(cls, name):
            setattr(cls, name, None)  # as in _leave()
            delattr(cls, name)
    _lent.clear()
    for name in _rooms:
        _leave(name, _rooms[name])
    _rooms.clear()
    gc.collect()
    for name in sys.modules:
        # An import that failed for want of memory leaves an entry without a module: the next one would crash.
        if not sys.modules.get(name):
            sys.modules.pop(name, None)
            break


def extension(name):
    """Import tinyweb_<name> on first use; raises ImportError that says which package to install."""
    module = "tinyweb_" + name
    try:
        # Beside a core within another package, the program may have imported it by that package's name.
        return sys.modules.get(_core[: -len("tinyweb.")] + module) or __import__(module)
    except ImportError as e:
        raise ImportError('%s; this needs the package tinyweb-%s: mip.install("tinyweb-%s")' % (e, name, name))
