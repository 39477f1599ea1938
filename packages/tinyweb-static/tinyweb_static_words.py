# The words of files, as pure functions: media types, dates, and what a request wants of a file (RFC 9110 13, 14).

import time

from tinyweb.http import HTTPException

# Suffix (lower case, without its dot) -> media type, for what _TYPES lacks.
mime_types = {}

# One text instead of a dict of small objects, which would take 6 KB: a type and its suffixes, the commonest first, as
# it is searched. "a/" is short for "application/".
_TYPES = (
    b"|text/html html htm shtml |text/javascript js mjs cjs |text/css css |image/svg+xml svg |image/png png"
    b" |a/json json map |image/x-icon ico cur |image/jpeg jpg jpeg jpe jfif |image/webp webp |font/woff2 woff2"
    b" |image/gif gif |image/avif avif |a/manifest+json webmanifest |text/csv csv |a/xml xml xsl xsd rss atom"
    b" |a/wasm wasm |a/pdf pdf |text/plain txt text log ini cfg conf toml yaml yml py c h sh |text/markdown md"
    b" |a/xhtml+xml xhtml xht |font/ttf ttf |font/otf otf |font/woff woff |image/bmp bmp |image/apng apng"
    b" |text/vtt vtt |audio/mpeg mp3 |audio/wav wav |audio/ogg ogg oga opus |audio/mp4 m4a |audio/aac aac"
    b" |audio/flac flac |audio/webm weba |video/mp4 mp4 m4v |video/webm webm |video/ogg ogv "
)

_DAYS = b"MonTueWedThuFriSatSun"
_MONTHS = b"JanFebMarAprMayJunJulAugSepOctNovDec"


def kind(name):
    """Return the media type of a file by its name; see coded()."""
    return coded(name)[0]


def drop(headers, name):
    """Drop a header field, in whatever case the program has set it."""
    for other in list(headers):
        if str(other).lower() == name:
            del headers[other]


def coded(name, encoding=None, media=None, headers=()):
    """Return (media type, coding) of a file: what is given of them, else by its name, in any case.

    A type that is given goes before one in headers, the program's. Raises ValueError for a control character.
    What is coded has the type of what it holds: x.html.gz and, with an encoding, x.html.br that of x.html. A .gz whose
    inside has no known type, such as x.tar.gz, is a file of its own.
    """
    if min((media or "x") + (encoding or "x")) < " ":
        raise ValueError(media)
    if media:
        drop(headers, "content-type")
        return media.encode(), encoding
    name = name[name.rfind("/") + 1 :].lower()
    i = name.rfind(".")
    media = _media(name, i)
    if not media and (encoding or name[i:] in (".gz", ".svgz")):
        name = name[:-1] if name[i:] == ".svgz" else name[: max(i, 0)]
        media = _media(name, name.rfind("."))
        if media:
            encoding = encoding or "gzip"
    return media or b"application/octet-stream", encoding


def _media(name, i):
    # By the suffix behind an index; b"" where it is not known.
    s = name[i + 1 :] if i >= 0 else ""
    if s in mime_types:
        return mime_types[s].encode()
    i = -1 if " " in s else _TYPES.find(b" %s " % s.encode())
    if i < 0:
        return b""
    i = _TYPES.rfind(b"|", 0, i) + 1
    s = _TYPES[i : _TYPES.find(b" ", i)].replace(b"a/", b"application/")
    return s + b"; charset=utf-8" if s[:4] == b"text" else s


def hidden(path):
    """Tell whether a path (str, decoded) below a folder's URL is never served, whatever is there.

    These are "..", dot files, empty segments, what another system takes for a slash or for the end of a name, and what
    FAT takes for another name: one that ends in a dot or a space, and the short name that it gives to a long one, such
    as "~1.GIT" for ".git".
    """
    path = b"/" + path.encode()
    if path[-1] != 47:
        path += b"/"
    if b"/." in path or b"./" in path or b" /" in path or b"//" in path or b"\\" in path or min(path) < 32:
        return True
    i = path.find(b"~") + 1
    while i:
        # A number, or, where many names are alike, a checksum in hex; behind it the name ends.
        end = i
        while path[end] in b"0123456789ABCDEFabcdef":
            end += 1
        if 48 <= path[i] < 58 or end - i > 2 and path[end] in b"./":
            return True
        i = path.find(b"~", i) + 1
    return False


def date(t):
    """Give a time as RFC 9110 5.6.7 writes it; b"" for one of a clock that nobody had set."""
    t = time.gmtime(t)
    i = t[6] * 3
    j = t[1] * 3
    if t[0] < 2001:
        return b""
    t = (_DAYS[i : i + 3], t[2], _MONTHS[j - 3 : j], t[0]) + t[3:6]
    return b"%s, %02d %s %d %02d:%02d:%02d GMT" % t


