# The opening of the port. Loaded for it, and unloaded when it is done.

import sys

from .lazy import PACKAGE, lazy
from .transport import Listener


def listen(app, host, port, backlog, ssl, *wrong):
    """Open the port, as run() tells; return the coroutine that serves."""
    if app._listener:
        raise lazy.diagnostics.running()
    usual = type(port) is int and 0 <= port <= 65535 and type(host) is str and not ("/" in host or ":" in host)
    usual = usual and (backlog is None or type(backlog) is int and backlog >= 0)
    if not usual or wrong and wrong[0] or ssl and not hasattr(ssl, "wrap_socket"):
        lazy.option_checks.listen(host, port, backlog, ssl, *wrong)
    args = (host or "", port, app.backlog if backlog is None else backlog, ssl, app.idle_timeout)
    try:
        app._listener, app.port = (Listener(*args), port) if port else lazy.diagnostics.free_port(args)
    except OSError as e:
        raise lazy.diagnostics.not_open(e, port)
    # If it has to be opened again, it is on the same port.
    args = (args[0], app.port) + args[2:]
    app.tls = ssl
    # What the program imported by now is never unloaded, as it holds what is in it: extensions and, where the core is
    # one .mpy file, tinyweb.http and tinyweb.server.
    doors = [PACKAGE + ".http", PACKAGE + ".server"]
    for name in sys.modules:
        module = sys.modules[name]
        if (name[:8] == "tinyweb_" or name in doors) and module not in lazy.permanent:
            type(lazy).permanent += (module,)
    # What an event loop before this one may have left behind does not count.
    app._stopping = app._watchdog = None
    app._slot_queue = []  # connections that wait for a slot
    app._hooks = bool(app._before or app._after)
    app._idle_ms = app.idle_timeout * 1000
    type(lazy).reserve = 2048 if sys.maxsize >> 32 else 704
    return app._listen(args)
