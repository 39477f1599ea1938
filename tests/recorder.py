# A plugin for pytest that writes down every call of the pure modules: what went in, what came out.
#
# On CPython the tests of tests/pure compare the modules with the standard library and with h11, on inputs that
# hypothesis finds. No build of MicroPython can run those. So the calls of a run that passed are written to a file, one
# literal a line, and tests/pure/test_releases.py makes them again on each build: (module, name, arguments, outcome).
#
#     TINYWEB_CALLS=calls.txt PYTHONPATH=tests python -m pytest -p recorder tests/pure
import ast
import functools
import inspect
import os

# The rooms that a test can run on bytes alone: no socket, no event loop.
PURE = {"http", "query", "paths", "extension", "reasons", "router", "tree", "form"}
# Those whose functions are written down; the router is a class, the others act on what is loaded, and each interpreter
# writes JSON in its own way.
MODULES = ("http", "query", "paths", "form", "reasons")


class Calls:
    """The calls so far, each once; those that a call makes in its turn are made again with it."""

    def __init__(self):
        self.lines = {}
        self.depth = 0

    def add(self, module, name, args, outcome):
        """Note a call; `args` is their literal, made before the call could change them."""
        line = f"({module!r}, {name!r}, {args}, {outcome!r})"
        try:
            ast.literal_eval(line.replace("bytearray(b", "(b"))
        except (ValueError, SyntaxError):
            return  # it takes or gives an object that no literal can tell
        self.lines[line] = None

    def make(self, module, name, args, function):
        """Make a call and note what it gives: (True, value), or (False, name of the exception, its code)."""
        self.depth += 1
        try:
            value = function()
            outcome = True, list(value) if inspect.isgenerator(value) else value
            return outcome[1]
        except Exception as error:
            outcome = False, type(error).__name__, getattr(error, "code", None)
            raise
        finally:
            self.depth -= 1
            if not self.depth:
                self.add(module, name, args, outcome)


def recorded(calls, module, function):
    """Give the function with its calls written down."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        before = repr((args, kwargs))
        return calls.make(module, function.__name__, before, functools.partial(function, *args, **kwargs))

    return wrapper


def record_router(calls, router):
    """Let a router's class write down each find(), with all that was added before."""
    add, find = router.add, router.find

    def added(self, url, route):
        self.__dict__.setdefault("_added", []).append((url, route))
        return add(self, url, route)

    def found(self, path, method):
        before = repr((self.__dict__.get("_added", []), path, method))
        return calls.make("router", "Router", before, functools.partial(find, self, path, method))

    router.add, router.find = added, found


def pytest_configure(config):
    import tinyweb.router

    calls = config.tinyweb_calls = Calls()
    for name in MODULES:
        module = __import__("tinyweb." + name, None, None, ("",))
        for key, value in list(vars(module).items()):
            if inspect.isfunction(value) and value.__module__ == module.__name__ and not key.startswith("_"):
                if not inspect.iscoroutinefunction(value):
                    setattr(module, key, recorded(calls, name, value))
    record_router(calls, tinyweb.router.Router)


def pytest_unconfigure(config):
    with open(os.environ["TINYWEB_CALLS"], "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in config.tinyweb_calls.lines)
