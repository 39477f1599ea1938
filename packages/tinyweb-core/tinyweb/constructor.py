# The constructor of a server. Loaded with the first one, and unloaded when it is made. Unusual options are left to
# option_checks.py.

import sys

from .lazy import lazy
from .request import request
from .response import response
from .router import Router

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

# sys.platform of the ports with MicroPython's own lwIP: MEMP_NUM_TCP_PCB is 5.
_LWIP = "esp8266 rp2 pyboard mimxrt renesas-ra alif"


def init(app, request_timeout=3, max_concurrency=None, backlog=16, debug=False, *more, **limits):
    """Make a server.

    request_timeout: seconds for a complete head; 408 after them. max_concurrency: requests served at once (3 on
    esp8266, 6 on esp32, 10 elsewhere). backlog: connections that the system keeps waiting. debug: tracebacks go to the
    client. limits: see webserver. Raises TypeError for an unknown one or one of a wrong type, ValueError for a wrong
    value.
    """
    n = {"esp8266": 3, "esp32": 6}.get(sys.platform, 10) if max_concurrency is None else max_concurrency
    if more:
        lazy.positional.limits(more, limits)
    for k in ("allowed_hosts", "access_log"):
        if not hasattr(type(app), k):  # a class of one's own may have them
            setattr(app, k, None)
    limits["request_timeout"] = request_timeout
    limits["max_concurrency"] = n
    limits["backlog"] = backlog
    for k in limits:
        v = limits[k]
        usual = type(v) is int or type(v) is float and k[-7:] == "timeout"
        if not usual or v <= 0 or not (k in NUMBERS or k in ("request_timeout", "max_concurrency", "backlog")):
            lazy.option_checks.limit(app, k, v)
        setattr(app, k, v)
    # What the port can hold. lwIP as most boards have it: 5 connections, one of them for the client that comes next. An
    # ESP32: 10 sockets, of which the listener has one, the next client one, and the program one.
    most = 7 if sys.platform == "esp32" else 4 if sys.platform in _LWIP else 2 * n + 2
    app.max_connections = app.max_connections or min(most, 2 * n + 2)
    if sys.platform == "esp8266" and "max_head" not in limits:
        app.max_head = 2048
    app.debug = debug
    app._request = request
    app._response = response
    app.port = None
    app._router = Router()
    app._free_slots = n
    app._connections = []
    app._refused = None  # the tick of the last 503 for want of a connection
    app._after = ()
    app._hooks = False
    # The last head: a client sends the same one again and again, and comparing is far cheaper than parsing.
    app._last_head = None
    app._stopping = None  # the tick of shutdown()
    # These are set when the port is open. They have their places from now on: the table of attributes grows in pieces
    # of up to 300 bytes.
    app.tls = app._listener = app._task = app._watchdog = app._slot_queue = app._idle_ms = app._heads = None
