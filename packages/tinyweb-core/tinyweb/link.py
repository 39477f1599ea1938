# A link: what a handler has of a connection that it has taken over. Loaded with links.py.
#
# CONTRACT. Bytes never mix: what the socket does not take is kept in _unsent, and goes before anything else (see
# slow_links.py). When the client has gone the handler is cancelled, or sees it by an OSError; _lose() notes it, _end()
# cancels as well. A reader whose time is over is woken by a cancel that readable() catches.

from asyncio import CancelledError, current_task

from .lazy import lazy
from .transport import GONE, MICROPYTHON, sleep_ms, ticks_diff, ticks_ms

if MICROPYTHON:
    NO_WAIT = (0 for _ in ())  # as in streaming.py, which a link does not need
    tuple(NO_WAIT)
else:
    from .compat_cpython import NO_WAIT

_NOTHING = bytearray(0)
_space = bytearray(32)
links = []  # those that are open
_turn = 0  # reads until others have a turn


class Link:
    # A class attribute costs nothing for each link, but its look-up 800 instructions, eight times those of the object's
    # own. Six of these take 96 bytes, a seventh 32 more. One more is limit: for how many ms _task waits still, 0: for
    # ever, -1: it was woken. The names that modules of the core have for their own are known already, and cost no heap.
    last = b""  # what shutdown() sends
    progress = 0  # the tick at which the socket last took something, or the link ended
    _stopping = False  # whether the handler has been told to end
    _task = None  # the one that waits in readable()
    # Here, as links.py may be unloaded while there are links, and another task would look at them as well.
    _watchdog = None  # the server that the task which looks at all links was begun for, and its task: an older one ends
    _since = None  # the tick of its last turn

    def __init__(self, conn):
        self._conn = conn
        self._chunked = False  # None where the client has nothing to say, and the bytes are not framed either
        self._unsent = ()  # what is kept: a list of bytes-like objects, in their order
        # What the client has sent and nobody has read. In conn.pending it might be taken for a request.
        self.pending = b""

    @property
    def gone(self):
        """Whether the connection has ended."""
        return self._conn.state == GONE

    def __getattr__(self, name):
        return lazy.slow_links.get(self, name)

    def readinto(self, buf):
        """Read what has come, without a wait. Return the count of bytes, 0 if the client has gone, None if nothing.

        None now and then, too: a client that sends all the time would leave no time to others.
        """
        global _turn
        conn = self._conn
        got = self.pending
        if got:
            n = min(len(got), len(buf))
            buf[:n] = got[:n]
            self.pending = got[n:]
            return n
        try:
            n = 0
            if conn.state != GONE:
                _turn = _turn + 1 & 31
                if not _turn:
                    return None
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
        if self.pending:
            return True
        if conn.app.tls and not _turn:
            # The socket does not show what TLS has read already.
            await sleep_ms(0)
            return True
        # A wait that began without memory may have left this task.
        if self._task and self._task is not current_task():
            raise RuntimeError("Another task waits for this link already")
        # The turn of the watching task that comes first takes off a whole one.
        self.limit = 0 if seconds is None else int(seconds * 1000) + 500
        self._task = current_task()
        # One block of `try` and few variables: each link that waits holds them.
        try:
            await conn.stream.readinto(_NOTHING)
        except OSError:
            self._lose()
        except CancelledError:
            task = self._task
            self._task = None
            if self.limit >= 0:
                raise  # the program's own
            if not MICROPYTHON and hasattr(task, "uncancel") and task.uncancel():
                raise
            if conn.state != GONE:
                return False
        self._task = None
        if conn.state == GONE:
            raise OSError
        return True

    def push(self, data, most=1024):
        """Send data (str or bytes-like) without a wait. Return whether it is sent, or kept to be sent.

        False, and nothing of it is sent: the client is `most` bytes behind, has gone, or there is no memory.
        """
        try:
            return put(self, framed(data) if self._chunked else _encoded(data), most)
        except MemoryError:  # pragma: no cover  MicroPython: a PC has enough
            return False

    def push_all(self, others, data, most=1024):
        """Push the same data to each of a list of links. One that does not accept it is closed, and leaves the list."""
        chunk = framed(data)
        i = len(others)
        while i:
            i -= 1
            link = others[i]
            if not put(link, chunk if link._chunked else _encoded(data), most):
                others.pop(i).close()

    def write(self, data):
        """Send all of data (str or bytes-like), after what is kept. Awaitable.

        Raises OSError if the client has gone or takes nothing for io_timeout seconds. If it is cancelled, the rest is
        sent nevertheless.
        """
        conn = self._conn
        if conn.state == GONE:
            raise OSError
        data = framed(data) if self._chunked else _encoded(data)
        n = 0
        try:
            if not self._unsent:
                n = conn.sock.write(data) or 0
                conn.n += n
                if n == len(data):
                    return NO_WAIT
            return lazy.slow_links.write(self, data, n)
        except Exception:  # not a tuple: it would take memory
            self._end()
            raise

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
        if not MICROPYTHON or hasattr(reader.data, "remove"):  # pragma: no branch  MicroPython
            self.limit = -1
            _cancel(reader)

    def _look(self, now, passed):
        # What the watching task does for each link; it has done so `passed` ms ago.
        conn = self._conn
        if conn.state == GONE:
            self._end()
            if ticks_diff(now, self.progress) > 2000:
                conn.close()  # its handler goes on, whatever it waits for
            return
        if self._unsent and not lazy.slow_links.flush(self):
            if ticks_diff(now, self.progress) > conn.app.io_timeout * 1000:
                self._end()
        reader = self._task
        if reader:
            if self.limit > 0:
                self.limit = max(0, self.limit - passed)
                if not self.limit:
                    self._wake(reader)
        elif len(self.pending) < 128:
            # Nobody reads, so nothing would show that the client has gone.
            n = conn.sock.readinto(_space) if MICROPYTHON else conn.sock.now(_space)
            if n:
                self.pending += bytes(memoryview(_space)[:n])
            if n == 0 or self._chunked is not False and self.pending:
                self._end()

    def over(self):
        """Note that the handler has ended."""
        self._lose()
        if self in links:
            links.remove(self)
        if self._task:
            self._wake(self._task)


def put(link, data, most):
    """Push data (bytes-like), framed as the link wants it. A function, as a method takes longer to be found."""
    conn = link._conn
    n = 0
    try:
        if link._unsent:
            return lazy.slow_links.push(link, data, most)
        if conn.state == GONE:
            return False
        n = conn.sock.write(data) or 0
        conn.n += n
        return n == len(data) or lazy.slow_links.keep(link, data, n, most)
    except MemoryError:  # pragma: no cover  MicroPython: a PC has enough
        if n:
            link._end()  # part of it has left, so whatever came next would be in the wrong place
    except OSError:
        link._end()
    return False


def _encoded(data):
    return data.encode() if type(data) is str else data


def framed(data):
    """Return data (str or bytes-like) as a chunk; an empty one would end the body."""
    if type(data) is not bytes:
        data = bytes(_encoded(data))
    return b"".join((b"%x\r\n" % len(data), data, b"\r\n")) if data else b""


def _cancel(task):
    # A task that runs now sees by itself that the link is gone: MicroPython cannot cancel it. Return whether it was.
    try:
        if MICROPYTHON or task is not current_task():
            return task.cancel()
    except RuntimeError:  # pragma: no cover  MicroPython
        pass  # it runs
    return False
