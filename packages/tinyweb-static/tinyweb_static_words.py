# The words of files, as pure functions: media types, dates, and what a request wants of a file (RFC 9110 13, 14).

import time

from tinyweb.http import HTTPException

# Suffix (lower case, without its dot) -> media type, for what _TYPES lacks.
mime_types = {}

# One text instead of a dict of small objects, which would take 2 KB. The commonest stand first: it is searched. What is
# not found is what the first one says. "a/" is short for "application/".
_TYPES = (
    b"a/octet-stream html:text/html js:text/javascript css:text/css svg:image/svg+xml png:image/png json:a/json"
    b" ico:image/x-icon jpg:image/jpeg webp:image/webp woff2:font/woff2 gif:image/gif avif:image/avif"
    b" mjs:text/javascript map:a/json webmanifest:a/manifest+json txt:text/plain csv:text/csv xml:a/xml mp3:audio/mpeg"
    b" mp4:video/mp4 wasm:a/wasm pdf:a/pdf "
)

_DAYS = b"MonTueWedThuFriSatSun"
_MONTHS = b"JanFebMarAprMayJunJulAugSepOctNovDec"


def kind(name):
    """Give the media type of a file by its suffix."""
    s = name[name.rfind(".") + 1 :].lower()
    if s in mime_types:
        return mime_types[s].encode()
    s = b" %s:" % s.encode()
    i = _TYPES.find(s)
    i = i + len(s) if i > 0 else 0
    s = _TYPES[i : _TYPES.find(b" ", i)].replace(b"a/", b"application/")
    return s + b"; charset=utf-8" if s[:4] == b"text" else s


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
    """Tell whether an Accept-Encoding takes gzip: with a weight of 0 it does not (RFC 9110 12.5.3)."""
    i = accept.find(b"gzip") + 4
    weight = accept[i:].split(b",")[0].strip()
    return i > 3 and (not weight or weight.strip(b"; \tqQ=0."))


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
    method = resp._req._head[0]
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
                i = int(last or size)
                if low:
                    low = int(low)
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
    resp.headers.pop("Content-Type", 0)
    resp.lines = b"%sCache-Control: max-age=%d\r\n%s" % (meta, age, lines)
    end -= first
    return path, first, end if method != b"HEAD" else 0, end
