# The doors to what is loaded on first use: the rooms of the core that not every program needs, and the extensions.
#
# The extensions are modules of their own, because a package has one folder on a board: a core frozen into the firmware
# would never find a part of itself in /lib.

import gc
import sys

# An import statement that finds its module loaded costs 10,000 instructions, a look-up here 2,000.
_rooms = {}


def room(name):
    """Give a module of the core, imported on first use."""
    module = _rooms.get(name)
    while not module:
        # What stays for good should not come to lie between what goes in a moment.
        gc.collect()
        try:
            module = _rooms[name] = __import__("tinyweb." + name, None, None, ("",))
        except MemoryError:
            if not _rooms:
                raise
            forget()
    return module


def forget():
    """Drop the rooms, as memory has run out: whoever needs one loads it again. What runs keeps what it uses."""
    print("tinyweb: out of memory")
    core = sys.modules["tinyweb"]
    core.response.send = core.response._send
    for name in _rooms:
        setattr(core, name, None)
        name = _rooms[name].__name__
        # What an entry held that is only deleted, MicroPython does not let go of.
        sys.modules[name] = None
        del sys.modules[name]
    _rooms.clear()
    gc.collect()


def extension(name):
    """Import tinyweb_<name> on first use; raises ImportError that says which package to install."""
    try:
        return __import__("tinyweb_" + name)
    except ImportError as e:
        raise ImportError('%s; this needs the package tinyweb-%s: mip.install("tinyweb-%s")' % (e, name, name))
