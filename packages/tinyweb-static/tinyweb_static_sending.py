# Plan and send the response for a file.
#
# CONTRACT. decide() evaluates the request's conditions and returns a Plan: the status, the fields and the bytes to
# send. send() sends a Plan, the head and the first bytes in one write. again() returns the last Plan if still valid.

import os
import time
from collections import namedtuple
from sys import modules

# source: a path, or the content (bytes-like); count bytes of it are sent, beginning at index first. path, size, mtime:
# the Plan can be reused while os.stat() of the path returns these values; path is None if it must not be reused. stat:
# the function that tells them, if nothing else decides about the Plan, otherwise None (see tinyweb_static_answers).
# data: a list with the response's head as bytes, when it has been sent.
Plan = namedtuple("Plan", "code lines source first count path size mtime stat data")

# The last Plan: (the request's Head, key, the Plan). A polling browser repeats its head, and the core passes the same
# Head object for equal bytes: then one os.stat() shows whether the Plan is still valid. key: the arguments of
# send_file(), or the find function of a folder.
_memo = (None,) * 3


def stat_of(path, kind=8):
    """Return the os.stat() result of a file, or of a folder (kind 4); None if it does not exist."""
    try:
        st = os.stat(path)
        return st if st[0] >> 12 == kind else None
    except (OSError, ValueError):
        return None


def http_date(seconds):
    """Return a time (seconds) as an HTTP date (bytes, RFC 9110 5.6.7), b"" before 2001, as the clock was not set."""
    t = time.gmtime(seconds)
    if t[0] < 2001:
        return b""
    day = b"MonTueWedThuFriSatSun"[t[6] * 3 :][:3]
    month = b"JanFebMarAprMayJunJulAugSepOctNovDec"[t[1] * 3 - 3 :][:3]
    return b"%s, %02d %s %d %02d:%02d:%02d GMT" % ((day, t[2], month, t[0]) + t[3:6])


def fields(resp):
    """Return {name: value} (bytes) of the request's fields that may be conditions, in one pass over the head.

    Selects by length: names as long as range, if-range and if-match, if-none-match, accept-encoding, if-modified-since,
    if-unmodified-since. Repeated fields are joined with commas (RFC 9110 5.3).
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


def decide(resp, max_age, source, size, etag, about, vary=b"", path=None, mtime=0, stat=None):
    """Evaluate a request's conditions (RFC 9110 13, 14) and return a Plan.

    etag: bytes, false if there is none. about: field lines that describe the content, omitted in a 304. path, mtime: of
    the file, if the Plan may be reused. stat: see Plan. A status set by the program, such as 404 for an error page, is
    kept and skips the conditions. Raises HTTPException 412 or 416.
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
    if etag:
        vary += b"ETag: %s\r\n" % etag
    lines = b"%sCache-Control: max-age=%d\r\n%s" % (about, max_age, vary)
    return Plan(code, lines, source, first, end - first, path, size, mtime, stat, [None])


def again(resp, key):
    """Return an earlier Plan if it is valid for this request, too, else None (see _memo)."""
    head, last, plan = _memo
    if head is resp.req.head and last == key and resp.code == 200 and not resp.headers:
        st = stat_of(plan.path)
        if st and st[6] == plan.size and st[8] == plan.mtime:
            return plan
    return _remember(resp, key)


def _remember(resp, key, plan=None):
    # Remember a Plan, or find an earlier one, which is returned. Kept out of again(): with more variables each call
    # would allocate its frame on the heap.
    global _memo
    if hasattr(resp.req.head, "context"):
        answers = modules.get("tinyweb_static_answers")
        if not answers:
            import tinyweb_static_answers as answers
        plan = answers.find(resp, key, plan)
    if plan:
        _memo = resp.req.head, key, plan
    return plan


def send(resp, plan, key):
    """Send a Plan, with the head and the first bytes in one write. Return a coroutine.

    key: see _memo; None if the path may lead to another file while this one is there. The coroutine raises OSError if
    the client leaves or the file became shorter, ValueError if the head was sent already.
    """
    if plan.path and plan is not _memo[2]:
        _remember(resp, key, plan)
    resp.code = plan.code
    resp.extra_lines = plan.lines
    count = 0 if resp.req.head.method == b"HEAD" else plan.count
    return resp.send_prepared(plan.source, plan.first, count, plan.count, plan.data)
