# Lazy modules: those that not every program needs are imported on first use, so that a program pays heap only for
# what it uses.
#
# CONTRACT. lazy.NAME is the module tinyweb.NAME, imported on first use. bind() makes a function of such a module a
# method of a class. unload_all() drops all of them when memory has run out; the next use imports them again. Code that
# is running keeps the module that it came from.

import gc
import sys

# The package: "tinyweb", or "lib.tinyweb" inside another one.
PACKAGE = __name__[: -len(".lazy")]

_loaded = []  # names of the modules that are attributes of lazy
_bound = []  # (class, name) of the methods that came from a lazy module


class _Lazy:
    # Bytes that must be free in one piece behind a module that is loaded while the server serves, see startup.py.
    reserve = 0
    # Whether memory has run out, and there is little of it. In the class, whose dict has a place for it: no memory is
    # taken to set it.
    tight = False
    # The modules that are never unloaded, see __init__.py and startup.py.
    permanent = ()
    # The namespace of the package, in which an import enters each of its modules.
    namespace = ()

    def __getattr__(self, name):
        # An attribute that is there costs 265 instructions, an import statement 8,000 to 10,000.
        reserve = self.reserve
        while True:
            # Collect first, so that long-lived modules are not allocated between short-lived garbage (fragmentation).
            gc.collect()
            before = len(sys.modules)
            try:
                # MicroPython keeps a module's names for good. The reserve stays free behind them, so that requests that
                # fitted before still fit; without it nothing is loaded but what frees memory.
                kept = name in ("disconnects", "admission") or bytearray(reserve)  # noqa: F841
                module = __import__(PACKAGE + "." + name, None, None, ("",))
                if name not in _loaded:  # it may have asked for itself, by http.__getattr__()
                    _loaded.append(name)
                setattr(self, name, module)
                # The import has entered it in the package, too, whose table would grow to 800 bytes in one piece.
                _remove(module, False)
                return module
            except MemoryError:
                unload_all()
                if len(sys.modules) >= before:
                    raise  # there was nothing to unload
                reserve = 0


lazy = _Lazy()


def bind(cls, name, f):
    """Make a function of a lazy module a method of a class, until memory runs out."""
    _bound.append((cls, name))
    setattr(cls, name, f)


def unload(name):
    """Unload a module whose work is done; the next use loads it again."""
    if name in _loaded:
        _remove(getattr(lazy, name), True)
        _delete(lazy, name)
        _loaded.remove(name)


def unload_startup():
    """Unload all lazy modules when the port is open: most were for the registrations only."""
    while _loaded:
        unload(_loaded[0])


def _delete(owner, name):
    # The value of a deleted entry stays in MicroPython's tables, where the collector finds it: hence None first.
    setattr(owner, name, None)
    delattr(owner, name)


def _remove(module, whole):
    # Take a module out of the package, and, whole, out of sys.modules: but not one that is permanent. This allocates
    # nothing, as memory may have run out.
    if module not in lazy.permanent:
        for name in lazy.namespace:
            if lazy.namespace[name] is module:
                lazy.namespace[name] = None
                del lazy.namespace[name]
                break
        if whole:
            sys.modules.pop(module.__name__, None)


def unload_all(again=False):
    """Unload all lazy modules, as memory has run out, now or `again` for the next request, and collect."""
    if not again:
        print("tinyweb: out of memory")
    for cls, name in _bound:
        if hasattr(cls, name):
            _delete(cls, name)
    _bound.clear()
    for name in _loaded:
        _delete(lazy, name)
    _loaded.clear()
    found = True
    while found:
        # One at a time, as a dict must not change while it is walked.
        found = False
        for name in sys.modules:
            module = sys.modules.get(name)
            # A slice of the name would take memory.
            n = len(PACKAGE)
            ours = name.startswith(PACKAGE) and len(name) > n and name[n] == "." or name.startswith("tinyweb_static")
            if module in lazy.permanent or module and not ours:
                continue
            if module:
                _remove(module, True)
            else:
                # An import that failed for want of memory leaves an entry without a module: the next one would crash.
                sys.modules.pop(name, None)
            found = True
            break
    gc.collect()
    if hasattr(gc, "threshold"):  # pragma: no cover  MicroPython
        # Collect more often from now on: garbage that stays for long fragments the heap.
        gc.threshold(4096)
        # Where this has freed more than all modules take, they may stay.
        _Lazy.tight = gc.mem_free() < 24576


def out_of_resources(error):
    """Return whether an error says that memory or descriptors have run out; for memory, unload_all() is called.

    None stands for memory that has run out before.
    """
    if error is None or isinstance(error, MemoryError):
        unload_all(error is None)
        return True
    return isinstance(error, OSError) and error.args and error.args[0] in (23, 24)  # ENFILE, EMFILE


def report(what, error):
    """Log an error, on the console if no module can be loaded for it. unload_all() has reported a MemoryError."""
    if not isinstance(error, MemoryError):
        try:
            lazy.log.log(what, error)
        except Exception:
            print("tinyweb:", what, error)
