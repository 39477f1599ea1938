# CPython's versions of what transport.py takes from MicroPython, for development on a PC. Boards never load it.

import asyncio
import json
import socket
import sys
import time
import traceback
import warnings
from collections.abc import Coroutine
from threading import get_ident
from types import coroutine as awaitable

from .lazy import lazy


class _Collector:
    # What the module lazy has in gc's place: boards collect before each module that they load, which on a PC takes
    # longer than to load it, and frees nothing that is short.
    @staticmethod
    def collect():
        pass


sys.modules[type(lazy).__module__].gc = _Collector


class _Done(Coroutine):
    # A coroutine that returns at once and, unlike CPython's own, can be awaited or made a task any number of times.
    def __await__(self):
        return iter(())

    __iter__ = __await__

    def send(self, value):
        raise StopIteration

    def throw(self, *error):
        raise error[-1]

    def close(self):
        pass


NO_WAIT = _Done()


def ticks_ms():
    return time.monotonic_ns() // 1000000


def ticks_diff(a, b):
    return a - b


def sleep_ms(ms):
    return asyncio.sleep(ms / 1000)


async def _drive(conn):
    # CPython's create_task() requires a coroutine, and a Connection only has its methods. From 3.12 on a generator is
    # none any more, but it may still be awaited.
    await _steps(conn)


@awaitable
def _steps(conn):
    go_on = conn.send
    value = None
    while True:
        try:
            wait = go_on(value)
        except StopIteration as e:
            return e.value
        except KeyboardInterrupt:
            # Raise it from a callback, so that run() raises it; an exception in a task would only be stored there.
            asyncio.get_running_loop().call_soon(_interrupt)
            return
        try:
            value = yield wait
            go_on = conn.send
        except BaseException as e:
            value = e
            go_on = conn.throw


def _interrupt():
    raise KeyboardInterrupt


def create_task(conn):
    task = asyncio.create_task(_drive(conn))
    task.add_done_callback(lambda _: _end(conn))
    return task


def _end(conn):
    # A task cancelled before its first step has run no `finally`, so clean up here.
    if conn.serving:
        conn.serving.close()
    if conn in conn.app._connections:
        conn.close()


_events = asyncio.events
_new = _events.new_event_loop


def get_event_loop():
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 and 3.13 create it, and advise against it
            loop = asyncio.get_event_loop()
    except RuntimeError:  # from 3.14 on no loop is created implicitly; before, none after asyncio.run()
        loop = _new()
        asyncio.set_event_loop(loop)
    me = get_ident()

    # MicroPython has a single event loop: tasks of run(loop_forever=False) or app.loop.create_task() run on in the next
    # asyncio.run(). CPython's asyncio.run() creates a new loop, so make it use this one.
    def new():
        if get_ident() == me:
            _events.new_event_loop = _new
            return _new() if loop.is_closed() else loop
        return _new()

    _events.new_event_loop = new
    return loop


class _Socket:
    # Implements readinto() and write() of a non-blocking socket, which return None if they would block, and readinto()
    # and drain() of MicroPython's Stream. Based on CPython's streams, because they support TLS and all event loops.
    def __init__(self, reader, writer):
        self._r = reader
        self._w = writer
        self._got = None
        # With limits of 0, drain() waits until everything is sent, so the caller can reuse its buffer.
        writer.transport.set_write_buffer_limits(0)

    def readinto(self, buf):
        data = self._got
        if data is None:
            return None
        n = min(len(buf), len(data))
        buf[:n] = data[:n]
        self._got = data[n:] or (None if data else b"")
        return n

    def now(self, buf):
        # As readinto(), but also take data that the loop has received since; a read that would block is closed.
        if self._got is None:
            read = self._r.read(4096)
            try:
                read.send(None)
            except StopIteration as e:
                self._got = e.value
            else:
                read.close()
        return self.readinto(buf)

    async def wait(self, buf):
        if self._got is None:
            self._got = await self._r.read(4096)
        return self.readinto(buf)

    def write(self, data):
        if self._w.transport.is_closing():
            raise ConnectionResetError
        if self._w.transport.get_write_buffer_size():
            return None
        # As a socket would: all of a long body at once would hide for how long its client has taken nothing.
        data = bytes(data[:65536])
        self._w.write(data)
        return len(data)

    async def drain(self):
        await self._w.drain()

    def setsockopt(self, *args):
        self._w.get_extra_info("socket").setsockopt(*args)

    def close(self):
        # Pending data and TLS's close_notify are still sent; abort later if the client does not read them.
        self._w.close()
        try:
            asyncio.get_running_loop().call_later(5, self._abort)
        except RuntimeError:
            pass  # the loop has ended, so nothing more can be sent

    def _abort(self):
        s = self._w.get_extra_info("socket")
        if s and s.fileno() >= 0:
            self._w.transport.abort()


