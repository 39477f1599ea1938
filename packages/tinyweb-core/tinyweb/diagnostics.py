# Explanations for common errors of beginners, and the search for a free port. Lazy module: loaded when one of these is
# needed first.

import errno
import sys

from .lazy import lazy
from .transport import Listener, ticks_ms


def not_open(error, port):
    """Return the OSError of a port that cannot be opened, with advice in its text if the cause is known."""
    text = {
        errno.EADDRINUSE: "is taken: end the program that has it (or reset the board), or choose another port",
        errno.EACCES: "is the system's: choose one above 1023, such as 8081",
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
    text = lazy.log.trace(error)
    no_yield = lazy.log.NO_YIELD
    # The last frame tells both cases apart: an error raised in the handler's own code adds a frame after the server's.
    frame = text[text.rfind(' File "') :].split("\n")[0]
    rest = '_rest"' in frame.replace(".py", "")  # .mpy files record the name without an extension
    where = frame.split(" in ")[-1]
    if no_yield in text or "object generator can't" in text or "async_generator" in text:
        return "" if no_yield in text else ": " + no_yield
    if where == "cookie":
        return ": the name and the value of a cookie are str"
    last = text.strip().split("\n")[-1]
    if "'await'" in last or "iterable" in last or "__getitem__" in last:
        # With these words the interpreters report that a non-awaitable was awaited.
        if "esponse" in last:
            return ": it returned resp: return the body, or nothing after await resp.send()"
        if "NoneType" in last:
            return ': None was awaited or looped over; add_header(), set_cookie() and then() go without "await"'
    if isinstance(error, TypeError) and where in ("fail", "next_hook", "__call__"):
        return ": a hook is called with (req, resp), an error handler with (req, resp, error), error= with (message)"
    if isinstance(error, TypeError) and (rest or where in ("serve_connection", "call_handler", "watched")):
        params = req.head.params
        what = "a hook is called with (req, resp), " if where == "call_handler" and req._conn.app._before else ""
        return ": %sits handler is called with (%s), and has to take that" % (
            what,
            ", ".join(["data" if rest else "req, resp"] + [repr(p) for p in params]),
        )
    if "'generator'" in text or "'coroutine'" in text or "'_Awaitable'" in text:
        return ': is there an "await" missing?'
    if where in ("view", "send", "_plain_reply", "shape", "reply"):
        return ": what is sent is str or bytes; a handler may also return a dict, a list, (body, code) or None"
    return ""
