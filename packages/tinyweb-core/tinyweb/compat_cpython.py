# What tinyweb/transport.py takes from MicroPython, for CPython: a page can be developed on a PC. Never on a board.

import asyncio
import json
import socket
import time
import traceback
from collections.abc import Coroutine
from threading import get_ident
from types import coroutine as awaitable

from .lazy import lazy


class _Done(Coroutine):
    # A coroutine that has nothing to do, as often as somebody awaits it or makes a task of it.
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


@awaitable
def _drive(c):
    # CPython's tasks want a coroutine of its own kind.
    go_on = c.send
    value = None
    while True:
        try:
            wait = go_on(value)
        except StopIteration as e:
            return e.value
        except KeyboardInterrupt:
            # It comes out of run(), not out of a task that nobody asks what became of it.
            asyncio.get_running_loop().call_soon(_interrupt)
            return
        try:
            value = yield wait
            go_on = c.send
        except BaseException as e:
            value = e
            go_on = c.throw


def _interrupt():
    raise KeyboardInterrupt


def create_task(c):
    task = asyncio.create_task(_drive(c))
    task.add_done_callback(lambda _: _end(c))
    return task


def _end(c):
    # One that was cancelled before it had begun has had no finally.
    c.coroutine.close()
    if c in c.app._connections:
        c.close()


_events = asyncio.events
_new = _events.new_event_loop


def get_event_loop():
    try:
        loop = asyncio.get_event_loop()
    except RuntimeError:  # there is none by itself from 3.14 on, and before that behind asyncio.run()
        loop = _new()
        asyncio.set_event_loop(loop)
    me = get_ident()

    # MicroPython has one loop: what run(loop_forever=False) or app.loop.create_task() has started goes on in the next
    # asyncio.run(). Here that makes a loop of its own, so it is given this one.
    def new():
        if get_ident() == me:
            _events.new_event_loop = _new
            return _new() if loop.is_closed() else loop
        return _new()

    _events.new_event_loop = new
    return loop


class _Socket:
    # readinto() and write() of a non-blocking socket, and the waiting readinto() and drain() of MicroPython's Stream,
    # over CPython's pair of streams (which alone know TLS and every platform's loop). None means "not now".
    def __init__(self, reader, writer):
        self._r = reader
        self._w = writer
        self._got = None
        # Then drain() waits until all has left, and nobody changes a buffer that is still on its way.
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
        # As readinto(), and what has come meanwhile is seen too: a read that would wait is given up.
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
        self._w.write(bytes(data))
        return len(data)

    async def drain(self):
        await self._w.drain()

    def setsockopt(self, *args):
        self._w.get_extra_info("socket").setsockopt(*args)

    def close(self):
        # What is still to be sent leaves, and TLS says good-bye; but who does not take it must not keep the descriptor.
        self._w.close()
        try:
            asyncio.get_running_loop().call_later(5, self._abort)
        except RuntimeError:
            pass  # behind the loop's end nothing leaves any more

    def _abort(self):
        s = self._w.get_extra_info("socket")
        if s and s.fileno() >= 0:
            self._w.transport.abort()


def loads(data):
    """Decode JSON (bytes) as MicroPython does: it is UTF-8 alone, and NaN and Infinity are none (RFC 8259 6, 8.1)."""
    return json.loads(data.decode(), parse_constant=_no_number)


def _no_number(name):
    raise ValueError(name)


def print_exception(error, file):
    """Write an exception's traceback to a file."""
    traceback.print_exception(error, file=file)


def view(data):
    """Give bytes-like data or str as something that copies into a buffer and counts in bytes."""
    return memoryview(data.encode() if isinstance(data, str) else data).cast("B")


# A PC has the memory: all of these are loaded while descriptors are left to load them with.
LAZY = (
    "admission body chunked_body cookies cors diagnostics disconnects dispatch errors failures forms framing "
    "header_fields http_rare implicit_routes log long_response partial_head path_params prepared redirect "
    "request_attrs response_methods results shutdown status streaming unread_body urlencoding waiting"
)


class Listener:
    # It accepts by itself: asyncio.start_server() tells nothing of handshakes that have not ended, and if it is
    # cancelled at once, its loop goes on watching a descriptor that is soon somebody else's.
    def __init__(self, host, port, backlog, ssl, timeout):
        for name in LAZY.split(" "):
            getattr(lazy, name)

        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._s = socket.create_server((host, port), family=family, backlog=backlog)
        self.port = self._s.getsockname()[1]
        self._s.setblocking(False)
        self._ssl = ssl
        self._timeout = timeout
        self._tasks = set()  # what accepts for TLS, and the handshakes
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
        # A handshake takes as long as its client likes: others are accepted meanwhile.
        try:
            while True:
                self._do(self._shake(*await asyncio.get_running_loop().sock_accept(self._s)))
        except OSError as e:
            self._new.put_nowait(e)

    async def _shake(self, s, address):
        try:
            self._new.put_nowait(await self._join(s, address))
        except (OSError, asyncio.TimeoutError):
            pass  # the client has gone, has refused the certificate, speaks no TLS, or says nothing
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
            if isinstance(got, tuple):
                got[0].close()
        self._s.close()


class _Waiter:
    # The Stream's half: write() here always takes all, drain() waits for it.
    def __init__(self, s):
        self.readinto = s.wait
        self.drain = s.drain
        self._s = s

    def write(self, data):
        self._s._w.write(bytes(data))
