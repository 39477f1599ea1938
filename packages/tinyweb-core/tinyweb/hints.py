# Sentences for the errors that people meet in their first hour, and the way to a free port. Loaded when the first
# of these is asked for.

import errno
import sys

from .connection import NO_YIELD, Listener, ticks_ms
from .extension import room


def not_open(error, port):
    """Give the OSError of a port that cannot be opened, with what to do in its text."""
    text = {
        errno.EADDRINUSE: "is taken: end the program that has it (or reset the board), or choose another port",
        errno.EACCES: "is the system's: choose one above 1023, such as 8081",
    }.get(error.errno)
    return OSError(error.errno, "Port %d %s" % (port, text)) if text else error


def port(args):
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
    text = room("errors").trace(error)
    # What the handler's own code raised has a frame of its own behind ours.
    frame = text[text.rfind(' File "') :].split("\n")[0]
    rest = '_rest"' in frame.replace(".py", "")  # in .mpy files the name has no ending
    where = frame.split(" in ")[-1]
    if NO_YIELD in text or "object generator can't" in text or "async_generator" in text:
        return "" if NO_YIELD in text else ": " + NO_YIELD
    if isinstance(error, TypeError) and (rest or where in ("_converse", "go_on", "watched")):
        params = req._head[12]
        return ": its handler is called with (%s), and has to take that" % ", ".join(
            ["data" if rest else "req, resp"] + [repr(p) for p in params]
        )
    if "'generator'" in text or "'coroutine'" in text:
        return ': is there an "await" missing?'
    if where in ("view", "send", "_whole"):
        return ": what is sent is str or bytes; a handler may also return a dict, a list, (body, code) or None"
    return ""
