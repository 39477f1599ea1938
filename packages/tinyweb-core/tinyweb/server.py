# The server: the listener, the watchdog and run(). What happens on a connection is in protocol.py, what programs
# register in registration.py, how a server stops in shutdown.py.
#
# More clients than max_connections: the connection that has been idle longest is closed for a new one, or the one that
# makes least progress; if none waits for its client, the new one gets 503 (see admission.py).

import asyncio
import gc

# Programs of 1.x import these from here, and urldecode_plus and parse_query_string, which that function finds.
from .http import HTTPException, __getattr__  # noqa: F401
from .lazy import lazy, out_of_resources, report, unload, unload_startup
from .protocol import find_route, serve_connection
from .request import HEAD, request  # noqa: F401
from .transport import (
    BUFFER,
    GONE,
    LATE,
    Connection,
    Listener,
    close_socket,
    get_event_loop,
    sleep_ms,
    ticks_diff,
    ticks_ms,
)


class webserver:
    # Further limits, each a keyword of the constructor.
    max_connections = 0  # open connections, idle ones included; 0: see constructor.py
    max_head = 4096  # bytes of a head, 431 above (2048 on esp8266)
    max_line = 1024  # bytes of a request line, 414 above
    max_fields = 64  # header lines, 431 above
    idle_timeout = 10  # seconds that a connection may be silent between requests, or before its first
    io_timeout = 5  # seconds without progress while a body is read or a response written
    slot_timeout = 4  # seconds that a request waits while no slot comes free, 503 after them
    stop_timeout = 5  # seconds that running responses get to end by shutdown()

    _catchall = None
    _taken = None  # see http.take_over()
    _before = _error_handlers = ()  # what programs register, see registration_more.py
    _serve = serve_connection
    _find_route = find_route

    def __init__(self, *args, **limits):
        # These are made first, while the heap is in one piece: where the bytes of the last head are, see
        # request.read_head(), and one buffer for requests; a second one is kept when it has been needed.
        self._head_bytes = bytearray(HEAD)
        self._spare_buffer = bytearray(BUFFER)
        self._second_buffer = None
        # What is done once is unloaded at once, so that registration.py gets its place in the heap.
        lazy.constructor.init(self, *args, **limits)
        unload("constructor")

    # These two are in registration.py, and here for classes that override them.

    def add_route(self, *args, **kwargs):
        """Map a URL to a handler f(req, resp, *params); see registration.add_route()."""
        lazy.registration.add_route(self, *args, **kwargs)

    def route(self, *args, **kwargs):
        """Decorate a handler; see registration.add_route()."""
        return lazy.registration.route(self, *args, **kwargs)

    def __getattr__(self, name):
        if name in ("loop", "start", "stop", "shutdown"):
            return lazy.shutdown.method(self, name)
        return lazy.registration.method(self, name)

    def _open(self, *args):
        unload("registration")
        args = lazy.startup.prepare(self, *args)
        # Garbage of the program's compilation and of its registrations goes before the first client finds the heap in
        # pieces.
        unload_startup()
        gc.collect()
        try:
            self._listener = self._listener or Listener(*args)
        except OSError as e:
            raise lazy.diagnostics.not_open(e, args[1])
        self.port = args[1]
        if self.debug:
            lazy.debug.watch(self)
        return self._listen(args)

    def run(self, host="", port=8081, loop_forever=True, backlog=None, ssl=None, quiet=False, **wrong):
        """Serve on host ("" is every interface) and port until shutdown().

        loop_forever=False starts the server on the running or coming event loop and returns. backlog: the
        constructor's if None. ssl: an ssl.SSLContext with a certificate makes it https. Prints the URL, once, unless
        quiet. Raises OSError (EADDRINUSE) for a taken port.
        """
        quiet = quiet or self.port
        listen = self._open(host, port, backlog, ssl, wrong)
        if not quiet:
            lazy.startup.announce(self, host)
            unload("startup")
        loop = get_event_loop()
        self._task = loop.create_task(listen)
        if loop_forever:
            try:
                try:
                    loop.run_until_complete(self._task)
                except asyncio.CancelledError:
                    pass  # by shutdown()
                loop.run_until_complete(lazy.shutdown.wait_closed(self))
            finally:
                lazy.shutdown.close_all(self)

    async def _listen(self, args):
        # Accept for ever, whatever fails. Retries come after a growing pause, from the third on with a new listener: on
        # a board the network goes away and comes back. Nothing is loaded here that is not there already, as memory or
        # descriptors may have run out.
        listener = self._listener
        failed = renew = tries = 0
        conn = got = None
        try:
            while self._listener:  # pragma: no branch  on MicroPython a task cannot cancel itself
                try:
                    if renew:
                        listener.close()
                        self._listener = listener = Listener(*args)
                    got = got or await listener.accept()
                    if len(self._connections) >= self.max_connections:
                        if not await lazy.admission.make_place(self, got[0]):
                            close_socket(got[0])
                            got = None
                            continue
                    conn = Connection(self, *got)
                    self._connections.append(conn)
                    self._watchdog = self._watchdog or asyncio.create_task(self._watch())
                    conn = got = None
                    failed = renew = tries = 0
                except Exception as e:
                    # A client for whom there is no memory is tried again when others may have ended, and then closed.
                    memory = isinstance(e, MemoryError)
                    renew = not (memory or got)
                    tries += 1
                    if conn or tries > 3 or not memory:
                        if conn and conn not in self._connections:  # pragma: no cover  MicroPython: a PC has enough
                            conn.close()
                        elif got and not conn:  # pragma: no cover  MicroPython: a PC has enough
                            close_socket(got[0])
                        tries = 0
                        conn = got = None
                    # A stale stack slot may still reference a finished coroutine; overwrite it so that the conservative
                    # collector can free it.
                    max(0, 0, 0, 0, 0, 0)
                    full = out_of_resources(e)
                    if full:
                        # An idle connection is closed.
                        for idle in self._connections:
                            if idle.limit and not idle.resp:
                                idle.limit = 0
                                idle.task.cancel()
                                break
                    if not memory:
                        failed = min(failed + 1, 4)
                        if failed == 3:
                            report("The listener failed", e)
                        renew = renew and failed > 2 and not full
                    await sleep_ms(20 if memory else 50 << failed)
        finally:
            if got and not conn:
                close_socket(got[0])
            listener.close()

    async def _watch(self):
        # The one watchdog. It lives while there are connections, and until its next turn: a client that opens a
        # connection for each request finds it there.
        now = ticks_ms()
        connections = True
        while connections:
            before = now
            await sleep_ms(500 if self._stopping is None else 50)
            now = ticks_ms()
            connections = self._connections
            if ticks_diff(now, before) > 1500:
                # Something has blocked all tasks: what has come meanwhile is read first.
                await sleep_ms(100)
            try:
                for conn in connections:
                    if conn.limit:
                        if ticks_diff(now, conn.since) >= conn.limit:
                            conn.state = LATE
                            conn.task.cancel()
                    elif conn.resp:
                        lazy.disconnects.probe(conn)
                if self._stopping is not None:
                    lazy.shutdown.close_late(self, now)
            except Exception as e:  # pragma: no cover  unseen: little is asked for here
                # It has to go on, as nothing else enforces the deadlines; what failed is tried again at the next turn.
                # If disconnects.py could not be loaded, the oldest request that waits is ended.
                if out_of_resources(e):
                    for conn in connections:
                        if conn.resp and not conn.limit:
                            conn.state = GONE
                            conn.task.cancel()
                            break
        self._watchdog = None
