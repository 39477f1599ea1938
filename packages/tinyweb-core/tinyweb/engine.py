# The life of a connection.
#
# Each has one task, _converse(). Idle, it waits without a buffer of its own: all of them read into one, _land, and what
# comes there is looked at, answered and sent before another task runs. Only a request that has to wait, for its
# handler, for its body or for a client that reads slowly, takes a slot, and moves there with what it has not yet used
# (wait.hold()). There are max_concurrency of them, and no request is begun while none is free: then the connection
# waits, and whoever holds a slot and makes no progress is ended. A head that is not whole holds a few bytes, never a
# slot. The deadlines that the connections note (see connection.py) are watched by one watchdog for all.

import asyncio

from .connection import sleep_ms, ticks_ms
from .extension import room, spent, tell
from .http import HTTPException, head_end, parse_head
from .request import request
from .response import response

# The bytes of a slot's buffer; a longer head gets a buffer of its own.
BUFFER = 1024


# Ready-made, as the last words below are: memory may have run out.
_GONE = (OSError, EOFError)


def _last_word(c, data):
    # Why a connection ends, as far as the socket takes it at once.
    try:
        c.sock.write(data)
    except Exception:
        pass  # the client has gone in just this moment: then the end alone must do


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
                        c.since = ticks_ms()
                        c.limit = idle_limit
                        while n is None:
                            n = await c.stream.readinto(land)
                        c.limit = 0
                    if not n:
                        break
                    c.buf = buf = land
                    c.n = n
                    if c.part:  # pragma: no cover  unseen: see stop.idlest()
                        room("stop").join(self, c)
                        continue
                head = self._memo
                if not head or c.n < head[13] or not buf.startswith(head[8]):
                    head = self._read(c) or await room("stop").more(self, c)
                if not self._free:
                    await room("stop").wait_slot(self, c)
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
                                # All that was sent is still in the buffer: as if it had been returned.
                                result = bytes(memoryview(resp._out)[6 : resp._fill]) if resp._out else b""
                                resp._begun = False
                                resp._fill = 6
                                resp._out = None
                                resp._end = 0
                            if result is not None:
                                data = resp._reply(result)
                    except Exception as e:
                        error = e
                if data:
                    n = c.sock.write(data) or 0
                    if n < len(data):
                        resp._sent = True
                        await room("wait").wait_rest(c, data, n)
                if not data or resp._sent:
                    if not (data or resp.whole) or resp._sent and (resp._rest or req._left or resp._left):
                        await room("stream").go_on(self, c, req, resp, result, error)
                    if not resp._keep:
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
                if c.resp and not c.resp._sent or c.buf and not c.resp:
                    _last_word(c, b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except asyncio.CancelledError:
            if c.late and (c.part or c.resp and not c.resp._sent):
                _last_word(c, b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            raise
        finally:
            c.close()

    def _give(self, c):
        # Without an allocation, as it also happens when memory has run out: the list of slots keeps its length.
        if c.held:
            c.held = False
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

    def _read(self, c):
        # Give the head at the start of the buffer (see _memo), None while it is not whole.
        # Empty lines before a request are skipped (RFC 9112 2.2).
        i = 0
        while i + 1 < c.n and c.buf[i] == 13 and c.buf[i + 1] == 10:
            i += 2
        if i:
            c.skip(i)
        n = c.n
        if not n or n == 1 and c.buf[0] == 13:
            return None
        try:
            end = head_end(c.buf, n, self.max_line)
            if end > self.max_head or end < 0 and n >= self.max_head:
                raise HTTPException(431)
            if end < 0:
                return None
            raw = bytes(memoryview(c.buf)[:end])
            head = list(parse_head(raw, self.max_line, self.max_fields, self.tls))
        except HTTPException as e:
            return [b"", b"", b"", 11, b"", False, 0, False, b"", False, e, None, (), 0, None]
        head[5] = head[5] and self._stopping is None
        head += (raw, head[3] > 10 and head[0] != b"HEAD", None, None, (), end, None)
        if end <= BUFFER:
            self._memo = head
        return head

    def _route(self, req):
        # Find the route of a request. The same head leads to the same one again.
        head = req._head
        if head[10]:
            raise head[10]
        try:
            head[11], head[12] = self._router.find(head[1], head[0])
        except HTTPException as e:
            head[11], head[12] = room("errors").no_route(self, req, e)
        return head[11]
