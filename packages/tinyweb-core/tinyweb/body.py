# Bodies that have come with their head, forms and JSON; the value of a field. Other bodies are read with long_body.py.
# Loaded with the first body.

from .http import HTTPException
from .lazy import bind, lazy
from .transport import MICROPYTHON

if MICROPYTHON:
    from json import loads
else:
    from .compat_cpython import loads


def method(req, name):
    """Return a request's method that reads its body."""
    bind(type(req), name, globals().get(name) or getattr(lazy.long_body, name))
    return getattr(req, name)


def field(raw, name):
    """Return the value of the first field called name (bytes, lower case) in a parsed head, None if there is none."""
    n = len(name)
    i = raw.find(b"\n") + 1
    while len(raw) - i > n:
        if raw[i + n] == 58 and raw[i : i + n].lower() == name:
            # strip() alone would look at every byte.
            return bytes(raw[i + n + 1 : raw.find(b"\r", i)]).lstrip(b" \t").rstrip(b" \t")
        i = raw.find(b"\n", i) + 1
    return None


def kind(head):
    """Return the media type of a request's body from its Head: bytes, lower case, b"" if it says none."""
    if head.media_type is None:
        head.media_type = (field(head.raw, b"content-type") or b"").split(b";", 1)[0].rstrip().lower()
    return head.media_type


def max_size(req):
    """Return the max_body_size of a request's route."""
    route = req.head.route
    return route.max_body_size if route else 1024


def too_long(req):
    """Raise HTTPException 413."""
    raise HTTPException(413, "The body is longer than max_body_size, %d bytes" % max_size(req))


def ready(req):
    """Return the whole body (bytes) if it has come with the head, otherwise None; raises HTTPException 413."""
    left = req._body_left
    if left > max_size(req):
        too_long(req)
    conn = req._conn
    start = conn.pos
    end = start + left
    if left > 0 and end <= conn.n and not req._chunked:
        req._body_left = 0
        conn.pos = end
        return bytes(memoryview(conn.buf)[start:end])


async def body(req):
    """Read the whole body, at most max_body_size bytes; raises HTTPException 413 above them."""
    return ready(req) or await lazy.long_body.read(req)


async def read_parse_form_data(req):
    """Read the body and decode it by its Content-Type (RFC 9110 8.3).

    Return a dict of str to str for a form, what json returns for JSON, {} for another body or none.
    Reads max_body_size bytes at most. Raises HTTPException 400 (malformed, too many pairs), 413 (too long) or 415
    (multipart, see tinyweb-multipart); EOFError if the client leaves.
    """
    if not req._body_left:
        return {}
    of = kind(req.head)
    form = of == b"application/x-www-form-urlencoded"
    if form or of[:12] == b"application/" and (of[12:] == b"json" or of[-5:] == b"+json"):
        data = ready(req) or await lazy.long_body.read(req)
        if not form:
            return decode_json(data)
        # Allow one pair for each 16 bytes of max_body_size, because a decoded pair takes about 100 bytes of heap.
        return lazy.urlencoding.parse_query_string(data, max(64, max_size(req) // 16))
    if of[:10] == b"multipart/":
        # The client's own bytes need not be UTF-8.
        raise HTTPException(415, "multipart/form-data is read by the package tinyweb-multipart")
    return {}


async def json(req):
    """Read the body and decode it as JSON, whatever its Content-Type (RFC 8259).

    Reads max_body_size bytes at most. Raises HTTPException 400 (malformed or empty) or 413 (too long); EOFError if the
    client leaves.
    """
    return decode_json(ready(req) or await lazy.long_body.read(req))


def decode_json(data):
    """Decode JSON (bytes); raises HTTPException 400 where it is malformed."""
    try:
        # It decodes UTF-8 itself.
        return loads(data)
    except (ValueError, RuntimeError):  # RuntimeError: nested too deep for CPython
        if data[:3] == b"\xef\xbb\xbf":
            return decode_json(data[3:])  # a byte order mark may be passed over (RFC 8259 8.1)
        raise HTTPException(400, "The body is not JSON" if data else "The body is empty, JSON was expected")
