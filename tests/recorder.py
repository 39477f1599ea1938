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

# The modules that a test can run on bytes alone: no socket, no event loop.
PURE = {"http", "http_rare", "urlencoding", "url_patterns", "path_params", "router", "lazy", "status", "cookies",
        "parameters", "known_fields", "known_heads", "known_routes"}
# The functions of other modules of which that is true.
PURE_FUNCTIONS = {
    "body": {"field", "kind", "max_size", "too_long", "read_parse_form_data", "json", "decode_json"},
    "comparisons": {"same", "same_origin", "_without"},
    "partial_head": {"_check", "_skip_blank_lines"},
    "request": {"read_head"},
    "registration": {"enter"},
}
# Those whose functions are written down, but for what each interpreter reads in its own way; the router is a class,
# `lazy` acts on what is loaded, and heads.py has heads come to a connection.
MODULES = ("http", "http_rare", "urlencoding", "url_patterns", "cookies", "status", "body", "parameters",
           "comparisons")
LEFT_OUT = ("decode_json",)


def literal(value):
    """Give a value with what no literal can tell told by tuples: ("Head", its attributes), a Route as a tuple."""
    from heads import told
    from tinyweb.http import Head

    if isinstance(value, Head):
        return "Head", told(value)
    if isinstance(value, tuple):
        return tuple(literal(v) for v in value)
    if isinstance(value, list):
        return [literal(v) for v in value]
    return value


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
            value = list(value) if inspect.isgenerator(value) else value
            outcome = True, literal(value)
            return value
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
        before = repr((literal(args), kwargs))
        return calls.make(module, function.__name__, before, functools.partial(function, *args, **kwargs))

    return wrapper


def record_router(calls, registration, router):
    """Let a router's class write down each find(), with all that was entered before."""
    enter, find = registration.enter, router.find

    def entered(router, url, route):
        router.__dict__.setdefault("_entered", []).append((url, tuple(route)))
        return enter(router, url, route)

    def found(self, path, method):
        before = repr((self.__dict__.get("_entered", []), path, method))
        return calls.make("router", "Router", before, functools.partial(find, self, path, method))

    registration.enter, router.find = entered, found


def pytest_configure(config):
    import heads
    import tinyweb.registration
    import tinyweb.router

    calls = config.tinyweb_calls = Calls()
    for name in MODULES:
        module = __import__("tinyweb." + name, None, None, ("",))
        for key, value in list(vars(module).items()):
            if inspect.isfunction(value) and value.__module__ == module.__name__ and not key.startswith("_"):
                if not inspect.iscoroutinefunction(value) and key not in LEFT_OUT:
                    setattr(module, key, recorded(calls, name, value))
    heads.head_end = recorded(calls, "heads", heads.head_end)
    record_router(calls, tinyweb.registration, tinyweb.router.Router)


def pytest_unconfigure(config):
    with open(os.environ["TINYWEB_CALLS"], "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in config.tinyweb_calls.lines)
