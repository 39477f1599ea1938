# What tinyweb/connection.py takes from MicroPython, for CPython: a page can be developed on a PC. Never on a board.

import asyncio
import json
import socket
import time
import traceback
from collections.abc import Coroutine
from types import coroutine as awaitable


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


DONE = _Done()


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
    c.talk.close()
    if c in c.app._conns:
        c.close()


def get_event_loop():
    try:
        return asyncio.get_event_loop()
    except RuntimeError:  # there is none by itself from 3.14 on, and before that behind asyncio.run()
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
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
        self._w.close()


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
    return memoryview(data.encode() if isinstance(data, str) else data)


class Listener:
    def __init__(self, host, port, backlog, ssl):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._s = socket.create_server((host, port), family=family, backlog=backlog)
        self.port = self._s.getsockname()[1]
        self._ssl = ssl
        self._backlog = backlog
        self._server = None
        self._new = asyncio.Queue()

    async def accept(self):
        if self._server is None:
            self._server = await asyncio.start_server(
                self._connected, sock=self._s, ssl=self._ssl, backlog=self._backlog
            )
        return await self._new.get()

    def _connected(self, reader, writer):
        s = _Socket(reader, writer)
        self._new.put_nowait((s, _Waiter(s), writer.get_extra_info("peername") or ("", 0)))

    def close(self):
        if self._server:
            self._server.close()
        self._s.close()


class _Waiter:
    # The Stream's half: write() here always takes all, drain() waits for it.
    def __init__(self, s):
        self.readinto = s.wait
        self.drain = s.drain
        self._s = s

    def write(self, data):
        self._s._w.write(bytes(data))
