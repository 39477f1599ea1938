# One TCP (or TLS) connection, and the listener, on public asyncio only.
#
# CONTRACT. Sockets are non-blocking: a call is tried first, and readiness awaited only if it would block (None),
# because one trip through the event loop costs as much as 25 function calls. MicroPython's Stream serves to wait:
# readinto() of an empty buffer returns when there is something to read, drain() when there is room to write. Every wait
# for a client notes since when it lasts (since, in ticks) and how long it may (limit, in ms; 0 while nobody waits for
# the client): the server's watchdog cancels the task of a late one, so no request pays for a timer of its own.
# OSError or EOFError from here sets state to GONE; the server then ends the connection, whatever a handler does.
#
# On CPython the same few calls come from compat_cpython.py.

import sys

from .lazy import lazy

MICROPYTHON = sys.implementation.name == "micropython"

# Bytes of the buffer that a request has while it is served; a longer head gets a buffer of its own.
BUFFER = 1024

# What Connection.state says beside OPEN. Larger numbers: how often the client's end was seen, see disconnects.probe().
OPEN = 0
GONE = 1  # no byte will move any more
LATE = 2  # cancelled by a deadline: the response is 408

if MICROPYTHON:
    import socket
    from asyncio import StreamReader as Stream
    from asyncio import create_task, get_event_loop, sleep_ms  # noqa: F401
    from time import ticks_diff, ticks_ms

    # Each port has its own number for it. Linux and macOS have 1, without the name; any other port without the name,
    # before MicroPython 1.24, sends at once anyway.
    _NODELAY = getattr(socket, "TCP_NODELAY", 1)

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
                try:
                    # A response in two writes must not wait for the client's delayed ACK. 6 is IPPROTO_TCP. This comes
                    # first: MicroPython's lwIP crashes here if the client has reset the connection since accept().
                    s.setsockopt(6, _NODELAY, 1)
                except OSError:  # pragma: no cover  unseen: macOS
                    pass  # the client has gone already: reading will tell
                s.setblocking(False)
                if self._ssl:
                    raw = s
                    s = self._ssl.wrap_socket(s, server_side=True, do_handshake_on_connect=False)
                    _raw_sockets[id(s)] = raw
                return s, Stream(s), address
            except Exception:
                close_socket(s)
                raise

        def close(self):
            # Only once: on Unix a second close would hit whatever has got the number of the descriptor since.
            s = self._s
            self._s = None
            if s:
                s.close()

else:
    from .compat_cpython import (  # noqa: F401
        Listener,
        create_task,
        get_event_loop,
        sleep_ms,
        ticks_diff,
        ticks_ms,
    )


class _Closed:
    # Stands for a closed socket: the descriptor may be another connection's by then.
    def write(*_):
        raise OSError

    close = readinto = write


# The id of a TLS socket -> the socket below it.
_raw_sockets = {}


def close_socket(sock):
    """Close a socket, and the one below TLS."""
    raw = _raw_sockets and _raw_sockets.pop(id(sock), None)
    try:
        sock.close()
        if raw:
            # MicroPython's TLS forgets the socket below it when a handshake fails (micropython#19630). If it is closed
            # already, the first of these raises: a second close might hit another connection.
            raw.setblocking(False)  # pragma: no cover  MicroPython
            raw.close()  # pragma: no cover  MicroPython
    except OSError:
        pass  # it is closed


