# The other packages of TinyWeb, imported when the program calls what they are for. Loaded then.
#
# They are modules of their own, because a package has one folder on a board: a core frozen into the firmware would
# never find a part of itself in /lib.

import sys

from .lazy import PACKAGE, bind


def require(name):
    """Import tinyweb_<name>; raises ImportError that says which package to install."""
    module = "tinyweb_" + name
    try:
        # Beside a core inside another package ("lib.tinyweb") it may be there by that package's name.
        return sys.modules.get(PACKAGE[:-7] + module) or __import__(module)
    except ImportError as e:
        if "API" in str(e):
            raise  # it is there, and does not fit
        raise ImportError('%s; this needs the package tinyweb-%s: mip.install("tinyweb-%s")' % (e, name, name))


def send_file(resp, filename, *args, **kwargs):
    """Send a file; see tinyweb-static, which this needs. A coroutine."""
    f = require("static").send_file
    bind(type(resp), "send_file", f)
    return f(resp, filename, *args, **kwargs)
