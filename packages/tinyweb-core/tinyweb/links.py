# Links: connections that a handler takes over, for server-sent events, WebSockets and the like. Loaded with the first.
#
# CONTRACT. upgrade() and stream() send the head, give slot and buffer back and return a Link. The connection belongs to
# the handler until that ends; then it is closed. Nothing of HTTP is done for it meanwhile: conn.resp is None, so a turn
# of the handler costs what a turn of a task costs. Other attributes of the connection have another meaning: progress is
# the link, n the count of bytes sent, since when it began.
#
# One task looks at all links twice a second: it ends a link whose client takes nothing for io_timeout seconds or has
# gone.

from asyncio import create_task

from .http import Head, HTTPException
from .lazy import lazy
from .link import Link, links
from .response import NEW, SENT
from .transport import GONE, sleep_ms, ticks_diff, ticks_ms

_NOTHING = {}  # the fields of all responses whose head has left: a dict of its own would take 32 bytes
_KEPT = ("route", "path", "host", "query", "method", "version", "params")
_last_head = None  # of the link that was opened last


async def _watch(me):
    while me is Link._watchdog and links:
        Link._since = ticks_ms()
        await sleep_ms(500)
        now = ticks_ms()
        # From the end, as one may leave the list, and without a copy of it, for which there may be no memory.
        i = len(links)
        while i:
            i -= 1
            link = links[i]
            conn = link._conn
            try:
                try:
                    if conn in conn.app._connections:
                        link._look(now, ticks_diff(now, Link._since))
                    else:
                        link.over()
                except OSError:
                    link._end()
            except MemoryError:  # pragma: no cover  MicroPython: a PC has enough
                conn.state = GONE  # what has been read may be lost, so the next turn ends it
    if me is Link._watchdog:
        Link._since = None


def _without_fields(head):
    # Return a Head for as long as a link lasts: the fields would take a hundred or a thousand bytes. Most links say the
    # same, and share one. It is one of its own, so that nothing that was found in the fields of another comes with it.
    global _last_head
    last = _last_head
    for name in _KEPT:
        if not last or getattr(last, name) != getattr(head, name):
            last = Head()
            for name in _KEPT:
                setattr(last, name, getattr(head, name))
            _last_head = last
            break
    return last


async def _take_over(resp, conn, head):
    app = conn.app
    kept = _without_fields(resp.req.head)
    # Where memory runs out from here on, no error is sent, and the handler is not called again: the head has left.
    resp.state = SENT
    await conn.write(head)
    link = Link(conn)
    links.append(link)
    # It is not replaced while it sleeps: clients that come and go quickly would leave many of them. But the server that
    # it was begun for may have ended, and its event loop with it.
    old = Link._watchdog
    if Link._since is None or old[0]._task is not old[1] or not old[0]._listener:
        old = app, app._task
        create_task(_watch(old))
        Link._watchdog = old
    link.pending = conn.pending
    conn.pending = b""
    if conn.pos < conn.n:
        link.pending = bytes(memoryview(conn.buf)[conn.pos : conn.n]) + link.pending
    conn.free_slot()
    conn.resp = None
    resp.req.head = kept
    resp.headers = _NOTHING
    resp._keep_alive = False
    resp._released = link
    conn.progress = link
    conn.n = 0
    conn.since = ticks_ms()
    return link


async def _begin(resp):
    # Check what both have in common; return the connection.
    conn = lazy.framing.connection(resp)
    if resp._callbacks:
        raise ValueError("then() is for a response that ends by itself")
    if resp.req._body_left:
        raise HTTPException(400)
    app = conn.app
    most = app.__dict__.get("max_links") or getattr(type(app), "max_links", 0) or app.max_connections // 2 or 1
    for other in app._connections:
        # A released response lasts as long as a link.
        if not isinstance(other.progress, int) or other.resp and other.resp._released:
            most -= 1
    if most < 1:
        raise HTTPException(503, None, {"Retry-After": "5"})
    if app._after and not resp._hooks_run:
        await lazy.dispatch.run_hooks(resp)
    if resp.state != NEW:
        raise ValueError("The response has begun already")
    return conn


async def upgrade(resp, lines):
    """Answer 101 with these lines (bytes) and the program's fields, and return the Link (RFC 9110 7.8).

    Raises HTTPException 400 if the request is not a GET of HTTP/1.1 without a body, 503 if there are max_links already.
    """
    head = resp.req.head
    if head.version < 11 or head.method != b"GET":
        raise HTTPException(400)
    conn = await _begin(resp)
    own = [b""]
    if resp.headers:
        lazy.header_fields.head_lines(resp, own, True)
    resp.code = 101
    own += lines, resp.extra_lines, b"\r\n"
    return await _take_over(resp, conn, b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n" + b"".join(own))


async def stream(resp):
    """Send the head now, and return the Link, which sends the body: in chunks to a client of HTTP/1.1.

    To HEAD the head alone is sent, and the link has ended. Raises HTTPException 400 if the request's body is not read,
    503 if there are max_links already.
    """
    conn = await _begin(resp)
    head = lazy.framing.make_head(resp, None)
    chunked = resp._chunked
    if resp._keep_alive:
        head = head[:-2] + b"Connection: close\r\n\r\n"
    link = await _take_over(resp, conn, head)
    link._chunked = chunked or None
    if resp.no_body:
        link._lose()
    return link
