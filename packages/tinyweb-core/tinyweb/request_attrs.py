# Attributes and methods of a request that not every program uses. Lazy module: loaded by the first access to one of
# them.

from .lazy import bind, lazy


def get(req, name):
    """Return a request's attribute by its name: a value of the head, a property or a method.

    Values of the head are bytes, not decoded. host is the request's host with its port, if it has one (RFC 9110 7.2).
    route is the Route of the handler, None if no route matched. Raises AttributeError for an unknown name.
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
    """Return a field's value (bytes), None if the client did not send it. It need not be in save_headers."""
    if isinstance(name, str):
        name = name.encode()
    return lazy.body.field(req.head.raw, name.lower())


def _saved(req):
    # Return {name: value} of the fields listed in the route's save_headers.
    out = {}
    route = req.head.route
    for name in route.save_headers if route else ():
        value = header(req, name)
        if value is not None:
            out[name] = value
    return out


def query_list(req, name):
    """Return all values (list of str) of a name in the query, in order. Raises HTTPException 400 as query_pairs()."""
    return [v for k, v in lazy.urlencoding.query_pairs(req.head.query) if k == name]


def _peer(req):
    # Return (address, port). The form of an address differs between MicroPython's ports.
    address = req._conn.address
    if isinstance(address, (bytes, bytearray)):  # pragma: no cover  a raw sockaddr on MicroPython's port for Linux
        import socket

        address = socket.sockaddr(address)
        address = (socket.inet_ntop(address[0], address[1]), address[2])
    return tuple(address[:2])


_PROPERTIES = {
    # The client's version, "1.0" or "1.1".
    "version": lambda req: "1.%d" % (req.head.version - 10),
    # The client's (address, port).
    "peer": _peer,
    # The query as a dict of str to str; the last of repeated names wins.
    "query": lambda req: lazy.urlencoding.parse_query_string(req.head.query),
    # The client's cookies as a dict of str to str (RFC 6265 4.2).
    "cookies": lambda req: lazy.cookies.parse_cookies(header(req, b"cookie")),
}
