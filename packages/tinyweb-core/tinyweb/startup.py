# What is to be done before the port is open. Loaded for it, and unloaded before it is opened, so that what serves does
# not come to lie between what goes.

import gc
import sys

from .lazy import PACKAGE, _loaded, lazy
from .transport import MICROPYTHON


def prepare(app, host, port, backlog, ssl, *wrong):
    """Check what run() was given, and return the arguments of the Listener; port 0 is replaced by one that is free."""
    if app._listener:
        raise lazy.diagnostics.running()
    usual = type(port) is int and 0 <= port <= 65535 and type(host) is str and not ("/" in host or ":" in host)
    usual = usual and (backlog is None or type(backlog) is int and backlog >= 0)
    if not usual or wrong and wrong[0] or ssl and not hasattr(ssl, "wrap_socket"):
        lazy.option_checks.listen(host, port, backlog, ssl, *wrong)
    args = (host or "", port, app.backlog if backlog is None else backlog, ssl, app.idle_timeout)
    if not port:
        app._listener, port = lazy.diagnostics.free_port(args)
        # If it has to be opened again, it is on the same port.
        args = (args[0], port) + args[2:]
    app.tls = ssl
    # What an event loop before this one may have left behind does not count.
    app._stopping = app._watchdog = None
    app._slot_queue = []  # connections that wait for a slot
    app._hooks = bool(app._before or app._after)
    app._idle_ms = app.idle_timeout * 1000
    _measure(app)
    return args


def _measure(app):
    # Kept out of prepare(), as a function's code lies in one piece of the heap.
    # What the program imported by now is never unloaded, as it holds what is in it: extensions and, where the core is
    # one .mpy file, tinyweb.http and tinyweb.server.
    for name in sys.modules:
        module = sys.modules[name]
        if PACKAGE[-7:] in name and name[len(PACKAGE) + 1 :] not in _loaded and module not in lazy.permanent:
            type(lazy).permanent += (module,)
    # Frozen code brings no names and hardly any bytes.
    frozen = sys.modules[PACKAGE].__path__[:7] == ".frozen"
    # How many heads are remembered, see known_heads.py: one for each 12 KB that are free, 4 at most. The modules that
    # the program has not used yet take 32 KB.
    app._last_head = None
    app._heads = None
    if MICROPYTHON:
        gc.collect()
        most = ((gc.mem_free() >> (sys.maxsize >> 62)) - (0 if frozen else 32768)) // 12288
    else:
        most = 4
    if most > 1:  # pragma: no branch  MicroPython: a PC has enough
        # It is loaded now, and stays: for the first client a descriptor might be missing.
        app._heads = lazy.known_heads.Heads(min(4, most))
        if "known_heads" in _loaded:
            _loaded.remove("known_heads")
    type(lazy).reserve = 0 if frozen else 2048 if sys.maxsize >> 32 else 384


def announce(app, host):
    """Print the URL of a server that listens on this host, "" for every interface."""
    if not host or host == "0.0.0.0":
        # Only the network knows a board's own address.
        host = "127.0.0.1" if sys.platform in ("linux", "darwin", "win32") else "<this board>"
    text = "tinyweb: serving on http%s://[%s]:%d/" if ":" in host else "tinyweb: serving on http%s://%s:%d/"
    print(text % ("s" if app.tls else "", host, app.port))
