# One TCP (or TLS) connection and the listener, on public asyncio only.
#
# CONTRACT. A socket is tried first and waited for only when it says "not now" (None): a trip through asyncio costs as
# much as 25 calls. MicroPython's Stream serves just to wait: readinto() of an empty buffer returns when there is
# something to read, and drain() when there is room to write. Every wait notes since when (since, a tick) and how
# long it may last (limit, in ms; 0 while nobody waits for the peer): the server's watchdog cancels the task of a late
# one, so no request pays for a timer of its own. OSError or EOFError from here marks the connection dead; the server
# then ends it, whatever a handler does.
#
# A Connection is also the coroutine of its task: asyncio resumes it by send(), which hands on to the engine's
# conversation. So one place sees when a request has to wait, for whatever reason, and handlers are simply awaited.
#
# On CPython the same few calls come from tinyweb/cpython.py.

import sys

from .extension import room

MICROPYTHON = sys.implementation.name == "micropython"
# Here, as handlers of all kinds end up with it.
NO_YIELD = "A handler does not yield: it returns its body, or awaits resp.send(); generators are for tinyweb-rest"

if MICROPYTHON:
    import socket
    from asyncio import StreamReader as Stream
    from asyncio import create_task, get_event_loop, sleep_ms  # noqa: F401
    from time import ticks_diff, ticks_ms

    # An awaitable that is done at once, and costs nothing: a generator that has ended. asyncio takes it for a
    # coroutine, so wait_for(), gather() and create_task() take it too.
    DONE = (0 for _ in ())
    tuple(DONE)

    # Of str too: its bytes, without a copy.
    view = memoryview

    class Listener:
        def __init__(self, host, port, backlog, ssl, timeout):
            """Bind and listen; raises OSError, EADDRINUSE for a taken port."""
            ai = socket.getaddrinfo(host or "0.0.0.0", port)[0]
            self._s = s = socket.socket(ai[0], socket.SOCK_STREAM)
            self._ssl = ssl
            try:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(ai[-1])
                s.listen(backlog)
                s.setblocking(False)
            except OSError:
                s.close()
                raise
            self._stream = Stream(s)

        async def accept(self):
            """Wait for a client. Return (socket, stream, address)."""
            await self._stream.read(0)
            s, address = self._s.accept()
            try:
                s.setblocking(False)
                try:
                    # TCP_NODELAY: an answer in two writes must not wait for the peer's delayed ACK.
                    s.setsockopt(6, 1, 1)
                except (OSError, ValueError):  # pragma: no cover  unseen: boards' ports
                    pass  # a port without it is only slower
                if self._ssl:
                    raw = s
                    s = self._ssl.wrap_socket(s, server_side=True, do_handshake_on_connect=False)
                    _below[id(s)] = raw
                return s, Stream(s), address
            except Exception:
                shut(s)
                raise

        def close(self):
            # Once: on Unix a second close would hit whoever has got the number of the descriptor since.
            s = self._s
            self._s = None
            if s:
                s.close()

else:
    from .cpython import DONE, Listener, create_task, get_event_loop, sleep_ms, ticks_diff, ticks_ms, view  # noqa: F401


class Closed:
    # What a connection has for a socket when it has been closed: the descriptor may be another connection's by then.
    def write(*_):
        raise OSError

    close = readinto = write


# The id of a socket of TLS -> the socket below it.
_below = {}


def shut(sock):
    """Close a socket, and the one below TLS."""
    raw = _below and _below.pop(id(sock), None)
    try:
        sock.close()
        if raw:
            # MicroPython's TLS forgets the socket below it when a handshake fails (micropython#19630). Where it
            # has been closed, the first of these raises: a second close might hit another connection.
            raw.setblocking(False)
            raw.close()
    except OSError:
        pass  # it is closed


class Connection:
    def __init__(self, app, got):
        # All attributes have their place from the start: a new one may find no memory, and then a slot would be lost.
        # There are 17 of them, as many as one size of MicroPython's tables holds.
        # error: what to raise where the conversation waits. buf: where the request is while one is served, else None;
        # buf[pos:n] is read and not yet used. resp: the response in the making; without one the connection is idle.
        # part: what has come before a wait, or while a handler waits for something else. held: whether it has a slot.
        # mark: until when what has moved would do, see count(); 0 while nobody has looked. dead: True once it has gone,
        # 408 once it is late, below 0 where its client has ended its side, see gone.look().
        self.app = app
        self.sock, self.stream, self.address = got
        self.error = self.buf = self.resp = None
        self.n = self.pos = self.since = self.limit = self.mark = 0
        self.held = self.dead = False
        self.part = b""
        self.talk = app._converse(self)
        self.task = create_task(self)

    def send(self, value):
        # asyncio: go on.
        error = self.error
        if error is None:
            value = self.talk.send(value)
        else:
            self.error = None
            value = self.talk.throw(error)
        if value is not None and MICROPYTHON:
            value = room("gone").refuse(self)
        if self.resp is not None:
            self._turn()
        return value

    def _turn(self):
        # Apart from send(): with a try there its state would lie on the heap, at each turn.
        try:
            room("wait").turn(self)
        except Exception as e:
            # Not now: what is waited for will wake this task, which has to be there then.
            self.error = e
            if self.buf is self.app._land:  # pragma: no cover  unseen: memory may run out elsewhere
                # It was not moved, and others read there now.
                self.buf = None
                if self.resp._out:
                    self.resp._out = None

    def throw(self, error):
        # asyncio: go on with an exception where the conversation waits.
        self.error = error
        try:
            return self.send(None)
        except BaseException:
            # A conversation that had not begun has no finally yet.
            if self in self.app._conns:
                self.close()
            raise

    def skip(self, i):
        """Drop the first i bytes of the buffer."""
        n = self.n - i
        if n:
            self.buf[:n] = self.buf[i : self.n]
        self.n = n
        self.pos = 0

    def count(self, n):
        """Note that n bytes have moved, 2 ms for each. Under pressure the oldest mark goes (admission.press())."""
        if self.mark:
            self.mark += 2 * n

    def put(self, data):
        """Send what the socket takes at once; gives the count of bytes."""
        try:
            return self.sock.write(data) or 0
        except OSError:
            self.dead = True
            raise

    def release(self):
        """Give the slot back before the answer is done: for who has long to send, and needs no buffer for it."""
        if self.pos == self.n and not self.resp._req._left:
            self.app._give(self)

    def last_word(self, data):
        """Say why the connection ends, if a request has begun and not its response, as far as the socket takes it."""
        if self.resp._sent if self.resp else not (self.buf or self.part):
            return
        try:
            self.sock.write(data)
        except Exception:
            pass  # the client has gone in just this moment: then the end alone must do

    def close(self):
        """Forget the connection."""
        app = self.app
        try:
            app._conns.remove(self)
        except ValueError:
            pass  # the server has ended before it
        if self.held or self.resp and self.resp._out:
            app._give(self)
        if self.resp and self.resp._then:
            room("pieces").closed(self.resp)
        self.resp = None
        self.shut()

    def shut(self):
        """Close the socket. May be called twice."""
        sock = self.sock
        self.sock = Closed
        shut(sock)

    async def write(self, data):
        """Send all of a bytes-like object."""
        n = self.put(data)
        if n < len(data):
            await room("wait").wait_sent(self, memoryview(data), n)
