# Links: connections that a handler takes over, for server-sent events, WebSockets and the like. Loaded with the first.
#
# CONTRACT. upgrade() and stream() send the head, give slot and buffer back and return a Link. The connection belongs to
# the handler until that ends; then it is closed. Nothing of HTTP is done for it meanwhile: conn.resp is None, so a turn
# of the handler costs what a turn of a task costs. Other attributes of the connection have another meaning: progress is
# the link, pending what the client has sent and nobody has read, n the count of bytes sent, since when it began.
#
# Bytes never mix: what the socket does not take is kept, and goes before anything else. One task looks at all links
# twice a second, and more often while something is kept: it sends that, and ends a link whose client takes nothing for
# io_timeout seconds or has gone. It wakes a reader whose time is over by a cancel that readable() catches.

from asyncio import CancelledError, create_task, current_task

from .http import HTTPException
from .lazy import lazy
from .response import NEW, SENT
from .transport import GONE, MICROPYTHON, NO_WAIT, sleep_ms, ticks_diff, ticks_ms

_NOTHING = bytearray(0)
_space = bytearray(32)
_connections = []  # the links
_watchdog = None  # what the task that looks at them was given, so that an older one ends

# The last data that was framed as a chunk, and the chunk: what is pushed to many clients is framed once.
_last_body = _last_response = None


class Link:
    # A class attribute costs nothing for each link. Beside these there are: progress, the tick at which the socket last
    # took something, or the link ended; since and limit, from when and for how many ms _task waits, 0: for ever, -1: it
    # was woken. The names that modules of the core have for their own are known already, and cost no heap.
    last = b""  # what shutdown() sends
    _chunked = False
    _stream = True  # whether the client has nothing to say
    _unsent = ()  # what is kept: a list of bytes-like objects, in their order
    _stopping = False  # whether the handler has been told to end
    _task = None  # the one that waits in readable()

    def __init__(self, conn):
        self._conn = conn

    @property
    def gone(self):
        """Whether the connection has ended."""
        return self._conn.state == GONE

    @property
    def behind(self):
        """The count of bytes that are kept."""
        n = 0
        for part in self._unsent:
            n += len(part)
        return n

    def readinto(self, buf):
        """Read what has come, without a wait. Return the count of bytes, 0 if the client has gone, None if nothing."""
        conn = self._conn
        got = conn.pending
        if got:
            n = min(len(got), len(buf))
            buf[:n] = got[:n]
            conn.pending = got[n:]
            return n
        try:
            n = 0
            if conn.state != GONE:
                n = conn.sock.readinto(buf) if MICROPYTHON else conn.sock.now(buf)
        except OSError:
            pass  # it has gone
        if n == 0:
            self._lose()
        return n

    async def readable(self, seconds=None):
        """Wait until there is something to read. Return True, False after so many seconds (to half a second).

        Raises OSError if the client has gone, RuntimeError if another task waits for it already.
        """
        conn = self._conn
        if conn.state == GONE:
            raise OSError
        if conn.pending:
            return True
        if self._task:
            raise RuntimeError("Another task waits for this link already")
        self.limit = 0 if seconds is None else int(seconds * 1000) or 1
        self.since = ticks_ms()
        self._task = task = current_task()
        try:
            await conn.stream.readinto(_NOTHING)
        except CancelledError:
            if self.limit >= 0:
                raise  # the program's own
            if not MICROPYTHON and hasattr(task, "uncancel") and task.uncancel():
                raise
            if conn.state != GONE:
                return False
        except OSError:
            self._lose()
        finally:
            self._task = None
        if conn.state == GONE:
            raise OSError
        return True

    def push(self, data, most=1024):
        """Send data (str or bytes-like) without a wait. Return whether it is sent, or kept to be sent.

        False, and nothing of it is sent: the client is `most` bytes behind, has gone, or there is no memory.
        """
        conn = self._conn
        try:
            if self._chunked:
                data = _last_response if data is _last_body else _framed(data)
            elif type(data) is str:
                data = data.encode()
            if self._unsent:
                self._flush()
                if self._unsent:
                    if self.behind + len(data) > most:
                        return False
                    self._keep(data, 0)
                    return True
            if conn.state == GONE:
                return False
            n = conn.sock.write(data) or 0
            conn.n += n
            if n < len(data):
                # TLS wants what it has refused once more.
                if not n and len(data) > most and not conn.app.tls:
                    return False
                self._keep(data, n)
            return True
        except MemoryError:
            return False
        except OSError:
            self._end()
            return False

    def write(self, data):
        """Send all of data (str or bytes-like), after what is kept. Awaitable.

        Raises OSError if the client has gone or takes nothing for io_timeout seconds. If it is cancelled, the rest is
        sent nevertheless.
        """
        conn = self._conn
        if conn.state == GONE:
            raise OSError
        if self._chunked:
            data = _framed(data)
        elif type(data) is str:
            data = data.encode()
        n = 0
        if not self._unsent:
            try:
                n = conn.sock.write(data) or 0
            except OSError:
                self._end()
                raise
            conn.n += n
            if n == len(data):
                return NO_WAIT
        self._keep(data, n)
        return self._drain(conn.n + self.behind)

    async def _drain(self, end):
        # Wait until as many bytes are sent. Only one task may wait for a socket, so this one looks again and again.
        wait = 1
        while self._conn.n < end:
            await sleep_ms(wait)
            wait = min(wait + wait, 20)
            try:
                if self._conn.state == GONE:
                    raise OSError
                self._flush()
            except OSError:
                self._end()
                raise

    def close(self, last=b""):
        """Send what is kept, and `last`, as far as the socket takes it now, and end the connection. From any task."""
        conn = self._conn
        if conn.state != GONE:
            try:
                self._flush()
                if not self._unsent:
                    if self._chunked:
                        last = _framed(last) + b"0\r\n\r\n"
                    if last:
                        conn.n += conn.sock.write(last) or 0
            except (OSError, MemoryError):
                pass  # it ends anyway
            self._end()

    def _keep(self, data, n):
        # Keep the data behind its first n bytes, which the socket has taken.
        if n == len(data):
            return
        try:
            if type(data) is not bytes:
                data = bytes(data)  # it may change
            if n:
                data = memoryview(data)[n:]
            if self._unsent:
                self._unsent.append(data)
            else:
                self.progress = ticks_ms()
                self._unsent = [data]
        except MemoryError:
            if n:
                # Part of it has left, so whatever came next would be in the wrong place.
                self._end()
                raise OSError
            raise

    def _flush(self):
        # Send what is kept, as far as the socket takes it. Raises OSError.
        conn = self._conn
        kept = self._unsent
        while kept:
            part = kept[0]
            n = conn.sock.write(part)
            if not n:
                break
            self.progress = ticks_ms()
            conn.n += n
            if n < len(part):
                try:
                    kept[0] = memoryview(part)[n:]
                    break
                except MemoryError:
                    raise OSError
            kept.pop(0)

    def _lose(self):
        conn = self._conn
        if conn.state != GONE:
            conn.state = GONE
            self._unsent = ()
            self.progress = ticks_ms()

    def _end(self):
        # Let the handler end, and another task that reads.
        self._lose()
        reader = self._task
        if reader:
            self._wake(reader)
        task = self._conn.task
        if task is not reader and not self._stopping:
            self._stopping = _cancel(task)

    def _wake(self, reader):
        # One that is about to run anyway is left alone: its cancel may be the program's.
        if not MICROPYTHON or hasattr(reader.data, "remove"):
            self.limit = -1
            _cancel(reader)

    def _look(self, now):
        # What the watching task does for each link.
        conn = self._conn
        if conn.state == GONE:
            if ticks_diff(now, self.progress) > 2000:
                conn.close()  # its handler goes on, whatever it waits for
            else:
                self._end()
            return
        if self._unsent:
            self._flush()
            if self._unsent and ticks_diff(now, self.progress) > conn.app.io_timeout * 1000:
                self._end()
        reader = self._task
        if reader:
            if self.limit > 0 and ticks_diff(now, self.since) >= self.limit:
                self._wake(reader)
        elif len(conn.pending) < 128:
            # Nobody reads, so nothing would show that the client has gone.
            n = conn.sock.readinto(_space) if MICROPYTHON else conn.sock.now(_space)
            if n:
                conn.pending += bytes(memoryview(_space)[:n])
            if n == 0 or self._stream and conn.pending:
                self._end()

    def over(self):
        """Note that the handler has ended."""
        self._lose()
        self._conn.pending = b""
        if self in _connections:
            _connections.remove(self)
        if self._task:
            self._wake(self._task)

    async def finish(self):
        """Send what is left when the handler has returned."""
        try:
            if self._conn.state != GONE:
                self._chunked, chunked = False, self._chunked
                await self.write(b"0\r\n\r\n" if chunked else b"")
        finally:
            self.over()


