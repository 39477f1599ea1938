# The life of a connection.
#
# Each has one task, _converse(). Idle, it waits without a buffer. When there is something to read it takes a slot (a
# buffer; there are max_concurrency of them) and reads what is there. A head that is not whole gives the slot back at
# once: a client that sends slowly holds a few bytes, never a slot. A whole head is answered in the slot. When all slots
# are taken the connection waits for one, and meanwhile whoever holds one and makes no progress is ended. The deadlines
# that the connections note (see connection.py) are watched by one watchdog for all.

import asyncio

from .connection import sleep_ms, ticks_ms
from .extension import forget, room
from .http import HTTPException, head_end, parse_head
from .request import request
from .response import response

# The bytes of a slot's buffer; a longer head gets one of max_head bytes for itself.
_BUFFER = 1024

# Who reads into nothing just waits until there is something.
_NOTHING = bytearray(0)

# What stands for a request that could not be read.
_NO_HEAD = (b"", b"", b"", 11, b"", False, 0, False)


def _last_word(c, status):
    # Why a connection ends, as far as the socket takes it at once.
    try:
        c.sock.write(b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
    except (OSError, MemoryError):
        pass  # then the end alone must do


def _pause():
    # A wait that nobody was told of; only MicroPython gets here.
    yield


class Engine:
    # The last head, and what it was parsed to: a client sends the same one again and again, and comparing it is far
    # cheaper than parsing it.
    _memo = (b"\n", None)
    _found = (None, None, None)  # a head that was answered, its route and parameters
    _hooks = False  # whether there is more to do for each request than to call its handler

    async def _converse(self, c):
        slots = self._slots
        try:
            while True:
                if c.buf is None:
                    while not self._free:
                        await room("stop").wait_slot(self)
                    n = self._free - 1
                    c.buf = slots[n] or bytearray(_BUFFER)
                    self._free = n
                    if c.part:
                        room("stop").restore(self, c)
                n = c.n
                if n:
                    head = self._read(c, n)
                    if head:
                        head = self._answer(c, head)
                        if head is not True and (not head or not await head):
                            break
                        if c.buf is None:
                            continue  # it was given back while a long answer went on
                        if c.n:
                            # More has come already: who always finds work would never wait, and others starve.
                            await sleep_ms(0)
                            continue
                        n = 0
                if n < len(c.buf):
                    n = c.sock.readinto(memoryview(c.buf)[n:] if n else c.buf)
                    if n:
                        c.n += n
                        continue
                    if n == 0:
                        break
                # Nothing to read now: give the slot back, and wait.
                if c.n:
                    await room("stop").park(self, c)
                else:
                    slots[self._free] = c.buf
                    self._free += 1
                    c.buf = None
                    c.since = ticks_ms()
                    c.limit = self._idle_limit
                    await c.stream.readinto(_NOTHING)
                    c.limit = 0
        except (OSError, EOFError):
            pass  # the client has gone: that is its right, and ends this connection only
        except MemoryError:
            forget()
            if c.resp and c.resp._coro:
                # What the handler waits for will wake this task, which has to be there then.
                await _pause()
            if c.n and not (c.resp and c.resp._sent):
                _last_word(c, b"503 Service Unavailable")
        except Exception as e:
            try:
                room("errors").log("A connection failed", e)
            except MemoryError:
                pass  # there is nothing left to tell it with
        except asyncio.CancelledError:
            if c.late and (c.begun or c.resp and not c.resp._sent):
                _last_word(c, b"408 Request Timeout")
            raise
        finally:
            c.close()
            if self._stopping is not None and not self._conns:
                self._done.set()

    def _give(self, c):
        # Without an allocation, as it also happens when memory has run out: the list of slots keeps its length.
        buf = c.buf
        if buf:
            c.buf = None
            c.n = c.pos = 0
            # A buffer that grew for one long head is dropped.
            self._slots[self._free] = buf if len(buf) == _BUFFER else None
            self._free += 1

    def _read(self, c, n):
        # Give (raw, parsed, error) of the head at the start of the buffer, None while it is not whole.
        memo = self._memo
        end = len(memo[0])
        if n >= end and c.buf.startswith(memo[0]):
            c.pos = end
            return memo
        # Empty lines before a request are skipped (RFC 9112 2.2).
        while n > 1 and c.buf[0] == 13 and c.buf[1] == 10:
            c.skip(2)
            n = c.n
        if not n or n == 1 and c.buf[0] == 13:
            return None
        try:
            end = head_end(c.buf, n, self.max_line)
            if end > self.max_head or end < 0 and n >= self.max_head:
                raise HTTPException(431)
            if end < 0:
                return None
            raw = bytes(c.buf[:end])
            memo = (raw, parse_head(raw, self.max_line, self.max_fields), None)
            if end <= _BUFFER:
                self._memo = memo
            c.pos = end
            return memo
        except HTTPException as e:
            return b"", _NO_HEAD, e

    def _answer(self, c, head):
        # Answer one request. The shortest way is a plain function: a handler that returns a body, which the socket
        # takes at once. It gives whether the connection is kept; or, where more is to do, a coroutine that does it.
        raw, head, error = head
        req = request(c, head, raw)
        c.resp = resp = response(req, head[5] and self._stopping is None)
        result = None
        if not error and not self._hooks:
            try:
                result = self._call(req, resp)
                if resp._begun and not resp._sent and not resp._coro:
                    # All that was sent is still in the buffer: as if it had been returned.
                    result = bytes(memoryview(resp._out)[6 : resp._fill]) if resp._out else b""
                    resp._begun = False
                    resp._fill = 6
                if result is not None and not resp._begun:
                    data = resp._reply(result)
                    n = c.put(data)
                    resp.whole = True
                    if n < len(data):
                        resp._rest = data[n:] + bytes(resp._rest)
                if resp.whole and not (resp._rest or req._left or resp._left):
                    c.resp = None
                    c.begun = 0
                    c.skip(c.pos)
                    return resp._keep
            except Exception as e:
                error = e
        return room("stream").go_on(self, c, req, resp, result, error)

    def _call(self, req, resp):
        # Call the handler of a request and give what it returns; if it has to wait, resp._coro is what goes on.
        head = req._head
        # The same head leads to the same route.
        raw, route, params = self._found
        if raw is not req._raw:
            try:
                route, params = self._router.find(head[1], head[0])
                self._found = (req._raw, route, params)
            except HTTPException as e:
                route, params = room("errors").no_route(self, req, resp, e)
        req.route = route
        if route[2]:
            room("ask").save(req, route[2])
        result = route[1](req, resp, *params)
        if hasattr(result, "send"):
            try:
                resp._coro = (result, result.send(None))
                return None
            except StopIteration as e:
                return e.value
        return result
