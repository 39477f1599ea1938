# The doors to what is loaded on first use: the rooms of the core that not every program needs, and the extensions.
#
# The extensions are modules of their own, because a package has one folder on a board: a core frozen into the firmware
# would never find a part of itself in /lib.

import gc

# An import statement that finds its module loaded costs 10,000 instructions, a look-up here 2,000.
_rooms = {}


def room(name):
    """Give a module of the core, imported on first use."""
    module = _rooms.get(name)
    if not module:
        # What stays for good should not come to lie between what goes in a moment.
        gc.collect()
        module = _rooms[name] = __import__("tinyweb." + name, None, None, ("",))
    return module


def extension(name):
    """Import tinyweb_<name> on first use; raises ImportError that says which package to install."""
    try:
        return __import__("tinyweb_" + name)
    except ImportError as e:
        raise ImportError('%s; this needs the package tinyweb-%s: mip.install("tinyweb-%s")' % (e, name, name))