def _before(one, other, same=False):
    # Whether a date is before another one, or the same; what is no date never is.
    from tinyweb_static_dates import order

    one = order(one)
    other = order(other)
    return one and other and (one < other or same and one == other)


def fields(raw):
    """Give the fields of a head that may matter here, in one pass.

    These are the ones whose names are as long as range, if-range and if-match, if-none-match, accept-encoding,
    if-modified-since, if-unmodified-since. Repeated ones are one list (RFC 9110 5.3).
    """
    found = {}
    i = raw.find(b"\n") + 1
    while True:
        end = raw.find(b"\r", i)
        if end <= i:
            return found
        colon = raw.find(b":", i)
        if colon - i in (5, 8, 13, 15, 17, 19):
            name = raw[i:colon].lower()
            value = raw[colon + 1 : end].strip()
            found[name] = found[name] + b"," + value if name in found else value
        i = end + 2


def takes_gzip(accept):
    """Tell whether an Accept-Encoding takes gzip: by name, or by "*" where it has no name; not with a weight of 0.

    RFC 9110 12.5.3; x-gzip is the same (8.4.1.3).
    """
    accept = accept.lower()
    named = other = None
    i = 0
    while i < len(accept):
        end = accept.find(b",", i)
        if end < 0:
            end = len(accept)
        if end > i:
            name = accept[i:end].split(b";", 2)
            takes = len(name) == 1 or name[1].strip(b" \tq=0.")
            name = name[0].strip()
            if name == b"*":
                other = takes
            elif name == b"gzip" or name == b"x-gzip":
                named = named or takes
        i = end + 1
    return other if named is None else named


def _number(digits):
    # int() of a thousand digits takes seconds on a board; no file has so many bytes.
    return int(digits.lstrip(b"0")[:15] or b"0")


def about(media, encoding, day):
    """Give the lines of the head that are about a body."""
    meta = b"Accept-Ranges: bytes\r\nContent-Type: %s\r\n" % media
    if encoding:
        meta += b"Content-Encoding: %s\r\n" % encoding.encode()
    if day:
        meta += b"Last-Modified: %s\r\n" % day
    return meta


def decide(resp, fields, age, lines, path, size, etag, date, meta):
    """Hold a file against a request's fields, and set the answer's code and lines (RFC 9110 13, 14).

    lines and meta belong into the head; a 304 goes without meta, which is about a body. Gives (path, first, count,
    length): what is to be sent, and the Content-Length, which a HEAD gets without the bytes. Raises HTTPException 412
    or 416. A program's own code, such as 404 for a page that says so, stays.
    """
    first = 0
    end = size
    method = resp._req.head.method
    if resp.code == 200 and method in (b"GET", b"HEAD"):
        get = fields.get
        value = get(b"if-match")
        since = get(b"if-unmodified-since")
        if value is not None:
            # A weak tag matches nothing (RFC 9110 13.1.1).
            if value != b"*" and (not etag or etag not in value.replace(b"W/" + etag, b"")):
                raise HTTPException(412)
        elif since and date and since != date and _before(since, date):
            raise HTTPException(412)
        value = get(b"if-none-match")
        since = get(b"if-modified-since")
        if value == b"*" or etag and etag in value if value else (
            since and date and value is None and (since == date or _before(date, since, True))
        ):
            resp.code = 304
            end = 0
            meta = b""
        elif method == b"GET" and get(b"if-range") in (None, etag, date):
            # Several ranges, and what is malformed, are ignored.
            value = get(b"range", b"")
            i = value.find(b"-")
            low = value[6:i]
            last = value[i + 1 :]
            if i > 5 and value[:6].lower() == b"bytes=" and (low + last).isdigit():
                i = _number(last) if last else size
                if low:
                    low = _number(low)
                else:
                    low = max(0, size - i)
                    i = size
                if low <= i or not last:
                    if low >= size:
                        raise HTTPException(416, None, {"Content-Range": "bytes */%d" % size})
                    first = low
                    end = min(i + 1, size)
                    resp.code = 206
                    meta += b"Content-Range: bytes %d-%d/%d\r\n" % (first, end - 1, size)
    if etag:
        lines += b"ETag: %s\r\n" % etag
    drop(resp.headers, "content-length")
    resp.extra_lines = b"%sCache-Control: max-age=%d\r\n%s" % (meta, age, lines)
    end -= first
    return path, first, end if method != b"HEAD" else 0, end
