# The life of a connection.
#
# Each has one task, _converse(). Idle, it waits without a buffer of its own: all of them read into one, _land, and what
# comes there is looked at, answered and sent before another task runs. Only a request that has to wait, for its
# handler, for its body or for a client that reads slowly, takes a slot, and moves there with what it has not yet used
# (wait.hold()). There are max_concurrency of them, and no request is begun while none is free: then the connection
# waits, and whoever holds a slot and makes no progress is ended. A head that is not whole holds a few bytes, never a
# slot. The deadlines that the connections note (see connection.py) are watched by one watchdog for all.

import asyncio

from .connection import DONE, sleep_ms, ticks_ms
from .extension import room, spent, tell
from .http import HTTPException
from .request import BUFFER, read_head, request
from .response import response

# What leaves when memory or descriptors have run out is ready-made, and so is what is compared then.
_GONE = (OSError, EOFError)
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_LATE = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Engine:
    # The last head: a client sends the same one again and again, and comparing it is far cheaper than parsing it. It
    # is a list: what parse_head() gives, then its bytes [8], whether it is plain [9] (of 1.1, and no HEAD), the error
    # that it is [10], its route [11] and parameters [12] once they are found, how long it is [13], and the body's media
    # type [14] once it is asked for.
    _memo = None
    _hooks = False  # whether there is more to do for each request than to call its handler

    async def _converse(self, c):
        land = self._land
        idle_limit = self._idle_limit
        tls = self.tls
        try:
            n = c.sock.readinto(land)
            while True:
                buf = c.buf
                if buf is None:
                    if n is None:  # TLS may have read more
                        if c.part:
                            # What has come while the handler was waiting is the next request.
                            await room("stop").leave(self, c)
                            continue
                        c.since = ticks_ms()
                        c.limit = idle_limit
                        while n is None:
                            n = await c.stream.readinto(land)
                        c.limit = 0
                    if not n:
                        break
                    c.buf = buf = land
                    c.n = n
                    if c.part:  # pragma: no cover  unseen: see admission.idlest()
                        room("stop").join(self, c)
                        continue
                head = self._memo
                if not head or c.n < head[13] or not buf.startswith(head[8]):
                    head = read_head(self, c) or await room("stop").more(self, c)
                if not (self._free or c.held):
                    await room("admission").wait_slot(self, c)
                    continue
                c.pos = head[13]
                req = request()
                req._c = c
                req._head = head
                if head[6]:
                    req._left = head[6]
                    req._expect = head[7]
                resp = response()
                resp._req = req
                resp.headers = {}
                c.resp = resp
                # The shortest way: a handler that returns a body, which the socket takes at once.
                data = result = error = None
                if not self._hooks:
                    try:
                        route = head[11] or self._route(req)
                        result = route[1](req, resp, *head[12]) if head[12] else route[1](req, resp)
                        if hasattr(result, "send"):
                            result = await result
                        if not resp._sent:
                            if resp._begun:
                                if resp._out:
                                    # All that was sent is still in the buffer: as if it had been returned.
                                    result = bytes(memoryview(resp._out)[6 : resp._fill])
                                elif result is None or result is DONE:
                                    result = b""
                                resp._begun = False
                                resp._fill = 6
                                resp._out = None
                                resp._end = 0
                            if result is not None:
                                data = resp._reply(result)
                    except (Exception, asyncio.CancelledError) as e:
                        error = e  # go_on() tells whose cancel it is
                        if not self._errors:
                            data = resp._not_found(e)
                            if data:
                                error = None
                if data:
                    n = c.sock.write(data) or 0
                    if n < len(data):
                        resp._sent = True
                        await room("wait").wait_rest(c, data, n)
                if not data or resp._sent:
                    if error or not (data or resp.whole) or resp._sent and (resp._rest or req._left or resp._left):
                        await room("dispatch").go_on(self, c, req, resp, result, error)
                    if not resp._keep:
                        if resp._then:
                            await room("pieces").left(c)
                        break
                elif not head[5]:
                    break
                c.resp = None
                if c.pos < c.n:
                    await room("stop").leave(self, c)
                    continue
                if c.held:
                    self._give(c)
                else:
                    c.buf = None
                n = None
                if tls:
                    # It may have read more already than it was asked for.
                    await sleep_ms(0)
                    n = c.sock.readinto(land)
        except Exception as e:
            # Else the client has gone, or was refused by TLS: its right, and the end of this connection only.
            if spent(e) or not (isinstance(e, _GONE) or tls and c.buf is None):
                tell("A connection failed", e)
                if self._memo:
                    self._memo = None  # for the first time it would be an allocation
                c.last_word(_BUSY)
        except asyncio.CancelledError:
            if c.dead == 408:
                c.last_word(_LATE)
            raise
        finally:
            c.close()

    def _give(self, c):
        # Without an allocation, as it also happens when memory has run out: the list of slots keeps its length.
        if c.held:
            c.held = False
            if c.dead is not True:
                c.dead = False
            c.mark = 0
            # It goes to who waits longest, so nobody who comes now is served before.
            for other in self._queue:
                if not other.held:
                    other.held = True
                    break
            else:
                self._free += 1
        buf = c.buf
        if buf:
            if buf is not self._land:
                resp = c.resp
                if resp and resp._out is buf:
                    # A task that outlives the request must not write there.
                    resp._out = None
                    resp._end = 0
                # A buffer that was made late, or for one long head, is dropped.
                if self._spare < len(self._slots) and len(buf) == BUFFER:
                    self._slots[self._spare] = buf
                    self._spare += 1
            c.buf = None
            c.n = c.pos = 0

    def _route(self, req):
        # Find the route of a request. The same head leads to the same one again.
        head = req._head
        if head[10]:
            raise head[10]
        try:
            head[11], head[12] = self._router.find(head[1], head[0])
        except HTTPException as e:
            if not self._catchall and head[0] != b"OPTIONS":
                raise
            head[11], head[12] = room("errors").no_route(self, req, e)
        return head[11]
