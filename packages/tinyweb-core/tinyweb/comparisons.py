# What a login, a form or a WebSocket compares before it trusts a request. Lazy module: for extensions.

from .lazy import lazy


def same(a, b):
    """Return whether two bytes objects are equal, in a time that does not tell where they differ; their lengths do."""
    return len(a) == len(b) and not int.from_bytes(a, "little") ^ int.from_bytes(b, "little")


def same_origin(req):
    """Return whether a request comes from a page of this server, or from no page of another one (Fetch 3.1).

    A browser names the page's origin in Origin, wherever it matters; it is compared with Host, without their default
    ports. "null", the origin of a sandbox or a file, is another one. Where Sec-Fetch-Site is sent, `same-origin` and
    `none` (typed by the user) are enough; it is not sent to plain http but on localhost. Programs that are no browser
    send neither field: True.
    """
    raw = req.head.raw
    field = lazy.body.field
    site = field(raw, b"sec-fetch-site")
    if site in (b"same-origin", b"none"):
        return True
    origin = field(raw, b"origin")
    if origin is None:
        return site is None
    origin = origin.lower()
    i = origin.find(b"://")
    port = b":443" if origin[:i] == b"https" else b":80"
    host = _without(port, req.head.host.lower())
    return i > 0 and len(host) > 0 and _without(port, origin[i + 3 :]) == host


def _without(port, host):
    return host[: -len(port)] if host.endswith(port) else host
