# Checks of registered routes: each error names the URL or option and the nearest valid name. Lazy module: loaded for
# what the quick checks of registration.py do not accept; a function that returns has found it valid, though unusual.

from .http import _TOKEN
from .lazy import lazy

ROUTE = ["methods", "save_headers", "max_body_size"]
ROUTE += ["allowed_access_control_headers", "allowed_access_control_origins", "error"]


def _distance(a, b):
    # Return the Levenshtein distance of two strings.
    row = list(range(len(b) + 1))
    for i in range(len(a)):
        above = row
        row = [i + 1]
        for j in range(len(b)):
            row.append(min(above[j] + (a[i] != b[j]), above[j + 1] + 1, row[j] + 1))
    return row[-1]


def option(what, name, names, sure=True):
    """Raise TypeError for an option that is not in names; if not `sure`, only if its spelling is close to one."""
    best = None
    far = max(2, len(name) // 3)
    for n in names:
        d = _distance(name.lower(), n)
        if d <= far:
            far = d - 1
            best = n
    for n in names:
        if not best and (n.startswith(name) and len(name) > 7 or sure and name in n):
            best = n
    if sure or best:
        if best == "methods":
            best = 'methods=["GET"]'
        raise TypeError(
            "%s: there is no option %s: write %s" % (what, name, best if best else "one of " + ", ".join(names))
        )


def wrong(kind, what, name, value, want):
    """Raise kind (TypeError or ValueError) for an option's value; want (str) describes a valid one."""
    raise kind("%s: %s=%r: write %s" % (what, name, value, want))


def number(what, name, value, least, want):
    """Raise TypeError unless a value is a number, ValueError if it is below least."""
    if not isinstance(value, (int, float)) or type(value) is bool:
        wrong(TypeError, what, name, value, want)
    if not value >= least:
        wrong(ValueError, what, name, value, want)


def several(value):
    """Return whether a value is a list, tuple, set or dict view. A str is not, nor is an iterator."""
    return isinstance(value, (tuple, list)) or hasattr(value, "isdisjoint")


def _list(what, name, value, kinds, want):
    if not several(value) or [v for v in value if not isinstance(v, kinds)]:
        wrong(TypeError, what, name, value, want)


def url(s):
    """Check a URL. Raises TypeError or ValueError; most mistakes are another framework's syntax for parameters."""
    if not isinstance(s, str):
        raise TypeError('The URL is a str, as in @app.route("/path"), not %r' % (s,))
    more = "?" in s or "#" in s
    if more or s[:1] != "/":
        near = "" if more or ":" in s or s[:1] in "<^" else ", as %r" % ("/" + s)
        raise ValueError("Not a path: %r: it begins with '/' and has no '?' or '#'%s" % (s, near))
    if s != s.strip() or min(s) < " ":
        raise ValueError("Not a path: %r has white space at its end, or a control character" % s)
    for part in s.split("/"):
        if part in (".", ".."):
            raise ValueError("Not a path: %r: clients take '.' and '..' out" % s)
        if "<" in part or ">" in part:
            continue  # url_patterns.py checks parameters
        kind = ""
        if "\\d" in part or "0-9" in part or ":int" in part:
            kind = "int:"
        elif part[:1] == "*" or ".*" in part or ".+" in part:
            kind = "path:"
        if kind or part[:1] == ":" or [c for c in "{}[]*\\^|" if c in part] or part[-1:] == "$":
            name = part.strip(":{}[]*$")
            if not name.replace("_", "").isalpha():
                name = "name"
            raise ValueError("%r: %r is no parameter: write <%s%s>" % (s, part, kind, name))
        for c in part.split("%")[1:]:
            if len(c) < 2 or c[:2].strip("0123456789abcdefABCDEF"):
                raise ValueError("%r: behind %% come two hex digits; a parameter is <name>" % s)


def route(app, where, f, methods, save_headers, max_body_size, headers, origins, error, unknown):
    """Check a route's URL, handler and options. Raises TypeError or ValueError."""
    url(where)
    what = repr(where)
    for value in methods, save_headers:
        if callable(value):
            raise TypeError("%s: a handler stands below @app.get(url); or write app.add_route(url, handler)" % what)
    for name in unknown:
        # Before the route is added, options unlike any known one pass: a subclass of webserver may accept them.
        option(what, name, ROUTE, app is not None)
    handler(what, f)
    want = methods.upper().replace(" ", ",").split(",") if isinstance(methods, str) else ["GET"]
    want = 'methods=["%s"], a list' % '", "'.join([m for m in want if m])
    _list(what, "methods", methods, str, want)
    if not methods:
        wrong(ValueError, what, "methods", methods, want)
    for m in methods:
        parts = m.replace(" ", ",").split(",")
        if len(parts) > 1:
            want = 'methods=["%s"]' % '", "'.join([p for p in parts if p])
            wrong(ValueError, what, "methods", methods, want)
        if b" %s " % m.encode() not in lazy.registration.METHODS:
            _method(what, m)
    name = "save_headers"
    want = [save_headers] if isinstance(save_headers, str) else ["Content-Type"]
    _list(what, name, save_headers, (str, bytes), "save_headers=%r, a list" % want)
    for n in save_headers:
        if not n or (n.encode() if isinstance(n, str) else n).strip(_TOKEN):
            wrong(ValueError, what, name, save_headers, "names of header fields: %r is none" % (n,))
    number(what, "max_body_size", max_body_size, 0, "a number of bytes, 0 or more")
    for name, value in (ROUTE[3], headers), (ROUTE[4], origins):
        value = [value] if isinstance(value, str) else value
        _list(what, name, value, str, "a str or a list of them")
        if [v for v in value if not v or min(v) < " "]:
            wrong(ValueError, what, name, value, "no control character, and no ''")
    if error is not None and not callable(error):
        wrong(TypeError, what, "error", error, "a function from a message to a body")


def _method(what, m):
    # Custom methods are allowed, but not what looks like a misspelled standard method.
    best = None
    for near in lazy.registration.METHODS.decode().split():
        slip = len(m) != len(near) and _distance(m.upper(), near) == 1
        if m.upper() == near or slip or sorted(m.upper()) == sorted(near):
            best = best or near
    if best or m != m.upper() or not m or m.encode().strip(_TOKEN):
        wrong(ValueError, what, "methods", m, "%r" % (best or m.upper() or "GET"))


def handler(what, f):
    """Check a handler. what: its URL as repr(), or the name of its decorator. Raises TypeError."""
    if what[0] not in "'\"":
        what = "@app." + what
    if hasattr(f, "throw"):
        f.close()  # else CPython also warns that the coroutine was never awaited
        raise TypeError("%s: its handler was called already: write its name without ()" % what)
    if isinstance(f, type):
        raise TypeError("%s: its handler is the class %s: app.add_resource(class, url) takes one" % (what, f.__name__))
    if f is None and what[-8:] == "_request":
        raise TypeError("%s has no parentheses: write it above the function as it is" % what)
    if not callable(f):
        raise TypeError("%s: its handler is %r: a function is wanted" % (what, f))
