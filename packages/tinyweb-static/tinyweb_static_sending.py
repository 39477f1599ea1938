# Plans and sends the response for a file. The core's private parts are used in this module only.
#
# CONTRACT. decide() evaluates the request's conditions and returns a Plan: the status, the fields and the bytes to
# send. send() sends a Plan, the head and the first bytes in one write. again() returns the last Plan if it still holds.
#
# MEMORY. All clients share one buffer, and none holds it while it waits: what a socket does not take is read from the
# file again, so a slow client costs a copy of 256 bytes. Content in flash (ROMFS, a frozen module) is sent from there.

import asyncio
import gc
import os
import time
from collections import namedtuple

# source: a path, or the content as a bytes-like object, of which the bytes from first on are sent, as many as count.
# path, size, mtime: what os.stat() has to say for the Plan to hold once more; path is None if it must not.
Plan = namedtuple("Plan", "code lines source first count path size mtime")

# The last Plan: (the request's head as bytes, key, the Plan, the response's head as bytes). A browser that polls sends
# the same head again and again, and the core passes the same bytes object for it: then one os.stat() says whether the
# Plan still holds. key: the arguments of send_file(), or what stands for a folder.
_memo = (None,) * 4
_forget = {"_memo": _memo}  # the core sets these when memory has run out
# A larger buffer holds more than the system takes at once, and the rest would be read twice. Where memory is short,
# there is none, and files pass through the buffer by which the core receives.
_buf = bytearray(4096) if getattr(gc, "mem_free", int)() > 65535 else None


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
    raw = resp._req._head[8]
    found = {}
    start = raw.find(b"\n") + 1
    while True:
        end = raw.find(b"\r", start)
        if end <= start:
            return found
        colon = raw.find(b":", start)
        if colon - start in (5, 8, 13, 15, 17, 19):
            name = raw[start:colon].lower()
            value = raw[colon + 1 : end].strip()
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
    method = resp._req._head[0]
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
    raw, last, plan, _ = _memo
    if raw is resp._req._head[8] and last == key and resp.code == 200 and not resp.headers:
        st = stat_of(plan.path)
        if st and st[6] == plan.size and st[8] == plan.mtime:
            return plan


async def send(resp, plan, key):
    """Send a Plan, with the head and the first bytes in one write. key: see _memo.

    Raise OSError if the request is over or the file became shorter, ValueError if the head has left already.
    """
    global _memo
    req = resp._req
    conn = req._c
    if conn.resp is not resp:
        raise OSError  # the request is over
    if resp._sent:
        raise ValueError("The head has left already")
    if resp._begun:
        # Drop what the handler has sent: none of it has left yet.
        resp._out = None
        resp._type = b""
        resp._end = 0
        resp._fill = 6
    resp.code = plan.code
    resp.lines = plan.lines
    if conn.app._after:
        await resp.run_hooks()
    asked = req._head
    count = 0 if asked[0] == b"HEAD" else plan.count
    source = plan.source
    file = open(source, "rb") if count and isinstance(source, str) else None
    # From here on an error can only cut the connection.
    plain = asked[5] and not (resp.headers or conn.app._after or req._left) and resp.version == "1.1"
    if plain and plan is _memo[2] and asked[8] is _memo[0]:
        head = _memo[3]
    else:
        head = resp._head(plan.count)
        if plain and plan.path and len(asked[8]) <= 1024:
            _memo = asked[8], key, plan, head
    resp._sent = True
    resp.whole = None
    if count:
        resp.sent_bytes = count
    if not file:
        sent = conn.put(head)
        if count or sent < len(head):
            await conn.write(head[sent:])
            conn.release()
            if count:
                await conn.write(memoryview(source)[plan.first :][:count])
        resp.whole = True
        return
    with file:
        file.seek(plan.first)
        view = memoryview(_buf or (conn.app._land if conn.pos == conn.n else bytearray(1024)))
        size = len(view)
        n = len(head)
        if n >= size:
            await conn.write(head)
            head = b""
            n = 0
        view[:n] = head
        turn = 0
        while count:
            turn += 1
            if not turn & 7:
                # Let other tasks run, as a client that takes everything at once would never block.
                await asyncio.sleep(0)
            # Behind the n bytes of the head, if any, come as many of the file as there is room for.
            end = min(n + count, size)
            if file.readinto(view[n:end]) != end - n:
                raise OSError(source)  # the file became shorter
            count -= end - n
            sent = conn.put(view[:end])
            if sent < end:
                # Await the client without the slot, and with a copy of 256 bytes, or of the head's rest if it is
                # longer: what follows is read from the file again. TLS wants all it refused once more, as it was.
                piece = bytes(view[sent : end if conn.app.tls else min(end, max(n, sent + 256))])
                sent += len(piece)
                if sent < end:
                    file.seek(sent - end, 1)
                    count += end - sent
                conn.release()
                await conn.write(piece)
            n = 0
    resp.whole = True
