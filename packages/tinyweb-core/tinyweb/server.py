# The server: listener, connections, slots, deadlines, hooks, start and stop.
#
# How a connection runs. Each has one task, _converse(). Idle, it waits without a buffer. When there is something to
# read it takes a slot (a buffer; there are max_concurrency of them) and reads what is there. A head that is not whole
# gives the slot back at once: a client that sends slowly holds a few bytes, never a slot. A whole head is answered in
# the slot. When all slots are taken the connection queues. One watchdog for all looks at the deadlines that the
# connections note (see connection.py), and under pressure, when somebody queues, it ends who makes no progress.
#
# More connections than max_connections: the one that has been idle longest makes room for a new one; if none is idle,
# the new one stays in the listener's backlog.

import asyncio
import gc
import sys

from .connection import Connection, Listener, sleep_ms, ticks_diff, ticks_ms
from .extension import extension
from .http import (  # noqa: F401  the last two for programs written for 1.x
    METHODS,
    HTTPException,
    head_end,
    parse_head,
    parse_query_string,
    urldecode_plus,
)
from .request import request
from .response import drive, response
from .router import Router

# What stands for a request that could not be read.
_NO_HEAD = (b"", b"", 11, b"", False, 0, False)

_SLOTS = {"esp8266": 3, "esp32": 6}


