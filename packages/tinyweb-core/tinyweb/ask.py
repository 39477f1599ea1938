# What a handler may ask of a request: req.NAME is NAME(req) of this module, or its method.

from .extension import lend, room

# Where these stand in a head, see Engine._memo. host is the one that the client named, with its port if it named one
# (RFC 9110 7.2): bytes. route is what add_route() was given; None where the path has no route.
_HEAD = {"method": 0, "path": 1, "query_string": 2, "host": 4, "route": 11}


def ask(req, name):
    """Give a request's attribute: a value of its head (bytes, not decoded), a property or a method."""
    if name == "headers":
        req.headers = _saved(req)
        return req.headers
    if name in _HEAD:
        return req._head[_HEAD[name]]
    if name in _PROPERTIES:
        return _PROPERTIES[name](req)
    if name in ("read", "readinto", "body"):
        f = getattr(room("body"), name)
    elif name in ("read_parse_form_data", "json"):
        f = room("form")
        f = f.read_json if name == "json" else f.read_parse_form_data
    elif name in ("header", "query_list"):
        f = header if name == "header" else query_list
    else:
        raise AttributeError("'request' object has no attribute '%s'" % name)
    lend(type(req), name, f)
    return getattr(req, name)


def header(req, name):
    """Give a field's value as bytes, None if the client did not send it; saved by save_headers or not."""
    if isinstance(name, str):
        name = name.encode()
    return room("query").field(req._head[8], name.lower())


def _saved(req):
    # The fields that the route's save_headers names.
    out = {}
    route = req._head[11]
    for name in route[2] if route else ():
        value = header(req, name)
        if value is not None:
            out[name] = value
    return out


def query_list(req, name):
    """Give all values of a name in the query, in order."""
    return [v for k, v in room("query").query_pairs(req._head[2]) if k == name]


def _peer(req):
    # Ports name an address in their own ways.
    address = req._c.address
    if isinstance(address, (bytes, bytearray)):  # pragma: no cover  MicroPython's port for Linux gives it so
        import socket

        address = socket.sockaddr(address)
        address = (socket.inet_ntop(address[0], address[1]), address[2])
    return tuple(address[:2])


def _cookies(req):
    return room("form").cookies(header(req, b"cookie"))


_PROPERTIES = {
    # The client's version, "1.0" or "1.1".
    "version": lambda req: "1.%d" % (req._head[3] - 10),
    # The client's (address, port).
    "peer": _peer,
    # The query as a dict of str to str; of a repeated name the last wins.
    "query": lambda req: room("query").parse_query_string(req._head[2]),
    # The client's cookies as a dict of str to str (RFC 6265 4.2).
    "cookies": _cookies,
}
