# Sentences for the errors that people meet in their first hour, and the way to a free port. Loaded when the first
# of these is asked for.

import errno
import sys

from .lazy import lazy
from .transport import Listener, ticks_ms


def not_open(error, port):
    """Give the OSError of a port that cannot be opened, with what to do in its text."""
    text = {
        errno.EADDRINUSE: "is taken: end the program that has it (or reset the board), or choose another port",
        errno.EACCES: "is the system's: choose one above 1023, such as 8081",
    }.get(error.errno)
    return OSError(error.errno, "Port %d %s" % (port, text)) if text else error


def running():
    """Return the RuntimeError of a second run()."""
    return RuntimeError("This server runs already: call run() or start() once, or await app.stop() before")


def free_port(args):
    """Open a port that is free; gives the listener and its port."""
    if sys.implementation.name == "micropython":
        # Its sockets do not tell which port they got, so it is one of the dynamic ones (RFC 6335 6); another one while
        # somebody has it.
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
    """Give ": " and what a handler's TypeError or AttributeError means, "" where nobody knows."""
    text = lazy.log.trace(error)
    no_yield = lazy.log.NO_YIELD
    # What the handler's own code raised has a frame of its own behind ours.
    frame = text[text.rfind(' File "') :].split("\n")[0]
    rest = '_rest"' in frame.replace(".py", "")  # in .mpy files the name has no ending
    where = frame.split(" in ")[-1]
    if no_yield in text or "object generator can't" in text or "async_generator" in text:
        return "" if no_yield in text else ": " + no_yield
    if where == "cookie":
        return ": the name and the value of a cookie are str"
    last = text.strip().split("\n")[-1]
    if "'await'" in last or "iterable" in last or "__getitem__" in last:
        # In these words the interpreters say that something was awaited that cannot be.
        if "esponse" in last:
            return ": it returned resp: return the body, or nothing after await resp.send()"
        if "NoneType" in last:
            return ': None was awaited or looped over; add_header(), set_cookie() and then() go without "await"'
    if isinstance(error, TypeError) and where in ("fail", "next_hook", "__call__"):
        return ": a hook is called with (req, resp), an error handler with (req, resp, error), and has to take that"
    if isinstance(error, TypeError) and (rest or where in ("serve_connection", "go_on", "watched")):
        params = req.head.params
        what = "a hook is called with (req, resp), " if where == "go_on" and req._conn.app._before else ""
        return ": %sits handler is called with (%s), and has to take that" % (
            what,
            ", ".join(["data" if rest else "req, resp"] + [repr(p) for p in params]),
        )
    if "'generator'" in text or "'coroutine'" in text or "'_Awaitable'" in text:
        return ': is there an "await" missing?'
    if where in ("view", "send", "_plain_reply", "shape", "reply"):
        return ": what is sent is str or bytes; a handler may also return a dict, a list, (body, code) or None"
    return ""
