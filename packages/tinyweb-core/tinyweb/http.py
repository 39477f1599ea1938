# HTTP's words, as pure functions on bytes: no socket, no asyncio, nothing of ours.
#
# CONTRACT. parse_head(raw) takes one whole head, from the first byte of its request line to the empty line, and
# gives a tuple (see there) or raises HTTPException with the status that RFC 9110 and RFC 9112 ask for. It never
# sees half a head: head_end() says where one ends, -1 while it has not all come. The rule for every doubt is the
# strict one: what two servers could read in two ways is 400, because that is how requests are smuggled
# (RFC 9112 11.2).
#
# Grammar: RFC 9110 5.6.2 (token), RFC 9112 3 (request line), 5 (fields), 6 (framing).


class HTTPException(Exception):
    """Ends a request with a status: code, a message for people (str or None), extra fields (dict or None)."""

    def __init__(self, code=400, message=None, headers=None):
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.headers = headers
        self.routes = self.near = None  # see Router.find()


# bytes.strip(SET) empties what is made of SET only: the cheapest test of an alphabet that MicroPython has, since it
# runs in C. The commonest bytes stand first, as the search is from the left.
_NAME = b"etaonicsrdplhugm0123456789.-fybvkwxqzjAEIOUCDHSRTLMNPFGBWVKXYQZJ_!$%&'*+~"
_TOKEN = _NAME + b"#^`|"
_HOST = _NAME + b":[]"

# The fields that frame and route a message. The key is the name's length: most names of a browser have another.
_FRAMING = {4: b"host", 6: b"expect", 10: b"connection", 14: b"content-length", 17: b"transfer-encoding"}

_HTML = b"Content-Type: text/html; charset=utf-8\r\n"
_TEXT = b"Content-Type: text/plain; charset=utf-8\r\n"

# Methods that are known; another one is 501 unless a route takes it (RFC 9110 9.1).
METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH")


def head_end(buf, n, max_line):
    """Find the end of the head in the first n bytes of a bytearray.

    Gives the index behind its empty line, or -1 while more must come. Raises 400 for a line that ends in a bare LF
    (it would never be found) and 414 for a request line longer than max_line bytes.
    """
    end = buf.find(b"\r\n\r\n", 0, n) + 4
    if end == 3:
        i = buf.find(b"\n", 0, n)
        if i == 0 or i > 0 and buf[i - 1] != 13:
            raise HTTPException(400)
        if (n if i < 0 else i) > max_line:
            raise HTTPException(414)
        return -1
    return end


def check_host(host):
    """Give a host as it is; raises HTTPException 400 where it is none (RFC 3986 3.2.2), or its port no number."""
    i = host.find(b"]")
    name, port = (host[i + 1 :] + b":").split(b":", 1)  # an ESP8266 has no partition()
    # Brackets stand around all of an address, or not at all.
    if host.strip(_HOST) or port[:-1].strip(b"0123456789") or host.rfind(b"[") != min(i, 0) or i > 0 and name:
        raise HTTPException(400)
    return host


def parse_head(raw, max_line, max_fields, tls=None):
    """Parse one whole head (bytes) (RFC 9112 2 to 6).

    Return (method, path, query, version, host, keep, length, expect): query still encoded, path too but for the
    escapes that need not be (see paths.normal()), version 10 or 11, host b"" if there is none (1.0), keep whether the
    client wants the connection kept, length the body's (-1 chunked, 0 none), expect whether it waits for 100
    (Continue). tls: whether a target in absolute-form may be https.
    Raises HTTPException 400, 413, 414, 417, 431, 501 or 505.
    """
    lines = raw.split(b"\n", max_fields + 2)
    # Behind the last field stand the empty line (b"\r") and what follows it (b"").
    last = len(lines) - 2
    if lines[last] != b"\r":
        raise HTTPException(431)
    if raw.find(b"\0") >= 0 or raw.count(b"\r") != last + 1:
        raise HTTPException(400)
    if len(lines[0]) > max_line:
        raise HTTPException(414)
    line = lines[0].split(b" ", 3)
    if len(line) != 3:
        raise HTTPException(400)
    method, target, version = line
    if version == b"HTTP/1.1\r":
        version = 11
    elif version == b"HTTP/1.0\r":
        version = 10
    elif len(version) == 9 and version[:5] == b"HTTP/" and (version[5:6] + version[7:8]).isdigit() and version[6] == 46:
        if version[5] != 49 or version[8] != 13:
            raise HTTPException(505)
        version = 11  # a higher 1.x is answered as 1.1 (RFC 9110 2.5)
    else:
        raise HTTPException(400)
    if not method or not target or method.strip(_TOKEN) or min(target) < 33 or max(target) > 126 or b"#" in target:
        raise HTTPException(400)

    coding = tokens = b""
    host = length = None
    expect = False
    for i in range(1, last):
        line = lines[i]
        colon = line.find(b":")
        name = line[:colon]
        # A fold, a space before the colon and an empty name all fail here (RFC 9112 5.1, 5.2).
        if colon < 1 or line[-1] != 13 or name.strip(_TOKEN):
            raise HTTPException(400)
        name = colon in _FRAMING and name.lower()
        if not name or name != _FRAMING[colon]:
            continue
        if len(line) > 512:
            raise HTTPException(400)  # no client means it, and each copy of it takes heap
        value = line[colon + 1 : -1].strip(b" \t")
        if colon == 4:
            # One Host only, and it names a host (RFC 9112 3.2).
            if host is not None:
                raise HTTPException(400)
            host = check_host(value)
        elif colon == 10:
            tokens += b"," + value.lower()
        elif colon == 14:
            if not value.isdigit() or length is not None and length != int(value):
                raise HTTPException(400)
            if len(value) > 15:
                raise HTTPException(413)
            length = int(value)
        elif colon == 17:
            coding += b"," + value.lower()
        elif value.lower() == b"100-continue":
            expect = version == 11  # a 1.0 client cannot mean it (RFC 9110 10.1.1)
        else:
            raise HTTPException(417)

    if coding:
        # With a length too, or from a 1.0 client, somebody before us may have framed it otherwise (RFC 9112 6.1).
        if length is not None or version == 10:
            raise HTTPException(400)
        if coding != b",chunked":
            from .query import check_coding

            check_coding(coding)
        length = -1
    if host is None and version == 11:
        raise HTTPException(400)
    if target[0] != 47:
        from .query import other_form

        target, host = other_form(method, target, host, tls)
    keep = version == 11
    if tokens:
        # Empty elements are legal, in a reasonable number (RFC 9110 5.6.1.2).
        tokens = [t.strip(b" \t") for t in tokens.split(b",", 33)]
        if len(tokens) > 33:
            raise HTTPException(400)
        keep = b"close" not in tokens and (keep or b"keep-alive" in tokens)
    i = target.find(b"?")
    if i < 0:
        i = len(target)
    path = target[:i]
    if b"%" in path:
        from .paths import normal

        path = normal(path)
    return method, path, target[i + 1 :], version, host or b"", keep, length or 0, expect


def __getattr__(name):
    # Percent and query decoding stands in query.py: most requests need none of it.
    from .extension import room

    return getattr(room("results" if name == "dumps" else "query"), name)
