# What a handler may ask of a request: req.NAME is NAME(req) of this module, or its method.

from .connection import peer_name
from .http import field
from .query import parse_query_string, query_pairs

_HEAD = ("method", "path", "query_string")


def ask(req, name):
    """Give a request's attribute: a value of its head (bytes, not decoded), a property or a method."""
    if name == "headers":
        req.headers = {}
        return req.headers
    if name in _HEAD:
        return req._head[_HEAD.index(name)]
    if name in ("read", "readinto", "body"):
        from . import body as room

        f = getattr(room, name)
    elif name == "read_parse_form_data":
        from .form import read_parse_form_data as f
    elif name in _PROPERTIES:
        return _PROPERTIES[name](req)
    elif name in ("header", "query_list"):
        f = header if name == "header" else query_list
    else:
        raise AttributeError(name)
    return lambda *args: f(req, *args)


def header(req, name):
    """Give a field's value as bytes, None if the client did not send it; saved by save_headers or not."""
    if isinstance(name, str):
        name = name.encode()
    return field(req._raw, name.lower())


def save(req, names):
    """Keep the fields of these names in req.headers."""
    for name in names:
        value = field(req._raw, name.lower())
        if value is not None:
            req.headers[name] = value


def query_list(req, name):
    """Give all values of a name in the query, in order."""
    return [v for k, v in query_pairs(req._head[2]) if k == name]


def _cookies(req):
    from .form import cookies

    return cookies(header(req, b"cookie"))


_PROPERTIES = {
    # The client's version, "1.0" or "1.1".
    "version": lambda req: "1.%d" % (req._head[3] - 10),
    # The host that the client named, with its port if it named one (RFC 9110 7.2): bytes.
    "host": lambda req: req._head[4],
    # The client's (address, port).
    "peer": lambda req: peer_name(req._c.address),
    # The query as a dict of str to str; of a repeated name the last wins.
    "query": lambda req: parse_query_string(req._head[2]),
    # The client's cookies as a dict of str to str (RFC 6265 4.2).
    "cookies": _cookies,
}
