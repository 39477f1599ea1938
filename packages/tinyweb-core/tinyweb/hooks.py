# What unloads the lazy modules for an extension: the end of a hook that is for a while only, room for a module of the
# extension's own, and all requests for it. Lazy module: loaded then, and unloaded by its own work.

import gc

from .lazy import _bound, _delete, unload_startup


def remove(app, f):
    """Remove a function that before_request() or after_request() has registered; ValueError if none has.

    While the server serves, the lazy modules are unloaded, as the hook may have been the only one to need them; each is
    loaded again on its next use.
    """
    # Not by `is`: a method is another object each time, and debug.py has wrapped the hooks.
    before = tuple([g for g in app._before if g != f])
    after = tuple([g for g in app._after if g != f])
    if before == app._before and after == app._after:
        raise ValueError("No hook of this server's: %r" % (f,))
    app._before = before
    app._after = after
    app._hooks = bool(before or after)
    if app._listener:
        make_room()


def make_room(size=None):
    """Unload the lazy modules if less than so many bytes of heap are free; each is loaded again on its next use."""
    gc.collect()
    if size and not (hasattr(gc, "mem_free") and gc.mem_free() < size):
        return
    for cls, name in _bound:
        if hasattr(cls, name):  # pragma: no branch  memory ran out within bind()
            _delete(cls, name)
    _bound.clear()
    unload_startup()


def take_over(app, find):
    """Have find(head) choose what responds to each request, see http.pyi; None in its place ends it."""
    app._taken = find
    app._last_head = None  # the heads that are remembered have routes
    unload_startup()
