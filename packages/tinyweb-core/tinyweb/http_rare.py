# Heads that few clients send, and every head that is an error: the whole grammar of RFC 9112. Loaded with the first.

from .http import _FRAMING, _NAME, _TOKEN, Head, HTTPException, plain_head
from .lazy import lazy

_HOST = _NAME + b":[]"


def check_host(host):
    """Return a host as it is; raises HTTPException 400 if it is malformed (RFC 3986 3.2.2), or its port no number."""
    i = host.find(b"]")
    name, port = (host[i + 1 :] + b":").split(b":", 1)  # an ESP8266 has no partition()
    # Brackets stand around all of an address, or not at all.
    if host.strip(_HOST) or port[:-1].strip(b"0123456789") or host.rfind(b"[") != min(i, 0) or i > 0 and name:
        raise HTTPException(400)
    return host


def read(app, raw):
    """Return the Head of the bytes of one whole head, or one with the error that it is."""
    try:
        if len(raw) > app.max_head:
            raise HTTPException(431)
        return parse_head(raw, app.max_line, app.max_fields, app.tls)
    except HTTPException as e:
        head = Head()
        head.error = e
        return head


def parse_any(raw, max_line, max_fields, tls=None):
    """Parse one whole head as the server does; see parse_head()."""
    return plain_head(raw, max_line, max_fields) or parse_head(raw, max_line, max_fields, tls)


def parse_head(raw, max_line, max_fields, tls=None):
    """Parse one whole head, whatever it is (RFC 9112 2 to 6); return a Head.

    Its query is still encoded, its path too but for the escapes that need not be (see urlencoding.normal()), its host
    b"" if there is none (1.0). tls: whether a target in absolute-form may be https. Where two servers could read a head
    in two ways it is 400, because that is how requests are smuggled (RFC 9112 11.2).
    Raises HTTPException 400, 413, 414, 417, 431, 501 or 505.
    """
    place = raw
    raw = bytes(raw)
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
    version = _version(version)
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
        if colon > 17 or not _FRAMING[colon] or name.lower() != _FRAMING[colon]:
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
            _check_coding(coding)
        length = -1
    if host is None and version == 11:
        raise HTTPException(400)
    if target[0] != 47:
        target, host = _other_form(method, target, host, tls)
    keep = version == 11
    if tokens:
        # Empty elements are legal, in a reasonable number (RFC 9110 5.6.1.2).
        tokens = [t.strip(b" \t") for t in tokens.split(b",", 33)]
        if len(tokens) > 33:
            raise HTTPException(400)
        keep = b"close" not in tokens and (keep or b"keep-alive" in tokens)
    head = Head()
    head.raw = place
    head._odd = True
    head.end = len(raw)
    head.plain = version > 10 and method != b"HEAD"
    head.method = method
    head.version = version
    head.host = host or b""
    head.keep_alive = keep
    head.content_length = length or 0
    head.expect_continue = expect
    _set_target(head, target)
    return head


def _version(word):
    # Return 10 or 11 for the last word of a request line (RFC 9112 2.3); raises HTTPException 400 or 505.
    if word == b"HTTP/1.1\r":
        return 11
    if word == b"HTTP/1.0\r":
        return 10
    if len(word) != 9 or word[:5] != b"HTTP/" or not (word[5:6] + word[7:8]).isdigit() or word[6] != 46:
        raise HTTPException(400)
    if word[5] != 49 or word[8] != 13:
        raise HTTPException(505)
    return 11  # a higher 1.x is answered as 1.1 (RFC 9110 2.5)


def _set_target(head, target):
    i = target.find(b"?")
    if i >= 0:
        head.query = target[i + 1 :]
        target = target[:i]
    head.path = lazy.urlencoding.normal(target) if b"%" in target else target


def _other_form(method, target, host, tls):
    # Return (target, host) for a target that is no path: absolute-form or asterisk-form; host is that of Host, or None.
    # The authority of the absolute-form overrules Host (RFC 9112 3.2.2). https is for a server with a certificate
    # (RFC 9110 7.4). Raises HTTPException 400 for anything else.
    if target != b"*" or method != b"OPTIONS":
        i = target.find(b"?")
        if i < 0:
            i = len(target)
        part = target[:i].split(b"/", 3)
        if len(part) < 3 or part[1] or part[2][:1] in b":" or part[0].lower() not in (b"http:", tls and b"https:"):
            raise HTTPException(400)
        host = check_host(part[2])
        target = b"/" + (part[3] if len(part) > 3 else b"") + target[i:]
    return target, host


def _check_coding(coding):
    # Check a transfer coding other than b",chunked" (RFC 9112 6.1, 6.3); raises HTTPException 400 or 501.
    coding = [t.strip(b" \t") for t in coding.split(b",", 33)]
    # Empty elements are legal, in a reasonable number (RFC 9110 5.6.1.2).
    if len(coding) > 33:
        raise HTTPException(400)
    coding = [t for t in coding if t]
    if coding.count(b"chunked") != 1 or coding[-1] != b"chunked":
        raise HTTPException(400)
    if len(coding) > 1:
        raise HTTPException(501)
