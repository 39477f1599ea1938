# Import the other packages of TinyWeb. Lazy module: loaded when the program first calls a method that needs one.
#
# They are top-level modules, because MicroPython searches a package in a single folder: a core frozen into the firmware
# would not find its own submodule in /lib.

import sys

from .lazy import PACKAGE, bind


def require(name):
    """Return the module tinyweb_<name>. Raises ImportError with the command that installs its package."""
    module = "tinyweb_" + name
    try:
        # If the core is inside another package ("lib.tinyweb"), the module may be loaded as "lib.tinyweb_<name>".
        return sys.modules.get(PACKAGE[:-7] + module) or __import__(module)
    except ImportError as e:
        if "API" in str(e):
            raise  # it is there, and does not fit
        raise ImportError('%s; this needs the package tinyweb-%s: mip.install("tinyweb-%s")' % (e, name, name))


def send_file(resp, filename, *args, **kwargs):
    """Send a file by tinyweb-static's send_file(). Return a coroutine. Raises ImportError without the package."""
    f = require("static").send_file
    bind(type(resp), "send_file", f)
    return f(resp, filename, *args, **kwargs)
