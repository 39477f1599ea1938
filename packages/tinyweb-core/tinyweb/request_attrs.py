# What else a handler may ask of a request: req.NAME is NAME(req) of this module, or its method. Loaded with the first
# such question.

from .lazy import bind, lazy


def get(req, name):
    """Return a request's attribute: a value of its head, a property or a method.

    Values of the head are bytes, not decoded. host is the one that the client named, with its port if it named one
    (RFC 9110 7.2). route is what add_route() was given; None where the path has no route.
    """
    if name in ("path", "method", "host", "route"):
        return getattr(req.head, name)
    if name == "query_string":
        return req.head.query
    if name == "headers":
        req.headers = _saved(req)
        return req.headers
    if name in _PROPERTIES:
        return _PROPERTIES[name](req)
    if name not in ("header", "query_list"):
        raise AttributeError("'request' object has no attribute '%s'" % name)
    bind(type(req), name, header if name == "header" else query_list)
    return getattr(req, name)


def header(req, name):
    """Return a field's value as bytes, None if the client did not send it; saved by save_headers or not."""
    if isinstance(name, str):
        name = name.encode()
    return lazy.body.field(req.head.raw, name.lower())


def _saved(req):
    # Return the fields that the route's save_headers names.
    out = {}
    route = req.head.route
    for name in route.save_headers if route else ():
        value = header(req, name)
        if value is not None:
            out[name] = value
    return out


def query_list(req, name):
    """Return all values of a name in the query, in order."""
    return [v for k, v in lazy.urlencoding.query_pairs(req.head.query) if k == name]


def _peer(req):
    # Ports name an address in their own ways.
    address = req._conn.address
    if isinstance(address, (bytes, bytearray)):  # pragma: no cover  MicroPython's port for Linux gives it so
        import socket

        address = socket.sockaddr(address)
        address = (socket.inet_ntop(address[0], address[1]), address[2])
    return tuple(address[:2])


_PROPERTIES = {
    # The client's version, "1.0" or "1.1".
    "version": lambda req: "1.%d" % (req.head.version - 10),
    # The client's (address, port).
    "peer": _peer,
    # The query as a dict of str to str; of a repeated name the last wins.
    "query": lambda req: lazy.urlencoding.parse_query_string(req.head.query),
    # The client's cookies as a dict of str to str (RFC 6265 4.2).
    "cookies": lambda req: lazy.cookies.parse_cookies(header(req, b"cookie")),
}
