# Explanations for common errors of beginners, and the search for a free port. Lazy module: loaded when one of these is
# needed first.

import errno
import sys

from .lazy import lazy
from .transport import Listener, ticks_ms


def not_open(error, port):
    """Return the OSError of a port that cannot be opened, with advice in its text if the cause is known."""
    text = {
        errno.EADDRINUSE: "is taken: end the program that has it (or reset the board), or choose another",
        errno.EACCES: "is the system's: choose one above 1023",
    }.get(error.errno)
    return OSError(error.errno, "Port %d %s" % (port, text)) if text else error


def running():
    """Return the RuntimeError for a run() or start() of a server that is running."""
    return RuntimeError("This server runs already: call run() or start() once, or await app.stop() before")


def free_port(args):
    """Listen on a free port and return (Listener, port). Raises OSError if it finds none."""
    if sys.implementation.name == "micropython":
        # MicroPython's sockets have no getsockname(), so choose a dynamic port (RFC 6335 6), and the next one as long
        # as it is in use.
        n = ticks_ms() * 997
        for i in range(100):
            n = 49152 + (n + i * i) % 16384
            try:
                return Listener(args[0], n, *args[2:]), n
            except OSError as e:
                error = e
                if e.errno != errno.EADDRINUSE:
                    break
        raise error
    listener = Listener(*args)
    return listener, listener.port


def explain(req, error):
    """Return ": " and an explanation (str) of a handler's TypeError or AttributeError, "" if there is none."""
    text = lazy.log.trace(error).strip()
    no_yield = lazy.log.NO_YIELD
    # The last frame tells both cases apart: an error raised in the handler's own code adds a frame after the server's.
    # .mpy files record the name without an extension.
    frame = text[text.rfind(' File "') :].split("\n")[0].replace(".py", "")
    where = frame.split(" in ")[-1]
    last = text.split("\n")[-1]
    rest = '_rest"' in frame
    wrong = "'await'" in last or "iterable" in last  # with these words what cannot be awaited is reported
    ws = '_websocket"' in frame and (wrong or "yield" in last or "positional" in last)
    if not ws and no_yield in text:
        return ""
    if "generator can't" in last or "'async_" in last:
        return ": " + no_yield
    if where == "cookie":
        return ": the name and the value of a cookie are str"
    if (wrong or "__getitem__" in last) and not ws:
        if "esponse" in last:
            return ": it returned resp: return the body, or nothing after await resp.send()"
        if "NoneType" in last:
            return ': None was awaited or looped over; add_header(), set_cookie() and then() go without "await"'
    if "__aiter__" in last or "'receive'" in last:
        return ': no WebSocket: "@websocket" stands below the route'
    hook = "a hook is called with (req, resp), "
    if isinstance(error, TypeError):
        if where in ("fail", "next_hook", "__call__"):
            return ": " + hook + "an error handler with (req, resp, error), error= with (message)"
        if rest or ws or where in ("serve_connection", "call_handler", "watched"):
            params = req.head.params
            return ": %sits handler is %scalled with (%s), and has to take that" % (
                hook if where == "call_handler" and req._conn.app._before else "",
                'an "async def", ' if ws else "",
                ", ".join(["data" if rest else "req, ws" if ws else "req, resp"] + [repr(p) for p in params]),
            )
    if "generator" in last or "coroutine" in last or "_Awaitable" in last:
        return ': is there an "await" missing?'
    if where in ("view", "send", "_plain_reply", "shape", "reply"):
        return ": what is sent is str or bytes; a handler may also return a dict, a list, (body, code) or None"
    return ""