def _framed(data):
    # Return data (str or bytes-like) as a chunk; an empty one would end the body.
    global _last_body, _last_response
    if data is not _last_body:
        text = data.encode() if type(data) is str else bytes(data)
        _last_response = b"%x\r\n%s\r\n" % (len(text), text) if len(text) else b""
        _last_body = data if type(data) in (str, bytes) else None
    return _last_response


def _cancel(task):
    # A task that runs now sees by itself that the link is gone: MicroPython cannot cancel it. Return whether it was.
    try:
        if MICROPYTHON or task is not current_task():
            return task.cancel()
    except RuntimeError:
        pass  # it runs
    return False


async def _watch(me):
    while me is _watchdog and _connections:
        await sleep_ms(50 if [link for link in _connections if link._unsent] else 500)
        now = ticks_ms()
        for link in tuple(_connections):
            try:
                if link._conn in link._conn.app._connections:
                    link._look(now)
                else:
                    link.over()
            except OSError:
                link._end()
            except MemoryError:
                pass  # it is tried again at the next turn


async def _take_over(resp, conn, head):
    global _watchdog
    app = conn.app
    await conn.write(head)
    link = Link(conn)
    if _connections and not [x for x in _connections if x._conn in x._conn.app._connections]:
        _connections.clear()  # of a server that has ended, and its event loop with it
    if not _connections:
        _watchdog = []
        create_task(_watch(_watchdog))
    _connections.append(link)
    if conn.pos < conn.n:
        conn.pending = bytes(memoryview(conn.buf)[conn.pos : conn.n]) + conn.pending
    conn.free_slot()
    # The fields of the request are not kept: a hundred or a thousand bytes for each link.
    app._last_head = None
    resp.req.head.raw = b""
    resp.state = SENT
    resp._keep_alive = resp._chunked = False
    resp._released = link
    conn.resp = None
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
    lines += resp.extra_lines
    if resp.headers:
        lines = lazy.header_fields.head_lines(resp, lines, True)[0]
    resp.code = 101
    link = await _take_over(resp, conn, b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n%s\r\n" % lines)
    link._stream = False
    return link


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
    link._chunked = chunked
    if resp.no_body:
        link._lose()
    return link