class webserver:
    def __init__(
        self,
        request_timeout=3,
        max_concurrency=None,
        backlog=16,
        debug=False,
        max_connections=None,
        max_head=None,
        max_line=1024,
        max_fields=64,
        idle_timeout=10,
        io_timeout=5,
        stop_timeout=5,
        allowed_hosts=None,
        access_log=None,
    ):
        """Make a server.

        request_timeout: seconds for a complete head; 408 after them. idle_timeout: seconds that a connection may be
        silent between requests, or before its first. io_timeout: seconds without progress while a body is read or an
        answer written. stop_timeout: seconds that running answers get by shutdown().
        max_concurrency: requests served at once (3 on esp8266, 6 on esp32, 10 elsewhere); max_connections: open
        connections, idle ones included (2 * max_concurrency + 2).
        max_head: bytes of a head (2048 on esp8266, else 4096), 431 above; max_line: of a request line, 414 above;
        max_fields: number of header lines, 431 above. backlog: connections that the system keeps waiting.
        allowed_hosts: None, or a tuple of host names; a request for another gets 421. access_log: None, or a function
        called with (peer, method, path, code, bytes, ms) after each answer. debug: tracebacks go to the client.
        """
        slots = max_concurrency or _SLOTS.get(sys.platform, 10)
        self.max_concurrency = slots
        self.max_connections = max_connections or 2 * slots + 2
        self.max_head = max_head or (2048 if sys.platform == "esp8266" else 4096)
        self.max_line = max_line
        self.max_fields = max_fields
        self.request_timeout = request_timeout
        self.idle_timeout = idle_timeout
        self.io_timeout = io_timeout
        self.stop_timeout = stop_timeout
        self.backlog = backlog
        self.debug = debug
        self.allowed_hosts = allowed_hosts
        self.access_log = access_log
        self._router = Router()
        self._catchall = None
        self._before = []
        self._after = []
        self._errors = {}
        self._slots = [None] * slots  # free slots: a (buffer, memoryview), or None for one not made yet
        self._queue = []
        self._conns = []
        self._memo = (b"\n", None)  # the last head and what it parsed to
        self._listener = None
        self._task = None
        self._watchdog = None
        self._stopping = None

    # ---- what programs register

    def add_route(
        self,
        url,
        f,
        methods=("GET", "POST"),
        save_headers=(),
        max_body_size=1024,
        allowed_access_control_headers="*",
        allowed_access_control_origins="*",
    ):
        """Map a URL to a handler f(req, resp, *params).

        url: a path; "<name>", "<int:name>" or, last, "<path:name>" stand for a segment and are passed to f in order.
        methods: of str; HEAD comes with GET. save_headers: names of fields to keep in req.headers. max_body_size: in
        bytes, for bodies that are read whole. Raises ValueError for a malformed URL or one that stands already.
        """
        methods = [m.encode() if isinstance(m, str) else m for m in methods]
        if b"GET" in methods and b"HEAD" not in methods:
            methods.append(b"HEAD")
        save = tuple([n.encode() if isinstance(n, str) else n for n in save_headers])
        self._router.add(
            url,
            (tuple(methods), f, save, max_body_size, allowed_access_control_headers, allowed_access_control_origins),
        )

    def route(self, url, **kwargs):
        """Decorate a handler; add_route() tells the rest."""

        def decorate(f):
            self.add_route(url, f, **kwargs)
            return f

        return decorate

    def get(self, url, **kwargs):
        """Decorate a handler of GET (and HEAD)."""
        return self.route(url, methods=("GET",), **kwargs)

    def post(self, url, **kwargs):
        """Decorate a handler of POST."""
        return self.route(url, methods=("POST",), **kwargs)

    def put(self, url, **kwargs):
        """Decorate a handler of PUT."""
        return self.route(url, methods=("PUT",), **kwargs)

    def patch(self, url, **kwargs):
        """Decorate a handler of PATCH."""
        return self.route(url, methods=("PATCH",), **kwargs)

    def delete(self, url, **kwargs):
        """Decorate a handler of DELETE."""
        return self.route(url, methods=("DELETE",), **kwargs)

    def add_resource(self, cls, url, **kwargs):
        """Map a class or object with methods get, post, put, patch, delete to a URL; needs tinyweb-rest."""
        return extension("rest").add_resource(self, cls, url, **kwargs)

    def resource(self, url, method="GET", **kwargs):
        """Decorate a function of a resource; needs tinyweb-rest."""
        return extension("rest").resource(self, url, method, **kwargs)

    def static(self, url_prefix, folder, **kwargs):
        """Serve a folder below a URL; needs tinyweb-static."""
        return extension("static").static(self, url_prefix, folder, **kwargs)

    def catchall(self):
        """Decorate the handler of all paths that no route takes, for every method."""

        def decorate(f):
            self._catchall = ((), f, (), 1024, "*", "*")
            return f

        return decorate

    def errorhandler(self, what):
        """Decorate a handler f(req, resp, error) for a status code or a class of exceptions."""

        def decorate(f):
            self._errors[what] = f
            return f

        return decorate

    def before_request(self, f):
        """Decorate f(req, resp), called before each handler; what it returns, if not None, is the answer."""
        self._before.append(f)
        return f

    def after_request(self, f):
        """Decorate f(req, resp), called after each handler; while the head has not left it may add fields to it."""
        self._after.append(f)
        return f

    # ---- start and stop

    def _open(self, host, port, backlog, ssl):
        if self._listener:
            raise RuntimeError("The server runs already")
        args = (host, port, backlog or self.backlog, ssl)
        self._listener = Listener(*args)
        self._stopping = None
        self._done = asyncio.Event()
        return self._listen(args)

    def run(self, host="", port=8081, loop_forever=True, backlog=None, ssl=None):
        """Serve on host ("" is every interface) and port until shutdown().

        loop_forever=False starts the server on the running or coming event loop and returns. backlog: the
        constructor's if None. ssl: an ssl.SSLContext with a certificate makes it https. Raises OSError (EADDRINUSE)
        for a taken port.
        """
        listen = self._open(host, port, backlog, ssl)
        try:
            loop = asyncio.get_event_loop()
        except RuntimeError:  # CPython 3.14 makes no loop by itself
            loop = asyncio.new_event_loop()
            asyncio.set_event_loop(loop)
        self._task = loop.create_task(listen)
        if loop_forever:
            try:
                loop.run_until_complete(self._done.wait())
            finally:
                # By Ctrl-C too: the port and the sockets are free when the prompt is back.
                self.shutdown()
                for c in self._conns:
                    c.sock.close()
                self._conns.clear()

    async def start(self, host="", port=8081, backlog=None, ssl=None):
        """Serve beside the tasks of the running loop; returns when the port is open. run() tells the parameters."""
        self._task = asyncio.create_task(self._open(host, port, backlog, ssl))
        await sleep_ms(0)

    def shutdown(self):
        """Stop: take no client more, close the idle ones; running answers get stop_timeout seconds to end."""
        if self._listener is None:
            return
        self._stopping = ticks_ms()
        listener = self._listener
        self._listener = None
        if _cancel(self._task):
            listener.close()
        self._task = None
        for c in self._conns:
            if c.buf is None:
                _cancel(c.task)
        if not self._conns:
            self._done.set()

    async def stop(self):
        """shutdown(), and wait until all connections have ended; but for the caller's own, from a handler."""
        self.shutdown()
        me = asyncio.current_task()
        while [c for c in self._conns if c.task is not me]:
            await sleep_ms(10)

    async def _listen(self, args):
        # Accept for ever. A failure is tried again after a growing pause, from the third on with a new listener: on a
        # board the network goes away and comes back.
        listener = self._listener
        failed = 0
        try:
            while self._listener is not None:
                try:
                    if not listener:
                        self._listener = listener = Listener(*args)
                    if not self._room():
                        await sleep_ms(20)
                        continue
                    s, stream, address = await listener.accept()
                    failed = 0
                    c = Connection(s, stream, address, self.io_timeout * 1000)
                    c.task = asyncio.create_task(self._converse(c))
                    self._conns.append(c)
                    if self._watchdog is None:
                        self._watchdog = asyncio.create_task(self._watch())
                except (OSError, MemoryError) as e:
                    failed += 1
                    if failed == 3:
                        self._log("The listener failed", e)
                    if isinstance(e, MemoryError):
                        gc.collect()
                    elif failed > 2 and listener:
                        listener.close()
                        listener = None
                    await sleep_ms(min(10 << failed, 30000))
        finally:
            if listener:
                listener.close()

    def _room(self):
        # Whether one more connection may come; the longest idle one is sent away for it.
        if len(self._conns) < self.max_connections:
            return True
        oldest = None
        for c in self._conns:
            if c.buf is None and c.limit and (oldest is None or ticks_diff(oldest.since, c.since) > 0):
                oldest = c
        if oldest:
            oldest.limit = 0  # not to be chosen twice
            _cancel(oldest.task)
        return oldest is not None

    async def _watch(self):
        # The one watchdog. It lives while there are connections.
        while self._conns:
            queued = len(self._queue)
            await sleep_ms(50 if queued or self._stopping is not None else 250)
            now = ticks_ms()
            # The more wait for a slot, the less patience with who holds one and does nothing.
            patience = 600 // (queued + 1)
            stop = self._stopping is not None and ticks_diff(now, self._stopping) >= self.stop_timeout * 1000
            for c in self._conns:
                if c.limit:
                    late = ticks_diff(now, c.since) >= c.limit
                    if c.buf is None:
                        late = late or self._stopping is not None
                    elif queued and ticks_diff(now, c.since) >= patience:
                        late = late or ticks_diff(now, c.mark) >= patience
                    c.late = late
                if stop or c.limit and late:
                    _cancel(c.task)
        self._watchdog = None
        if self._stopping is not None:
            self._done.set()

    # ---- a connection

    async def _converse(self, c):
        answered = 0
        try:
            while True:
                if c.buf is None:
                    if not self._slots:
                        await self._wait_slot()
                    self._take(c)
                error = None
                try:
                    # raw is None while the head is not whole.
                    raw, head = self._read(c)
                except HTTPException as e:
                    raw, head, error = b"", _NO_HEAD, e
                if raw is not None:
                    c.begun = 0
                    if not await self._answer(c, raw, head, error):
                        break
                    if c.n:
                        await c.breathe()
                    answered = 1
                    continue
                n = c.sock.readinto(c.mv[c.n :] if c.n else c.buf)
                if n:
                    c.n += n
                elif n == 0:
                    break
                else:
                    await self._park(c)
        except (OSError, EOFError):
            pass  # the client has gone: that is its right, and ends this connection only
        except MemoryError:
            gc.collect()
        except Exception as e:
            self._log("A connection failed", e)
        except asyncio.CancelledError:
            if c.late and (c.begun or c.resp and not c.resp._sent):
                # Best effort: who has begun a request is told why it ends.
                try:
                    c.sock.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                except OSError:
                    pass  # it has gone as well
            raise
        finally:
            self._give(c)
            if c in self._conns:
                self._conns.remove(c)
            c.sock.close()
            if self._stopping is not None and not self._conns:
                self._done.set()

    def _take(self, c):
        slot = self._slots.pop()
        try:
            size = max(1024, len(c.part) + 1)
            if slot is None or size > 1024:
                buf = bytearray(size)
                slot = (buf, memoryview(buf))
        except MemoryError:
            self._slots.append(None)
            raise
        c.slot = slot
        c.buf, c.mv = slot
        c.moved = 0
        c.mark = ticks_ms()
        if c.part:
            c.n = len(c.part)
            c.mv[: c.n] = c.part
            c.part = b""

    def _give(self, c):
        if c.buf is not None:
            # A buffer that grew for one long head is dropped.
            self._slots.append(c.slot if len(c.buf) == 1024 else None)
            c.slot = c.buf = c.mv = None
            c.n = c.pos = 0
            if self._queue:
                self._queue.pop(0).set()

    async def _wait_slot(self):
        place = len(self._queue)
        while True:
            turn = asyncio.Event()
            self._queue.insert(place, turn)
            try:
                await turn.wait()
            except asyncio.CancelledError:
                if turn in self._queue:
                    self._queue.remove(turn)
                elif self._queue and self._slots:
                    self._queue.pop(0).set()  # it was our turn: the next one's now
                raise
            if self._slots:
                return
            place = 0

    def _read(self, c):
        # Give (raw, parsed) of the head at the start of the buffer, (None, None) while it is not whole.
        n = c.n
        if not n:
            return None, None
        # A client sends the same head again and again: comparing it is far cheaper than parsing it.
        memo = self._memo
        end = len(memo[0])
        if n >= end and c.mv[:end] == memo[0]:
            c.pos = end
            return memo
        # Empty lines before a request are skipped (RFC 9112 2.2).
        while n > 1 and c.buf[0] == 13 and c.buf[1] == 10:
            n -= 2
            c.mv[:n] = bytes(c.mv[2 : n + 2])
            c.n = n
        if not n or n == 1 and c.buf[0] == 13:
            return None, None
        end = head_end(c.buf, n, self.max_line)
        if end > self.max_head or end < 0 and n >= self.max_head:
            raise HTTPException(431)
        if end < 0:
            if n == len(c.buf):
                buf = bytearray(min(2 * n, self.max_head))
                buf[:n] = c.buf
                c.slot = c.buf = buf
                c.mv = memoryview(buf)
            return None, None
        raw = bytes(c.mv[:end])
        memo = (raw, parse_head(raw, self.max_line, self.max_fields))
        if end <= 1024:
            self._memo = memo
        c.pos = end
        return memo

    async def _park(self, c):
        # Nothing to read now: give the slot back, keep what has come of a head, and wait.
        part = bytes(c.mv[: c.n]) if c.n else b""
        self._give(c)
        if part:
            c.part = part
            c.begun = c.begun or ticks_ms()
            await c.wait(self.request_timeout * 1000, c.begun)
        else:
            await c.wait(self.idle_timeout * 1000)

    async def _answer(self, c, raw, head, error):
        # Answer one request; gives whether the connection is kept.
        since = ticks_ms() if self.access_log else 0
        req = request(c, head, raw)
        c.resp = resp = response(c, req, head[4] and self._stopping is None)
        try:
            if error:
                raise error
            if self.allowed_hosts is not None:
                self._check_host(req)
            result = None
            for f in self._before:
                result = await self._call(resp, f(req, resp))
                if result is not None or resp._begun:
                    break
            else:
                try:
                    route, params = self._router.find(req.path, req.method)
                except HTTPException as e:
                    route, params = self._no_route(req, resp, e)
                req.route = route
                if route[3] != 1024:
                    req.max_body_size = route[3]
                for name in route[2]:
                    value = req.header(name)
                    if value is not None:
                        req.headers[name] = value
                result = route[1](req, resp, *params)
                if hasattr(result, "send"):
                    try:
                        value = result.send(None)
                    except StopIteration as e:
                        result = e.value
                    else:
                        result = await drive(result, resp, value)
            if result is not None and not resp._begun:
                await resp._reply(result)
        except Exception as e:
            if c.dead:
                raise OSError
            from .errors import fail

            await fail(self, req, resp, e)
        for f in self._after:
            await self._call(resp, f(req, resp))
        await resp._finish()
        c.resp = None
        if self.access_log:
            self.access_log(
                req.peer, req.method, req.path, resp.code, resp.body_bytes, ticks_diff(ticks_ms(), since)
            )
        if not resp._keep:
            if req._left or error:
                # What the client goes on sending is read and thrown away for a second.
                self._give(c)
                await c.linger(1000)
            return False
        if req._left:
            await req._drain()
        # What came behind this request is the next one's beginning.
        n = c.n - c.pos
        if n:
            c.mv[:n] = bytes(c.mv[c.pos : c.n])
        c.n = n
        c.pos = 0
        return True

    async def _call(self, resp, result):
        # A hook may be a coroutine.
        if hasattr(result, "send"):
            result = await result
        return result

    def _check_host(self, req):
        # Another name for our address is a sign of DNS rebinding.
        host = req.host.lower()
        end = host.find(b"]") + 1 if host[:1] == b"[" else host.find(b":")
        if (host if end < 0 else host[:end]).decode() not in self.allowed_hosts:
            raise HTTPException(421)

    def _no_route(self, req, resp, e):
        # No route takes this path and method: the catch-all, an automatic OPTIONS, or the error.
        allow = e.routes
        if req.path == b"*":
            allow = (METHODS, None, (), 0, "*", "*")
        elif not allow:
            if self._catchall and e.code != 400:
                return self._catchall, ()
            raise e
        if req.method != b"OPTIONS":
            raise e
        req.route = allow
        resp.add_header("Allow", ", ".join([m.decode() for m in allow[0]]))
        resp.add_access_control_headers()
        return (allow[0], _nothing, (), 1024, "*", "*"), ()

    def _log(self, what, error):
        from .errors import log

        log(what, error)


def _nothing(req, resp, *params):
    # The answer to OPTIONS is all in its fields.
    resp.code = 204


def _cancel(task):
    # Whether a task could be cancelled; the one that runs now cannot, and looks for itself whether to end.
    try:
        task.cancel()
        return True
    except RuntimeError:
        return False
