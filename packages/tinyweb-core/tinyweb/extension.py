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
            last = not _rooms
            forget()
            if last:
                raise
    return module


def _leave(name, module):
    # Without an allocation: memory may have run out.
    setattr(sys.modules["tinyweb"], name, None)
    sys.modules.pop(module.__name__)


def drop(name):
    """Let a room go that has done its work; whoever needs it loads it again."""
    module = _rooms.pop(name, None)
    if module:
        _leave(name, module)


def forget():
    """Drop the rooms, as memory has run out: whoever needs one loads it again. What runs keeps what it uses."""
    print("tinyweb: out of memory")
    response = sys.modules["tinyweb"].response
    response.send = response._send
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
    try:
        return __import__("tinyweb_" + name)
    except ImportError as e:
        raise ImportError('%s; this needs the package tinyweb-%s: mip.install("tinyweb-%s")' % (e, name, name))
