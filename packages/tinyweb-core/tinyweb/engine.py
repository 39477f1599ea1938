# The life of a connection.
#
# Each has one task, _converse(). Idle, it waits without a buffer. When there is something to read it takes a slot (a
# buffer; there are max_concurrency of them) and reads what is there. A head that is not whole gives the slot back at
# once: a client that sends slowly holds a few bytes, never a slot. A whole head is answered in the slot. When all slots
# are taken the connection waits for one, and meanwhile whoever holds one and makes no progress is ended. The deadlines
# that the connections note (see connection.py) are watched by one watchdog for all.

import asyncio
import gc

from .connection import sleep_ms, ticks_diff, ticks_ms
from .http import HTTPException, field, head_end, parse_head
from .request import request
from .response import response

# The bytes of a slot's buffer; a longer head gets one of max_head bytes for itself.
_BUFFER = 1024

# What stands for a request that could not be read.
_NO_HEAD = (b"", b"", b"", 11, b"", False, 0, False)


class Engine:
    # The last head, and what it was parsed to: a client sends the same one again and again, and comparing it is far
    # cheaper than parsing it.
    _memo = (b"\n", None)

    async def _converse(self, c):
        try:
            while True:
                if c.buf is None:
                    while not self._slots:
                        from .stop import press

                        self._queued += 1
                        press(self, ticks_ms())
                        try:
                            await sleep_ms(10)
                        finally:
                            self._queued -= 1
                    self._take(c)
                head = c.n and self._read(c)
                if head:
                    c.begun = 0
                    if not await self._answer(c, head):
                        break
                    continue
                n = c.n
                if n < len(c.buf):
                    n = c.sock.readinto(memoryview(c.buf)[n:] if n else c.buf)
                    if n:
                        c.n += n
                        continue
                    if n == 0:
                        break
                # Nothing to read now: give the slot back, and wait. A full buffer comes back larger.
                n = c.n
                if n:
                    c.part = bytes(c.buf[:n])
                self._give(c)
                if n != _BUFFER:
                    c.since = ticks_ms()
                    c.limit = self.idle_timeout * 1000
                    if n:
                        c.since = c.begun = c.begun or c.since
                        c.limit = self.request_timeout * 1000
                    await c.stream.read(0)
                    c.limit = 0
        except (OSError, EOFError):
            pass  # the client has gone: that is its right, and ends this connection only
        except MemoryError:
            gc.collect()
            if c.resp and not c.resp._sent:
                try:
                    c.sock.write(b"HTTP/1.1 503 No memory\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                except OSError:
                    pass  # it has gone as well
        except Exception as e:
            from .errors import log

            log("A connection failed", e)
        except asyncio.CancelledError:
            if c.late and (c.begun or c.resp and not c.resp._sent):
                from .errors import late

                late(c)
            raise
        finally:
            self._give(c)
            if c in self._conns:
                self._conns.remove(c)
            c.sock.close()
            if self._stopping is not None and not self._conns:
                self._done.set()

    def _take(self, c):
        n = len(c.part)
        size = self.max_head if n >= _BUFFER else _BUFFER
        buf = self._slots.pop()
        try:
            if not buf or size > _BUFFER:
                buf = bytearray(size)
        except MemoryError:
            self._slots.append(None)
            raise
        c.buf = buf
        c.moved = 0
        c.mark = ticks_ms()
        if n:
            c.n = n
            buf[:n] = c.part
            c.part = b""

    def _give(self, c):
        if c.buf:
            self._slots.append(c.buf if len(c.buf) == _BUFFER else None)
            c.buf = None
            c.n = c.pos = 0

    def _read(self, c):
        # Give (raw, parsed, error) of the head at the start of the buffer, None while it is not whole.
        memo = self._memo
        end = len(memo[0])
        if c.n >= end and c.buf.startswith(memo[0]):
            c.pos = end
            return memo
        # Empty lines before a request are skipped (RFC 9112 2.2).
        while c.n > 1 and c.buf[0] == 13 and c.buf[1] == 10:
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
        except HTTPException as e:
            return b"", _NO_HEAD, e
        if end <= _BUFFER:
            self._memo = memo
        c.pos = end
        return memo

    async def _answer(self, c, head):
        # Answer one request; gives whether the connection is kept.
        since = self.access_log and ticks_ms()
        raw, head, error = head
        method, path, _, version, _, keep, _, _ = head
        req = request(c, head, raw)
        c.resp = resp = response(c, req, keep and self._stopping is None)
        if version < 11:
            resp.version = "1.0"
        try:
            if error:
                raise error
            if self.allowed_hosts is not None:
                from .errors import check_host

                check_host(self, req)
            result = None
            for f in self._before:
                result = f(req, resp)
                if hasattr(result, "send"):
                    result = await result
                if result is not None or resp._begun:
                    break
            else:
                try:
                    route, params = self._router.find(path, method)
                except HTTPException as e:
                    from .errors import no_route

                    route, params = no_route(self, req, resp, e)
                req.route = route
                if route[3] != 1024:
                    req.max_body_size = route[3]
                for name in route[2]:
                    value = field(raw, name.lower())
                    if value is not None:
                        req.headers[name] = value
                result = route[1](req, resp, *params)
                if hasattr(result, "send"):
                    try:
                        value = result.send(None)
                    except StopIteration as e:
                        result = e.value
                    else:
                        from .stream import drive

                        result = await drive(result, resp, value)
            for f in self._after:
                f = f(req, resp)
                if hasattr(f, "send"):
                    await f
            if result is None or resp._begun:
                await resp._finish()
            else:
                data = resp._reply(result)
                n = c.put(data)
                if n < len(data):
                    await c.send(data[n:])
                if resp._rest:
                    await c.send(resp._rest)
        except Exception as e:
            if c.dead:
                raise OSError
            from .errors import fail

            await fail(self, req, resp, e)
        c.resp = None
        if since is not None:
            self.access_log(req.peer, method, path, resp.code, resp.sent_bytes, ticks_diff(ticks_ms(), since))
        if not resp._keep:
            if req._left or error:
                from .body import linger

                self._give(c)
                await linger(c)
            return False
        if req._left:
            from .body import drain, linger

            if not await drain(req):
                self._give(c)
                await linger(c)
                return False
        # What came behind this request is the next one's beginning.
        c.skip(c.pos)
        if c.n:
            await c.breathe()
        return True
