# The life of a connection, as one coroutine: wait, take a slot, read a head, call the handler, respond, next or close.
#
# An idle connection holds no buffer. A request takes a slot, and with it a buffer; there are max_concurrency of them.
# While none is free no request is begun: the connection waits in a queue. A client that is slow to send its head holds
# a few bytes and no slot. One watchdog looks at all deadlines (see transport.py and server.py).

import asyncio

# The largest first, while a board that compiles .py has most room.
from .transport import LATE, sleep_ms, ticks_ms  # isort: skip
from .http import HTTPException
from .lazy import lazy, out_of_resources, report
from .request import read_head
from .response import DONE, SENT

# What is sent, and compared, when memory or descriptors have run out is ready-made.
_GONE = (OSError, EOFError)
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_LATE = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
# Reading into nothing just waits until there is something to read.
_NOTHING = bytearray(0)


async def serve_connection(app, conn):
    """Serve the requests of a connection, one after the other, until it ends."""
    # Few variables and few blocks of `try`: each connection holds them, in one piece of 160 bytes.
    tls = app.tls
    request = app._request
    response = app._response
    ready = True  # whether something may be there to read already: a new client has often sent its request
    try:
        while True:
            conn.since = ticks_ms()
            n = None
            while n is None:
                if not (ready or conn.pending):
                    conn.limit = app._idle_ms
                    await conn.stream.readinto(_NOTHING)
                    conn.limit = 0
                ready = False
                if conn.pending:
                    # What was received while a handler waited, or by admission.close_idlest(), is the next request.
                    await lazy.partial_head.resume(app, conn)
                    n = conn.n
                elif app._free_slots or conn.has_slot:
                    # A buffer is borrowed, until the request has to wait for something.
                    conn.buf = data = app._spare_buffer
                    n = conn.sock.readinto(data or conn.take_slot())
                    if n is None:
                        conn.free_slot()
                else:
                    n = await lazy.admission.wait_for_slot(app, conn)
                    if conn.buf is not None:
                        n = conn.n  # what came before the wait counts, too
            if not n:
                break
            conn.n = n
            head = app._last_head
            if not head or n < head.end or conn.buf.find(head.raw, 0, n):
                head = read_head(app, conn) or await lazy.partial_head.read_rest(app, conn)
            conn.pos = head.end
            req = request()
            req._conn = conn
            req.head = head
            if head.content_length:
                req._body_left = head.content_length
                req._expect = head.expect_continue
            resp = response()
            resp.req = req
            resp.headers = {}
            conn.resp = resp
            data = result = None
            # Unless it is an exception, it tells go_on() that the handler is still to be called. go_on() must not ask
            # again, because a hook may be registered while the handler runs.
            error = app._hooks or app.access_log or app.allowed_hosts is not None
            if not error:
                # The fast path: a handler that returns a body, which the socket takes at once.
                try:
                    route = head.route or app._find_route(head)
                    result = route.handler(req, resp, *head.params) if head.params else route.handler(req, resp)
                    if hasattr(result, "send"):
                        head = None  # so that it goes when a link takes another's, see links.py
                        result = await result
                    n = resp.state
                    if n < SENT:
                        if n:
                            result = lazy.streaming.gathered(resp, result)
                        if result is not None:
                            data = resp._reply(result)
                except (Exception, asyncio.CancelledError) as e:
                    error = e  # go_on() tells whose cancel it is, and tries again where memory has run out
                    if not (app._error_handlers or isinstance(e, MemoryError)):
                        data = resp._not_found(e) or lazy.errors.reply(app, req, resp, e)
                        if data:
                            error = result = None
            if data:
                n = conn.sock.write(data) or 0
                if n < len(data):
                    resp.state = SENT
                    await lazy.waiting.write_rest(conn, memoryview(data), n)
            if not data or resp.state:
                if error or not (data or resp.state == DONE) or resp._unsent or req._body_left or resp._promised:
                    head = None
                    await lazy.dispatch.go_on(app, conn, req, resp, result, error)
                if not resp._keep_alive:
                    if resp._callbacks:
                        await lazy.long_response.client_closes(conn)
                    elif data and req.head.error:
                        await lazy.unread_body.linger(conn)
                    break
            elif not req.head.keep_alive:
                break
            conn.resp = None
            if conn.pos < conn.n:
                lazy.partial_head.set_aside(conn, conn.pos)
            elif conn.has_slot:
                conn.free_slot()
            else:
                conn.buf = None
            if tls:
                # TLS may have read more than it was asked for.
                if not conn.pending:
                    await sleep_ms(0)
                ready = True
    except BaseException as e:
        if not failed(app, conn, e):
            raise
        return
    conn.close()
    # Whoever still holds this connection would hold what these variables hold, modules among them.
    conn.serving = None


def failed(app, conn, error):
    """End a connection with an error; return whether that is all, or the error has to go on."""
    try:
        if not isinstance(error, Exception):
            if conn.state == LATE:
                conn.send_last(_LATE)
            return False
        # Otherwise the client is gone, or was refused by TLS.
        if out_of_resources(error) or not (isinstance(error, _GONE) or app.tls and conn.resp is None):
            report("A connection failed", error)
            app._second_buffer = app._heads = None
            conn.send_last(_BUSY)
        return True
    finally:
        conn.close()
        conn.serving = None


def find_route(app, head):
    """Return the route of a request; the same head leads to the same one again."""
    if head.error:
        raise head.error
    if app._taken:
        app._last_head = None  # it is asked each time
        route = app._taken(head)
        if route:
            return route
    try:
        route, head.params = app._router.find(head.path, head.method)
    except HTTPException as e:
        if not app._catchall and head.method != b"OPTIONS":
            raise
        route, head.params = lazy.implicit_routes.no_route(app, head, e)
    head.route = route  # last: where memory runs out before, the same head may come again
    return route
