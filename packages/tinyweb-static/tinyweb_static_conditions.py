# Ranges, If-Match, If-Unmodified-Since and dates that differ. Lazy module: loaded by the first request with one of
# these. The conditions that browsers usually send are evaluated by tinyweb_static_sending.decide().

from tinyweb.http import HTTPException


def _before(one, other, same=False):
    # Return whether a date is before another one (or equal, if same); false if one of them is malformed.
    from tinyweb_static_dates import order

    one = order(one)
    other = order(other)
    return one and other and (one < other or same and one == other)


def _number(digits):
    # Limit the digits: int() of a thousand digits takes seconds on a board, and no file is that long.
    return int(digits.lstrip(b"0")[:15] or b"0")


def evaluate(asked, method, size, etag, date, about):
    """Evaluate all conditions of a GET or HEAD (RFC 9110 13, 14); return (status, first, end, content field lines).

    asked: {name: value} of the request's fields. Bytes first to end - 1 are sent. Raises HTTPException 412 or 416.
    """
    get = asked.get
    value = get(b"if-match")
    since = get(b"if-unmodified-since")
    if value is not None:
        # If-Match uses the strong comparison, so weak tags never match (RFC 9110 13.1.1).
        if value != b"*" and (not etag or etag not in value.replace(b"W/" + etag, b"")):
            raise HTTPException(412)
    elif since and date and since != date and _before(since, date):
        raise HTTPException(412)
    value = get(b"if-none-match")
    since = get(b"if-modified-since")
    if (
        value == b"*" or etag and etag in value
        if value
        else (since and date and value is None and (since == date or _before(date, since, True)))
    ):
        return 304, 0, 0, b""
    if method == b"GET" and get(b"if-range") in (None, etag, date):
        # Multiple and malformed ranges are ignored, so the whole file is sent (RFC 9110 14.2).
        value = get(b"range", b"")
        i = value.find(b"-")
        low = value[6:i]
        last = value[i + 1 :]
        if i > 5 and value[:6].lower() == b"bytes=" and (low + last).isdigit():
            high = _number(last) if last else size
            if low:
                low = _number(low)
            else:
                # "bytes=-N" requests the last N bytes.
                low = max(0, size - high)
                high = size
            if low <= high or not last:
                if low >= size:
                    raise HTTPException(416, None, {"Content-Range": "bytes */%d" % size})
                high = min(high + 1, size)
                return 206, low, high, about + b"Content-Range: bytes %d-%d/%d\r\n" % (low, high - 1, size)
    return 200, 0, size, about
