# What is done once: the constructor, and the opening of the port. Loaded with the first server, dropped when the port
# is open. What is unusual is looked at by limits.py.

import sys

from . import extension as modules
from .connection import Listener
from .extension import drop, room
from .request import BUFFER
from .router import Router


def init(app, request_timeout=3, max_concurrency=None, backlog=16, debug=False, *more, **limits):
    """Make a server.

    request_timeout: seconds for a complete head; 408 after them. max_concurrency: requests served at once (3 on
    esp8266, 6 on esp32, 10 elsewhere). backlog: connections that the system keeps waiting. debug: tracebacks go to the
    client. limits: see webserver. Raises TypeError for an unknown one or one of a wrong type, ValueError for a wrong
    value.
    """
    n = {"esp8266": 3, "esp32": 6}.get(sys.platform, 10) if max_concurrency is None else max_concurrency
    # In the order in which they may be given by position.
    names = (
        "max_connections",
        "max_head",
        "max_line",
        "max_fields",
        "idle_timeout",
        "io_timeout",
        "slot_timeout",
        "stop_timeout",
        "allowed_hosts",
        "access_log",
    )
    for i in range(len(more)):
        if i == len(names) or names[i] in limits:
            raise TypeError("webserver(): too many arguments, or one twice, of " + ", ".join(names))
        limits[names[i]] = more[i]
    limits["request_timeout"] = request_timeout
    limits["max_concurrency"] = n
    limits["backlog"] = backlog
    known = names[:8] + ("request_timeout", "max_concurrency", "backlog")  # what numbers are
    for k in limits:
        v = limits[k]
        usual = type(v) is int or type(v) is float and k[-7:] == "timeout"
        if not usual or v <= 0 or k not in known:
            room("limits").limit(app, k, limits[k])
        setattr(app, k, limits[k])
    app.max_connections = app.max_connections or 2 * n + 2
    if sys.platform == "esp8266" and "max_head" not in limits:
        app.max_head = 2048
    app.debug = debug
    app.port = None
    app._router = Router()
    # Where all connections read: made now, while the heap is in one piece.
    app._land = bytearray(BUFFER)
    # Buffers for who waits and needs one, made with the first that does; two of them are kept for the next.
    app._slots = [None, None]
    app._spare = 0
    app._free = n
    app._conns = []
    app._refused = None  # the tick of the last 503 for want of a connection
    app._errors = {}
    app._before = app._after = ()


def listen(app, host, port, backlog, ssl, *wrong):
    """Open the port, as run() tells; gives the coroutine that serves."""
    if app._listener:
        raise RuntimeError("running")
    usual = type(port) is int and 0 <= port <= 65535 and type(host) is str and not ("/" in host or ":" in host)
    usual = usual and (backlog is None or type(backlog) is int and backlog >= 0)
    if not usual or wrong and wrong[0] or ssl and not hasattr(ssl, "wrap_socket"):
        room("limits").listen(host, port, backlog, ssl, *wrong)
    args = (host or "", port, app.backlog if backlog is None else backlog, ssl, app.idle_timeout)
    try:
        app._listener, app.port = (Listener(*args), port) if port else room("hints").port(args)
    except OSError as e:
        raise room("hints").not_open(e, port)
    # Where it has to be opened again, it is the same.
    args = (args[0], app.port) + args[2:]
    app.tls = ssl
    keep()
    # What an event loop before this one may have left behind does not count.
    app._stopping = app._watchdog = None
    app._queue = []  # connections that wait for a slot
    app._hooks = bool(app._before or app._after or app.access_log or app.allowed_hosts is not None)
    if app.debug:
        room("watch").watch(app)
    app._idle_limit = app.idle_timeout * 1000
    modules.place = 2048 if sys.maxsize >> 32 else 1024
    drop("checks")
    drop("limits")
    return app._listen(args)


def keep():
    """Have what the program imported by now stay when memory runs out, as it holds what is in it.

    These are the extensions and, where the core is one .mpy file, tinyweb.http and tinyweb.server.
    """
    doors = [modules._core + name for name in ("http", "server")]
    for name in sys.modules:
        module = sys.modules[name]
        if (name.startswith(modules.EXTENSION) or name in doors) and module not in modules.stay:
            modules.stay += (module,)