def loads(data):
    """Decode JSON (bytes) as MicroPython does: UTF-8 only, no NaN or Infinity (RFC 8259 6, 8.1). Raises ValueError."""
    return json.loads(data.decode(), parse_constant=_no_number)


def _no_number(name):
    raise ValueError(name)


def dump(value, out):
    """Write a value as JSON to a file of bytes."""
    out.write(json.dumps(value).encode())


def print_exception(error, file):
    """Write an exception's traceback to a file."""
    traceback.print_exception(error, file=file)


def view(data):
    """Return bytes-like data or str as a memoryview of bytes. Raises TypeError for anything else."""
    return memoryview(data.encode() if isinstance(data, str) else data).cast("B")


# Loaded when the port opens: a PC has the memory, and an import later could find no file descriptor left.
LAZY = (
    "admission body chunked_body comparisons cookies cors diagnostics disconnects dispatch errors failures "
    "framing header_fields http_rare implicit_routes known_fields known_heads known_routes link links log "
    "long_body long_response parameters partial_head path_params prepared redirect request_attrs response_methods "
    "results shutdown slow_links status streaming unread_body urlencoding waiting whole_response"
)


class Listener:
    # Accepts without asyncio.start_server(), which does not expose unfinished TLS handshakes and, if cancelled at once,
    # leaves its descriptor registered with the loop after the number has been reused.
    def __init__(self, host, port, backlog, ssl, timeout):
        for name in LAZY.split(" "):
            getattr(lazy, name)

        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._s = socket.create_server((host, port), family=family, backlog=backlog)
        self.port = self._s.getsockname()[1]
        self._s.setblocking(False)
        self._ssl = ssl
        self._timeout = timeout
        self._tasks = set()  # the acceptor for TLS and its handshakes
        self._new = asyncio.Queue()
        self._acceptor = None

    async def accept(self):
        if not self._ssl:
            return await self._join(*await asyncio.get_running_loop().sock_accept(self._s))
        if self._acceptor is None or self._acceptor.done():
            self._acceptor = self._do(self._accept())
        got = await self._new.get()
        if isinstance(got, Exception):
            raise got
        return got

    def _do(self, coroutine):
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _accept(self):
        # A slow client can delay its TLS handshake, so each one runs in a task of its own.
        try:
            while True:
                self._do(self._shake(*await asyncio.get_running_loop().sock_accept(self._s)))
        except OSError as e:
            self._new.put_nowait(e)

    async def _shake(self, s, address):
        try:
            self._new.put_nowait(await self._join(s, address))
        except (OSError, asyncio.TimeoutError):
            pass  # the client has left, refused the certificate, does not speak TLS, or timed out
        except Exception as e:
            self._new.put_nowait(e)

    async def _join(self, s, address):
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport = (
                await loop.connect_accepted_socket(
                    lambda: protocol, s, ssl=self._ssl, ssl_handshake_timeout=self._timeout if self._ssl else None
                )
            )[0]
        except BaseException:
            s.close()
            raise
        s = _Socket(reader, asyncio.StreamWriter(transport, protocol, reader, loop))
        return s, _Waiter(s), address or ("", 0)

    def close(self):
        for task in tuple(self._tasks):
            task.cancel()
        while not self._new.empty():
            got = self._new.get_nowait()
            if isinstance(got, tuple):  # pragma: no branch  a failure that nobody has heard of
                got[0].close()
        try:
            # A client that has just come must not be accepted from a closed socket: its callback may be queued.
            asyncio.get_running_loop().remove_reader(self._s.fileno())
        except (RuntimeError, ValueError, NotImplementedError):
            pass  # no loop runs, the socket is closed already, or the loop of Windows has no readers
        self._s.close()


class _Waiter:
    # Implements MicroPython's Stream: write() buffers all data, drain() waits until it is sent.
    def __init__(self, s):
        self.readinto = s.wait
        self.drain = s.drain
        self._s = s

    async def read(self, n):
        buf = bytearray(n)
        return bytes(buf[: await self.readinto(buf)])

    def write(self, data):
        self._s._w.write(bytes(data))
