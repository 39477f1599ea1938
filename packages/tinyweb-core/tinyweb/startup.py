# What is done once: the constructor, and the opening of the port. Loaded with the first server, unloaded when the port
# is open. Unusual options are left to option_checks.py.

import sys

from .lazy import PACKAGE, lazy
from .request import request
from .response import response
from .router import Router
from .transport import BUFFER, Listener

# The limits that are numbers, in the order in which they may be given by position, behind debug.
NUMBERS = (
    "max_connections",
    "max_head",
    "max_line",
    "max_fields",
    "idle_timeout",
    "io_timeout",
    "slot_timeout",
    "stop_timeout",
)


def init(app, request_timeout=3, max_concurrency=None, backlog=16, debug=False, *more, **limits):
    """Make a server.

    request_timeout: seconds for a complete head; 408 after them. max_concurrency: requests served at once (3 on
    esp8266, 6 on esp32, 10 elsewhere). backlog: connections that the system keeps waiting. debug: tracebacks go to the
    client. limits: see webserver. Raises TypeError for an unknown one or one of a wrong type, ValueError for a wrong
    value.
    """
    n = {"esp8266": 3, "esp32": 6}.get(sys.platform, 10) if max_concurrency is None else max_concurrency
    if more:
        lazy.option_checks.by_position(more, limits)
    app.allowed_hosts = app.access_log = None
    limits["request_timeout"] = request_timeout
    limits["max_concurrency"] = n
    limits["backlog"] = backlog
    for k in limits:
        v = limits[k]
        usual = type(v) is int or type(v) is float and k[-7:] == "timeout"
        if not usual or v <= 0 or not (k in NUMBERS or k in ("request_timeout", "max_concurrency", "backlog")):
            lazy.option_checks.limit(app, k, v)
        setattr(app, k, v)
    app.max_connections = app.max_connections or 2 * n + 2
    if sys.platform == "esp8266" and "max_head" not in limits:
        app.max_head = 2048
    app.debug = debug
    app._request = request
    app._response = response
    app.port = None
    app._router = Router()
    # The first buffer is made now, while the heap is in one piece. A second one is kept when it has been needed.
    app._spare_buffers = [bytearray(BUFFER), None]
    app._spare_count = 1
    app._free_slots = n
    app._connections = []
    app._refused = None  # the tick of the last 503 for want of a connection
    app._error_handlers = {}
    app._before = app._after = ()
    app._hooks = False


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
    if app.debug:
        lazy.debug.watch(app)
    app._idle_ms = app.idle_timeout * 1000
    type(lazy).reserve = 2048 if sys.maxsize >> 32 else 704
    return app._listen(args)