class Connection:
    """A client's connection: its socket, its buffer and its slot.

    It is also the coroutine object that asyncio resumes (send(), throw()): it passes that on to serve_connection() and
    so sees each wait of a handler, when what the handler has sent so far is flushed. A task that flushes instead would
    cost 41,000 instructions for each response that uses send().
    """

    def __init__(self, app, sock, stream, address):
        # All attributes are set from the start: a new one may find no memory, and then a slot would be lost. These are
        # 17, as many as one size of MicroPython's tables holds.
        self.app = app
        self.sock = sock
        self.stream = stream
        self.address = address
        self.resp = None  # the response in the making; None while the connection is idle
        self.buf = None  # while a request is served; buf[pos:n] is received and not used yet
        self.n = self.pos = 0
        self.pending = b""  # received during a wait without a buffer, or while the handler waited for something else
        self.has_slot = False
        self.state = OPEN
        self.since = self.limit = 0
        # A tick, plus 2 ms for each byte read, and 512 ms for each wait to write; 0 if admission has not looked yet.
        self.progress = 0
        self.error = None  # raised where the connection's coroutine waits
        self.serving = app._serve(self)
        self.task = create_task(self)

    def send(self, value):
        """Resume the coroutine (asyncio's call)."""
        error = self.error
        if error is None:
            value = self.serving.send(value)
        else:
            self.error = None
            value = self.serving.throw(error)
        if value is not None and MICROPYTHON:  # pragma: no cover  MicroPython
            value = lazy.disconnects.reject_yield(self)
        if self.resp is not None:
            self._handler_waits()
        return value

    def _handler_waits(self):
        # Kept out of send(): a try block would make every call allocate its frame on the heap.
        if self.buf is not None and not self.has_slot:
            self.take_slot()  # before anything can fail: from here on the buffer is not to be borrowed
        try:
            lazy.waiting.handler_waits(self)
        except Exception as e:
            # Do not raise here: the event loop has already queued this task and will resume it.
            self.error = e

    def throw(self, error):
        """Raise an exception where the coroutine waits (asyncio's call)."""
        self.error = error
        try:
            return self.send(None)
        except BaseException:
            # A coroutine that had not begun has no finally yet.
            if self in self.app._connections:  # pragma: no cover  MicroPython: a PC's tasks end it, too
                self.close()
            raise

    def take_slot(self):
        """Take a slot and a buffer, or keep the buffer that was borrowed; return it.

        A borrowed buffer is still the spare one: that is enough while no other task runs, and costs nothing.
        """
        app = self.app
        buf = self.buf
        if not self.has_slot or buf is None:
            if app._spare_buffer is not None:
                self.buf = buf = app._spare_buffer  # the one that was borrowed
                app._spare_buffer = app._second_buffer
                app._second_buffer = None
            elif buf is None:  # pragma: no branch  or a long head's own
                self.buf = buf = bytearray(BUFFER)
            if not self.has_slot:
                self.has_slot = True
                app._free_slots -= 1
        return buf

    def free_slot(self):
        """Give slot and buffer back. This allocates nothing, as it also happens when memory has run out."""
        app = self.app
        if self.has_slot:
            self.free_buffer()
            self.has_slot = False
            self.progress = 0
            if self.state != GONE:
                self.state = OPEN
            # It goes to the connection that has waited longest, so that no later one is served before it.
            for other in app._slot_queue:
                if not other.has_slot:
                    other.has_slot = True
                    break
            else:
                app._free_slots += 1
        self.buf = None
        self.n = self.pos = 0

    def free_buffer(self):
        """Give the buffer back, if there is one; what stands in it is dropped."""
        app = self.app
        buf = self.buf
        if buf is not None:
            self.buf = None
            self.n = self.pos = 0
            resp = self.resp
            if resp is not None and resp._buffer is buf:
                # A task that outlives the request must not write there.
                resp._buffer = None
                resp._buffer_end = 0
            if len(buf) == BUFFER:
                # The one that comes back becomes the spare one, and the third is dropped.
                app._second_buffer = app._spare_buffer or app._second_buffer
                app._spare_buffer = buf

    def try_write(self, data):
        """Send what the socket takes at once; return the count of bytes. Raises OSError if the client is gone."""
        try:
            return self.sock.write(data) or 0
        except OSError:
            self.state = GONE
            raise

    async def write(self, data):
        """Send all of a bytes-like object. Return the connection."""
        n = self.try_write(data)
        if n < len(data):
            await lazy.waiting.write_rest(self, memoryview(data), n)
        return self

    def send_last(self, data):
        """Send ready-made bytes before the end, as far as the socket takes them, if a request is still unanswered."""
        if self.resp.state > 1 if self.resp else not (self.buf and self.n or self.pending):
            return
        try:
            self.sock.write(data)
        except Exception:
            pass  # the client has gone meanwhile

    def close(self):
        """End the connection: close the socket, give slot and buffer back, run what then() was given."""
        app = self.app
        if self in app._connections:  # unless the server has ended before it
            app._connections.remove(self)
        self.free_slot()
        resp = self.resp
        if resp:
            # A task that outlives the request must not write into a buffer that was borrowed.
            resp._buffer = None
            resp._buffer_end = 0
            if resp._callbacks:
                lazy.long_response.closed(resp)
        self.resp = None
        self.abort()

    def abort(self):
        """Close the socket. May be called twice."""
        sock = self.sock
        self.sock = _Closed
        close_socket(sock)
