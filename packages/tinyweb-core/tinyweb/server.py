# The server: listener, connections, slots, deadlines, hooks, start and stop.
#
# How a connection runs. Each has one task, _converse(). Idle, it waits without a buffer. When there is something to
# read it takes a slot (a buffer; there are max_concurrency of them) and reads what is there. A head that is not whole
# gives the slot back at once: a client that sends slowly holds a few bytes, never a slot. A whole head is answered in
# the slot. When all slots are taken the connection waits for one. One watchdog for all looks at the deadlines that
# the connections note (see connection.py), and under pressure, when somebody waits for a slot, it ends who makes no
# progress.
#
# More connections than max_connections: the one that has been idle longest makes room for a new one; if none is idle,
# the new one stays in the listener's backlog.

import asyncio
import sys

from .connection import Connection, Listener, get_event_loop, sleep_ms, ticks_diff, ticks_ms
from .extension import extension
from .http import HTTPException, head_end, parse_head
from .http import parse_query_string, urldecode_plus  # noqa: F401  programs written for 1.x import them from here
from .request import request
from .response import response
from .router import Router

# The bytes of a slot's buffer; a longer head gets one of max_head bytes for itself.
_BUFFER = 1024

# What stands for a request that could not be read.
_NO_HEAD = (b"", b"", b"", 11, b"", False, 0, False)


def _short(method):
    def route(self, url, **kwargs):
        return self.route(url, methods=(method,), **kwargs)

    return route


class webserver:
    # Further limits, each a keyword of the constructor.
    max_connections = 0  # open connections, idle ones included; 0: 2 * max_concurrency + 2
    max_head = 4096  # bytes of a head, 431 above (2048 on esp8266)
    max_line = 1024  # bytes of a request line, 414 above
    max_fields = 64  # header lines, 431 above
    idle_timeout = 10  # seconds that a connection may be silent between requests, or before its first
    io_timeout = 5  # seconds without progress while a body is read or an answer written
    stop_timeout = 5  # seconds that running answers get to end by shutdown()
    allowed_hosts = None  # a tuple of host names; a request for another gets 421 (against DNS rebinding)
    access_log = None  # a function called with (peer, method, path, code, bytes, ms) after each answer

    def __init__(self, request_timeout=3, max_concurrency=None, backlog=16, debug=False, **limits):
        """Make a server.

        request_timeout: seconds for a complete head; 408 after them. max_concurrency: requests served at once (3 on
        esp8266, 6 on esp32, 10 elsewhere). backlog: connections that the system keeps waiting. debug: tracebacks go
        to the client. limits: see above. Raises TypeError for an unknown one.
        """
        self.request_timeout = request_timeout
        self.backlog = backlog
        self.debug = debug
        n = max_concurrency or {"esp8266": 3, "esp32": 6}.get(sys.platform, 10)
        self.max_concurrency = n
        self.max_connections = 2 * n + 2
        if sys.platform == "esp8266":
            self.max_head = 2048
        for k in limits:
            if k[0] == "_" or callable(getattr(webserver, k, len)):
                raise TypeError(k)
            setattr(self, k, limits[k])
        self._router = Router()
        self._catchall = None
        self._before = []
        self._after = []
        self._errors = {}
        self._slots = [None] * n  # the buffers of free slots, None for one not made yet
        self._queued = 0  # connections that wait for a slot
        self._conns = []
        self._memo = (b"\n", None)  # the last head, and what it was parsed to
        self._listener = None
        self._watchdog = None
        self._stopping = None  # the tick of shutdown()

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
        methods = tuple([m.encode() for m in methods])
        if b"GET" in methods and b"HEAD" not in methods:
            methods += (b"HEAD",)
        save = tuple([n.encode() if isinstance(n, str) else n for n in save_headers])
        self._router.add(
            url, (methods, f, save, max_body_size, allowed_access_control_headers, allowed_access_control_origins)
        )

    def route(self, url, **kwargs):
        """Decorate a handler; add_route() tells the rest."""

        def decorate(f):
            self.add_route(url, f, **kwargs)
            return f

        return decorate

    get = _short("GET")
    post = _short("POST")
    put = _short("PUT")
    patch = _short("PATCH")
    delete = _short("DELETE")

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
            self._catchall = f
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
            raise RuntimeError("running")
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
        loop = get_event_loop()
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
        listener = self._listener
        if listener:
            self._listener = None
            self._stopping = ticks_ms()
            if _cancel(self._task):
                listener.close()
            for c in self._conns:
                if c.buf is None:
                    _cancel(c.task)
            if not self._conns:
                self._done.set()

    async def stop(self):
        """shutdown(), and wait until all connections have ended; but for the caller's own, from a handler."""
        self.shutdown()
        while [c for c in self._conns if c.task is not asyncio.current_task()]:
            await sleep_ms(10)

    async def _listen(self, args):
        # Accept for ever. A failure is tried again after a growing pause, from the third on with a new listener: on a
        # board the network goes away and comes back.
        listener = self._listener
        failed = 0
        try:
            while self._listener:
                try:
                    if failed > 2:
                        listener.close()
                        self._listener = listener = Listener(*args)
                    if self._room():
                        got = await listener.accept()
                        c = Connection(*got)
                        c.io_limit = self.io_timeout * 1000
                        c.task = asyncio.create_task(self._converse(c))
                        self._conns.append(c)
                        self._watchdog = self._watchdog or asyncio.create_task(self._watch())
                    else:
                        await sleep_ms(20)
                    failed = 0
                except (OSError, MemoryError) as e:
                    failed += 1
                    if failed == 3:
                        from .errors import log

                        log("The listener failed", e)
                    await sleep_ms(min(10 << failed, 30000))
        finally:
            listener.close()

    def _room(self):
        # Whether one more connection may come; the longest idle one is sent away for it.
        if len(self._conns) < self.max_connections:
            return True
        oldest = None
        for c in self._conns:
            if c.buf is None and c.limit and (not oldest or ticks_diff(oldest.since, c.since) > 0):
                oldest = c
        if oldest:
            oldest.limit = 0  # not to be chosen twice
            _cancel(oldest.task)
        return oldest

    async def _watch(self):
        # The one watchdog. It lives while there are connections.
        while self._conns:
            stopping = self._stopping is not None
            queued = self._queued
            await sleep_ms(50 if queued or stopping else 250)
            now = ticks_ms()
            for c in self._conns:
                if c.limit:
                    late = ticks_diff(now, c.since)
                    if c.buf is None:
                        c.late = late >= c.limit or stopping
                    else:
                        # The more wait for a slot, the less patience with who holds one and does nothing.
                        c.late = late >= c.limit or queued and min(late, ticks_diff(now, c.mark)) * (queued + 1) > 600
                if c.late or stopping and ticks_diff(now, self._stopping) > self.stop_timeout * 1000:
                    _cancel(c.task)
        self._watchdog = None

    # ---- a connection

    async def _converse(self, c):
        try:
            while True:
                if c.buf is None:
                    while not self._slots:
                        self._queued += 1
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
        # A client sends the same head again and again: comparing it is far cheaper than parsing it.
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
                from .errors import linger

                self._give(c)
                await linger(c)
            return False
        if req._left:
            await req.body()
        # What came behind this request is the next one's beginning.
        c.skip(c.pos)
        if c.n:
            await c.breathe()
        return True


def _cancel(task):
    # Whether a task could be cancelled; the one that runs now cannot, and looks for itself whether to end.
    try:
        task.cancel()
        return True
    except RuntimeError:
        return False
