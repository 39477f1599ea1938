# Routes, as programs register them. Loaded with the first, unloaded when the port is open, and loaded again by a
# program that registers more. Resources, folders and hooks are in registration_more.py.
#
# Mistakes are errors at once. What most programs say is checked here; what is unusual is left to route_checks.py, which
# has the sentences.

import gc

from .http import _NAME, _TOKEN
from .lazy import lazy
from .router import Route

METHODS = b" GET HEAD POST PUT DELETE OPTIONS PATCH "
_USUAL = ("GET", "POST")

_added = 0  # routes
_every = 2  # after how many of them garbage is collected
_right = False  # the URL of a route that was looked at just now


def method(app, name):
    """Return a webserver's method."""
    if name in ("get", "post", "put", "patch", "delete"):

        def short(url=None, *args, **kwargs):
            # As route(), but for its methods.
            if args or "methods" in kwargs:
                args = ((name.upper(),),) + args
            else:
                kwargs["methods"] = (name.upper(),)  # by position, it would load two modules
            return app.route(url, *args, **kwargs)

        return short
    return (lazy.guards if name == "guard" else lazy.registration_more).method(app, name)


def add_route(
    app,
    url=None,
    f=None,
    methods=_USUAL,
    save_headers=(),
    max_body_size=1024,
    allowed_access_control_headers="*",
    allowed_access_control_origins="*",
    error=None,
    **unknown,
):
    """Map a URL to a handler f(req, resp, *params).

    url: a path; "<name>", "<int:name>" or, last, "<path:name>" stand for a segment and are passed to f in order.
    methods: of str; HEAD comes with GET. save_headers: names of fields to keep in req.headers. max_body_size: in bytes,
    for bodies that are read whole. error: a function from a message (str) to the body of an error answer of this route.
    Raises ValueError or TypeError for a malformed URL, one that stands already, or a wrong option.
    """
    global _added, _every, _right
    # What most programs say is right at a glance.
    usual = callable(f) and not isinstance(f, type) and not unknown
    looked_at = url is _right
    _right = False
    if usual and not looked_at:
        path = url.encode() if type(url) is str else b""
        # _NAME without its last 8 bytes, !$%&'*+~.
        usual = (
            path[:1] == b"/"
            and not (path.strip(_NAME[:-8] + b"/<>:") or b"/:" in path or b"/." in path)
            and _are_names(methods, METHODS)
            and methods
            and type(max_body_size) is int
            and max_body_size >= 0
            and (error is None or callable(error))
            and allowed_access_control_headers == "*" == allowed_access_control_origins
            and _are_names(save_headers)
        )
    if not usual:
        lazy.route_checks.route(
            app,
            url,
            f,
            methods,
            save_headers,
            max_body_size,
            allowed_access_control_headers,
            allowed_access_control_origins,
            error,
            unknown,
        )
    if not app:
        return
    if methods == _USUAL:
        methods = (b"GET", b"POST", b"HEAD")  # a constant: 130 bytes that all of these routes share
    else:
        methods = tuple([m.encode() for m in methods])
        if b"GET" in methods and b"HEAD" not in methods:
            methods += (b"HEAD",)
    save = tuple([n.encode() if isinstance(n, str) else n for n in save_headers])
    if b"%" in url.encode():  # bytes, as a short str is a name that MicroPython keeps for good
        url = lazy.urlencoding.normal(url.encode()).decode()  # as paths are when they come here
    if None in app._router.tree:
        f = lazy.guards.handler(app, url, f)
    enter(
        app._router,
        url,
        Route(
            methods, f, save, int(max_body_size), allowed_access_control_headers, allowed_access_control_origins, error
        ),
    )
    app._last_head = None
    # Garbage of a registration is between what stays. With a collection now and then the heap is in one piece when the
    # first client comes: a program of 60 routes runs in 48 KB instead of 102. It is rare where memory is ample, at each
    # 16th where 64 KB are free, as each one takes longer than the one before.
    _added += 1
    if not _added % _every:
        gc.collect()
        _every = max(2, (getattr(gc, "mem_free", int)() >> 14) ** 2)


def enter(router, url, route):
    """Enter a Route under a URL (str). Raises ValueError for a URL that no path meets, or that has a route already."""
    raw = url.encode()
    if raw[:1] != b"/" or b"?" in raw or b"#" in raw:
        raise ValueError("Not a path: %r" % url)
    if b"<" in raw or b">" in raw:
        leaf = lazy.url_patterns.leaf(router, url)
    else:
        leaf = router.fixed.setdefault(raw, [])
    for m in route.methods:
        if b" %s " % m not in METHODS and m not in router.more_methods:
            router.more_methods += (m,)
        for old in leaf:
            if m in old.methods:
                raise ValueError("%s %r has a route already: give it another URL or method" % (m.decode(), url))
    leaf.append(route)


def _are_names(names, known=None):
    # Return whether it is a list of str that are tokens, or known.
    if not isinstance(names, (tuple, list)):
        return False
    for name in names:
        if type(name) is not str or not name:
            return False
        name = name.encode()
        if name.strip(_TOKEN) or known and b" %s " % name not in known:
            return False
    return True


def route(app, url=None, *args, **kwargs):
    """Decorate a handler; add_route() tells the rest."""
    if args:
        lazy.positional.route(url, args, kwargs)
    # Nothing is added yet, but looked at.
    add_route(None, url, add_route, **kwargs)

    def decorate(f):
        global _right
        _right = url
        app.add_route(url, f, **kwargs)
        return f

    return decorate
