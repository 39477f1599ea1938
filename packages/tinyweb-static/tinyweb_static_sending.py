# Plans and sends the response for a file.
#
# CONTRACT. decide() evaluates the request's conditions and returns a Plan: the status, the fields and the bytes to
# send. send() sends a Plan, the head and the first bytes in one write. again() returns the last Plan if it still holds.

import os
import time
from collections import namedtuple

# source: a path, or the content as a bytes-like object, of which the bytes from first on are sent, as many as count.
# path, size, mtime: what os.stat() has to say for the Plan to hold once more; path is None if it must not.
Plan = namedtuple("Plan", "code lines source first count path size mtime")

# The last Plan: (the request's Head, key, the Plan, a list with the response's head as bytes). A browser that polls
# sends the same head again and again, and the core passes the same object for it: then one os.stat() says whether the
# Plan still holds. key: the arguments of send_file(), or what stands for a folder.
_memo = (None,) * 4


def stat_of(path, kind=8):
    """Return what os.stat() says of a file, or of a folder (kind 4); None if there is none."""
    try:
        st = os.stat(path)
        return st if st[0] >> 12 == kind else None
    except (OSError, ValueError):
        return None


def http_date(seconds):
    """Return a time as an HTTP date (RFC 9110 5.6.7), b"" for a time before 2001: nobody had set the clock."""
    t = time.gmtime(seconds)
    if t[0] < 2001:
        return b""
    day = b"MonTueWedThuFriSatSun"[t[6] * 3 :][:3]
    month = b"JanFebMarAprMayJunJulAugSepOctNovDec"[t[1] * 3 - 3 :][:3]
    return b"%s, %02d %s %d %02d:%02d:%02d GMT" % ((day, t[2], month, t[0]) + t[3:6])


def fields(resp):
    """Return {name: value} of the fields in a response's request that may be conditions, in one pass.

    These are the names as long as range, if-range and if-match, if-none-match, accept-encoding, if-modified-since,
    if-unmodified-since. Repeated fields are one list (RFC 9110 5.3).
    """
    raw = resp.req.head.raw
    found = {}
    start = raw.find(b"\n") + 1
    while True:
        end = raw.find(b"\r", start)
        if end <= start:
            return found
        colon = raw.find(b":", start)
        if colon - start in (5, 8, 13, 15, 17, 19):
            name = bytes(raw[start:colon]).lower()
            value = bytes(raw[colon + 1 : end]).strip()
            found[name] = found[name] + b"," + value if name in found else value
        start = end + 2


def decide(resp, max_age, source, size, etag, about, vary=b"", path=None, mtime=0):
    """Evaluate a request's conditions (RFC 9110 13, 14) and return a Plan.

    etag: false if there is none. about: the fields that describe the content, which a 304 goes without. path, mtime: of
    the file, if the Plan may be used again. Raise HTTPException 412 or 416. A status that the program has set, such as
    404 for a page that says so, stays.
    """
    date = http_date(mtime)
    if date:
        about += b"Last-Modified: %s\r\n" % date
    code = resp.code
    first = 0
    end = size
    method = resp.req.head.method
    if code != 200:
        path = None
    elif method in (b"GET", b"HEAD"):
        asked = fields(resp)
        tags = asked.get(b"if-none-match")
        since = asked.get(b"if-modified-since")
        if (
            b"range" in asked
            or b"if-match" in asked
            or b"if-unmodified-since" in asked
            or tags is None
            and since not in (None, date)
        ):
            from tinyweb_static_conditions import evaluate

            code, first, end, about = evaluate(asked, method, size, etag, date, about)
        elif tags == b"*" or etag and etag in tags if tags else since and tags is None:
            code = 304
            end = 0
            about = b""
    for name in resp.headers and list(resp.headers):
        if str(name).lower() == "content-length":
            del resp.headers[name]
    if etag:
        vary += b"ETag: %s\r\n" % etag
    lines = b"%sCache-Control: max-age=%d\r\n%s" % (about, max_age, vary)
    return Plan(code, lines, source, first, end - first, path, size, mtime)


def again(resp, key):
    """Return the last Plan if it holds for this request too, else None (see _memo)."""
    head, last, plan, _ = _memo
    if head is resp.req.head and last == key and resp.code == 200 and not resp.headers:
        st = stat_of(plan.path)
        if st and st[6] == plan.size and st[8] == plan.mtime:
            return plan


def send(resp, plan, key):
    """Send a Plan, with the head and the first bytes in one write. key: see _memo. A coroutine.

    Raise OSError if the client leaves or the file became shorter, ValueError if the head has left already.
    """
    global _memo
    asked = resp.req.head
    ready = [None]
    if plan is _memo[2] and asked is _memo[0]:
        ready = _memo[3]
    elif plan.path:
        _memo = asked, key, plan, ready
    resp.code = plan.code
    resp.extra_lines = plan.lines
    count = 0 if asked.method == b"HEAD" else plan.count
    return resp.send_prepared(plan.source, plan.first, count, plan.count, ready)
