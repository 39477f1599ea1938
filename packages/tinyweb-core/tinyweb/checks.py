# What is wrong with what a program registers, as a sentence with its URL or option and the nearest right name. Loaded
# for what setup.py does not see to be right at a glance. Whoever returns from here has found it right, though unusual.

from .http import _TOKEN, METHODS


def _distance(a, b):
    # How many letters are wrong, missing or too many.
    row = list(range(len(b) + 1))
    for i in range(len(a)):
        above = row
        row = [i + 1]
        for j in range(len(b)):
            row.append(min(above[j] + (a[i] != b[j]), above[j + 1] + 1, row[j] + 1))
    return row[-1]


def option(what, name, names, sure=True):
    """Raise TypeError for an option that is none of these names; if not `sure`, only for what is near to one."""
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
    """Raise an error of this kind about an option's value."""
    raise kind("%s: %s=%r: write %s" % (what, name, value, want))


def number(what, name, value, least, want):
    """Raise an error unless a value is a number of at least so much."""
    if not isinstance(value, (int, float)) or type(value) is bool:
        wrong(TypeError, what, name, value, want)
    if not value >= least:
        wrong(ValueError, what, name, value, want)


def several(value):
    """Tell whether a value is a list of some kind; a str is none, nor what can be walked only once."""
    return isinstance(value, (tuple, list)) or hasattr(value, "isdisjoint")


def url(s):
    """Look at a URL: most of what cannot be one is how other frameworks write a parameter."""
    if not isinstance(s, str):
        raise TypeError('The URL is a str, as in @app.route("/path"), not %r' % (s,))
    if s[:1] != "/" or "?" in s or "#" in s:
        near = "" if "?" in s or "#" in s or ":" in s or s[:1] in "<^" else ", as %r" % ("/" + s)
        raise ValueError("Not a path: %r: it begins with '/' and has no '?' or '#'%s" % (s, near))
    if s != s.strip() or min(s) < " ":
        raise ValueError("Not a path: %r has white space at its end, or a control character" % s)
    for part in s.split("/"):
        if part in (".", ".."):
            raise ValueError("Not a path: %r: clients take '.' and '..' out" % s)
        if "<" in part or ">" in part:
            continue  # the router knows these
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


def route(where, f, methods, save_headers, max_body_size, headers, origins, error, unknown, names):
    """Look at a route."""
    url(where)
    what = repr(where)
    for name in unknown:
        option(what, name, names)
    handler(what, f)
    if not several(methods):
        want = 'a list: methods=["%s"]'
        if isinstance(methods, str):
            want %= '", "'.join([m.strip() for m in methods.upper().replace(" ", ",").split(",") if m])
        else:
            want %= "GET"
        wrong(TypeError, what, "methods", methods, want)
    if not methods:
        wrong(ValueError, what, "methods", methods, 'one or more: methods=["GET"]')
    for m in methods:
        if not isinstance(m, str):
            wrong(TypeError, what, "methods", methods, 'str in it: methods=["GET"]')
        if m.encode() not in METHODS:
            _method(what, m)
    name = "save_headers"
    if not several(save_headers):
        want = "a list of names" + (": save_headers=[%r]" % save_headers if isinstance(save_headers, str) else "")
        wrong(TypeError, what, name, save_headers, want)
    for n in save_headers:
        if not isinstance(n, (str, bytes)):
            wrong(TypeError, what, name, save_headers, "a list of names, as str")
        if not n or (n.encode() if isinstance(n, str) else n).strip(_TOKEN):
            wrong(ValueError, what, name, save_headers, "names of header fields: %r is none" % (n,))
    number(what, "max_body_size", max_body_size, 0, "a number of bytes, 0 or more")
    for name, value in (("headers", headers), ("origins", origins)):
        for one in value if several(value) else (value,):
            if not isinstance(one, str):
                wrong(TypeError, what, "allowed_access_control_" + name, value, "a str or a list of them")
            if not one or min(one) < " ":
                wrong(ValueError, what, "allowed_access_control_" + name, value, "no control character, and no ''")
    if error is not None and not callable(error):
        wrong(TypeError, what, "error", error, "a function from a message to a body")


def _method(what, m):
    # Methods of one's own are allowed, but not what looks like a slip of the pen.
    best = None
    for near in METHODS:
        near = near.decode()
        slip = abs(len(m) - len(near)) == 1 and _distance(m.upper(), near) == 1
        if m.upper() == near or slip or sorted(m.upper()) == sorted(near):
            best = best or near
    if best or m != m.upper() or not m or m.encode().strip(_TOKEN):
        wrong(ValueError, what, "methods", m, "%r" % (best or m.upper() or "GET"))


def handler(what, f):
    """Look at a handler, or at what a decorator is for."""
    if hasattr(f, "throw"):
        if hasattr(f, "close"):
            f.close()  # CPython would tell in its own words that nobody awaited it
        raise TypeError("%s: its handler was called already: write its name without ()" % what)
    if isinstance(f, type):
        raise TypeError("%s: its handler is the class %s: app.add_resource(class, url) takes one" % (what, f.__name__))
    if f is None and what[-8:] == "_request":
        raise TypeError("%s has no parentheses: write it above the function as it is" % what)
    if not callable(f):
        raise TypeError("%s: its handler is %r: a function is wanted" % (what, f))


def resource(where, cls, method, kwargs, names):
    """Look at a resource."""
    if isinstance(cls, str):
        raise TypeError("%r: the class comes first: write add_resource(class, url)" % cls)
    url(where)
    what = repr(where)
    if not isinstance(method, str):
        wrong(TypeError, what, "method", method, 'a str: method="GET"')
    for name in kwargs:
        # All else is for the methods.
        if name not in names:
            option(what, name, names, False)
