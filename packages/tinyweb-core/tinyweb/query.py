# Percent and query decoding (RFC 3986 2.1, and what browsers make of forms), and other words of HTTP that most requests
# do without: loaded when the first is needed.

from .extension import room
from .http import HTTPException, check_host

HEX = b"0123456789ABCDEFabcdef"


def field(raw, name):
    """Give the value of the first field called name (bytes, lower case) in a parsed head, None if it is not there."""
    n = len(name)
    i = raw.find(b"\n") + 1
    while len(raw) - i > n:
        if raw[i + n] == 58 and raw[i : i + n].lower() == name:
            # strip() alone would look at every byte.
            return raw[i + n + 1 : raw.find(b"\r", i)].lstrip(b" \t").rstrip(b" \t")
        i = raw.find(b"\n", i) + 1
    return None


def kind(head):
    """Give the media type of a request's body, of its head as a list: bytes, lower case, b"" if it says none."""
    if head[14] is None:
        head[14] = (field(head[8], b"content-type") or b"").split(b";", 1)[0].rstrip().lower()
    return head[14]


def other_form(method, target, host, tls):
    """Give (target, host) for a target that is no path: absolute-form or asterisk-form; host is that of Host, or None.

    The authority of the absolute-form overrules Host (RFC 9112 3.2.2). https is for a
    server with a certificate (RFC 9110 7.4). Raises HTTPException 400 for anything else.
    """
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


def check_coding(coding):
    """Check a transfer coding other than b",chunked" (RFC 9112 6.1, 6.3); raises HTTPException 400 or 501."""
    coding = [t.strip(b" \t") for t in coding.split(b",", 33)]
    # Empty elements are legal, in a reasonable number (RFC 9110 5.6.1.2).
    if len(coding) > 33:
        raise HTTPException(400)
    coding = [t for t in coding if t]
    if coding.count(b"chunked") != 1 or coding[-1] != b"chunked":
        raise HTTPException(400)
    if len(coding) > 1:
        raise HTTPException(501)


def unquote(data):
    """Undo percent-encoding in bytes, once (RFC 3986 2.1); a '%' without two hex digits stays as it is."""
    i = data.find(b"%")
    if i < 0:
        return data
    out = bytearray()
    start = 0
    # No list of all parts: a short text of many escapes would take hundreds of objects.
    while i >= 0:
        c = escaped(data, i)
        if c >= 0:
            if start < i:
                out.extend(data[start:i])
            out.append(c)
            i = start = i + 3
        else:
            i += 1
        i = data.find(b"%", i)
    out.extend(data[start:])
    return bytes(out)


def escaped(data, i):
    """Return the byte that an escape at an index stands for, -1 for a "%" without two hex digits. Allocates nothing."""
    if i + 2 < len(data):
        high = data[i + 1]
        low = data[i + 2]
        if high in HEX and low in HEX:
            return (high & 15) + (high >> 6) * 9 << 4 | (low & 15) + (low >> 6) * 9
    return -1


def text(data):
    """Decode bytes as UTF-8; raises HTTPException 400 where they are none."""
    try:
        return data.decode()
    except UnicodeError:
        raise HTTPException(400)


def urldecode_plus(s):
    """Decode one name or value of a form or query (str or bytes): '+' is a space, %XX a byte of UTF-8. Gives str."""
    if isinstance(s, str):
        s = s.encode()
    return text(unquote(s.replace(b"+", b" ")))


def query_pairs(s, most=64):
    """Walk a query or form (str or bytes): gives (name, value) pairs of str in order, '' for a missing value.

    Raises HTTPException 400 for what is no UTF-8, and for more than this many pairs, empty ones included: each takes
    far more heap than on the wire.
    """
    if isinstance(s, str):
        s = s.encode()
    if s.count(b"&") >= most:
        raise HTTPException(400, "Too many names and values")
    s = s.replace(b"+", b" ")
    i = 0
    try:
        while i < len(s):
            # No list of all pairs: a long value would be there twice.
            end = s.find(b"&", i)
            if end < 0:
                end = len(s)
            if end > i:
                n = s.find(b"=", i, end)
                if n < 0:
                    n = end
                name = s[i:n]
                value = s[n + 1 : end]
                # A call of unquote() costs more than a search.
                if b"%" in name:
                    name = unquote(name)
                if b"%" in value:
                    value = unquote(value)
                yield name.decode(), value.decode()
            i = end + 1
    except UnicodeError:
        raise HTTPException(400)


def parse_query_string(s, most=64):
    """Decode a query or form into a dict of str to str; of a repeated name the last one wins. See query_pairs()."""
    return dict(query_pairs(s, most))


def __getattr__(name):
    # Where the core is one .mpy file, these two are loaded here for a program that names them without an import.
    if name == "http" or name == "server":
        return room(name)
    raise AttributeError(name)
