# HTTP as pure functions on bytes: no socket, no asyncio.
#
# CONTRACT. A whole head, from the first byte of its request line to the empty line, becomes a Head. What most clients
# send is parsed here, by plain_head(); every other head, and every error, is left to http_rare.parse_head(), which
# knows the whole grammar. A head that is accepted here is accepted there, with the same result.
#
# Grammar: RFC 9110 5.6.2 (token), RFC 9112 3 (request line), 5 (fields), 6 (framing).

from .lazy import lazy


class HTTPException(Exception):
    """End a request with a status: code, a message for people (str or None), extra header fields (dict or None)."""

    # Of a path without a route: what an automatic OPTIONS needs, and the route whose error= makes the body.
    routes = near = None

    def __init__(self, code=400, message=None, headers=None):
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.headers = headers


class Head:
    """One request's head, as it was parsed; the server adds error, route and params."""

    method = path = query = host = b""
    raw = b""  # its bytes; empty when the request is over and another head has come
    version = 11  # 10 or 11
    keep_alive = False  # whether the connection is kept after the response
    content_length = 0  # of the body in bytes, 0 without one, -1 for a chunked one
    expect_continue = False
    plain = False  # whether it is of HTTP/1.1, and not HEAD
    _odd = False  # whether plain_head() has refused it
    end = 0  # len(raw)
    error = None  # the HTTPException that it is
    route = None
    params = ()
    media_type = None  # of the body, once it is asked for, see body.kind()


# bytes.strip(SET) is empty if all bytes are in SET: the cheapest test of an alphabet that MicroPython has, as it runs
# in C. The most frequent bytes stand first, as SET is searched from the left.
_NAME = b"etaonicsrdplhugm0123456789.-fybvkwxqzjAEIOUCDHSRTLMNPFGBWVKXYQZJ_!$%&'*+~"
_TOKEN = _NAME + b"#^`|"

# The fields that frame and route a message, by the length of their name: most names of a browser have another one. A
# tuple, as a dict would lie in the heap where the core is frozen.
# fmt: off
_FRAMING = (
    0, 0, 0, 0, b"host", 0, b"expect", 0, 0, 0, b"connection", 0, 0, 0, b"content-length", 0, 0, b"transfer-encoding",
)
# fmt: on

_HTML = b"Content-Type: text/html; charset=utf-8\r\n"
_TEXT = b"Content-Type: text/plain; charset=utf-8\r\n"


def plain_head(raw, max_line, max_fields, copy=None):
    """Return the Head of a request with HTTP/1.1, one Host and no odd field, None for any other.

    raw: one whole head (bytes or bytearray). There is no list of its lines: it would take 1 KB of a heap that is full.
    copy: a Head that this function has returned for the same bytes from the first CR LF on, None if there is none.
    """
    end = raw.find(b"\n")
    line = bytes(raw[:end]).split(b" ", 3)
    if len(line) != 3 or end >= max_line:
        return None
    method, target, version = line
    i = target.find(b"?")
    path = target if i < 0 else target[:i]
    if version != b"HTTP/1.1\r" or path[:1] != b"/" or b"#" in target or not method.isalpha():
        return None
    if min(target) < 33 or max(target) > 126:
        return None
    head = Head()
    head.raw = raw
    head.end = len(raw)
    head.plain = method != b"HEAD"
    head.method = method
    head.path = lazy.urlencoding.normal(path) if b"%" in path else path
    if i >= 0:
        head.query = target[i + 1 :]
    if copy:
        head.host = copy.host
        head.keep_alive = copy.keep_alive
        head.content_length = copy.content_length
        return head
    # All CR but those of the request line and of the empty line are at the end of a field.
    fields = raw.count(b"\r") - 2
    if fields > max_fields or raw.find(b"\0") >= 0:
        return None
    head.keep_alive = True
    head.content_length = 0
    host = length = None
    last = head.end - 2
    start = end + 1
    while start < last:
        fields -= 1
        colon = raw.find(b":", start)
        end = raw.find(b"\n", start)
        name = raw[start:colon]
        # A fold, a space before the colon and an empty name all fail here (RFC 9112 5.1, 5.2).
        if not start < colon < end or raw[end - 1] != 13 or name.strip(_TOKEN):
            return None
        n = colon - start
        start = end + 1
        if n > 17 or not _FRAMING[n] or name.lower() != _FRAMING[n]:
            continue
        if end - colon > 255:
            return None
        value = bytes(raw[colon + 1 : end - 1]).strip(b" \t")
        if n == 4:
            i = value.find(b":")
            name = value if i < 0 else value[:i]
            if host or not name or name.strip(_NAME) or i >= 0 and not value[i + 1 :].isdigit():
                return None
            head.host = host = value
        elif n == 10:
            value = value.lower()
            if value == b"close":
                head.keep_alive = False
            elif value not in b"keep-alive, upgrade":
                return None  # any part of these words means the same: the connection is kept
        elif n == 14 and length is None and value.isdigit() and len(value) < 10:
            head.content_length = length = int(value)
        else:
            return None
    return head if host and not fields and start == last and raw[last] == 13 else None


def __getattr__(name):
    # Names for extensions and for programs of 1.x that few programs need. What requests may ask for again and again is
    # found here, the rest by urlencoding.__getattr__().
    if name in ("field", "kind"):
        return getattr(lazy.body, name)
    return getattr(lazy.results if name == "to_json" else lazy.urlencoding, name)
