# The server: the listener and its watchdog. What happens on a connection stands in engine.py, what programs register
# in registration.py, how it stops in stop.py.
#
# More connections than max_connections: the one that has been idle longest makes room for a new one, else the one that
# moves least; if none waits for its client, the new one is told 503 (see admission.py).

import asyncio
import gc

from .connection import Connection, Listener, get_event_loop, shut, sleep_ms, ticks_diff, ticks_ms
from .engine import Engine
from .extension import drop, room, spent, tell
from .http import HTTPException, __getattr__  # noqa: F401  programs written for 1.x import these from here, and what
from .request import request  # noqa: F401                  that function finds: urldecode_plus and parse_query_string


class webserver(Engine):
    # Further limits, each a keyword of the constructor.
    max_connections = 0  # open connections, idle ones included; 0: 2 * max_concurrency + 2
    max_head = 4096  # bytes of a head, 431 above (2048 on esp8266)
    max_line = 1024  # bytes of a request line, 414 above
    max_fields = 64  # header lines, 431 above
    idle_timeout = 10  # seconds that a connection may be silent between requests, or before its first
    io_timeout = 5  # seconds without progress while a body is read or an answer written
    slot_timeout = 4  # seconds that a request waits while no slot comes free, 503 after them
    stop_timeout = 5  # seconds that running answers get to end by shutdown()

    _allowed_hosts = None
    _access_log = None
    _catchall = None
    _listener = None
    _watchdog = None
    _stopping = None  # the tick of shutdown()

    def __init__(self, *args, **limits):
        # What is done once stands in setup.py. It goes at once, so that it and registration.py never share the heap.
        room("setup").init(self, *args, **limits)
        drop("setup")

    # Properties, because a request without hooks goes the short way: setting one of these ends that, at any time.

    @property
    def allowed_hosts(self):
        """A tuple of host names, or None for all; a request for another gets 421 (against DNS rebinding)."""
        return self._allowed_hosts

    @allowed_hosts.setter
    def allowed_hosts(self, names):
        self._allowed_hosts = names
        self._hooks = True

    @property
    def access_log(self):
        """A function called with (peer, method, path, code, bytes, ms) after each response, or None."""
        return self._access_log

    @access_log.setter
    def access_log(self, f):
        self._access_log = f
        self._hooks = True

    # These two stand in registration.py, and here for who overrides them.

    def add_route(self, *args, **kwargs):
        """Map a URL to a handler f(req, resp, *params); registration.add_route() tells the rest."""
        room("registration").add_route(self, *args, **kwargs)

    def route(self, *args, **kwargs):
        """Decorate a handler; registration.add_route() tells the rest."""
        return room("registration").route(self, *args, **kwargs)

    def __getattr__(self, name):
        # What else programs register stands in registration.py, and how a server stops in stop.py.
        if name == "loop":
            return get_event_loop()
        if name in ("start", "stop", "shutdown"):
            f = getattr(room("stop"), "_" + name)
            return lambda *args, **kwargs: f(self, *args, **kwargs)
        return room("registration").method(self, name)

    def _open(self, *args):
        drop("registration")
        listen = room("setup").listen(self, *args)
        # What the program's compilation and its registrations left behind goes now, before the first client finds the
        # heap in pieces.
        drop("setup")
        gc.collect()
        return listen

    def run(self, host="", port=8081, loop_forever=True, backlog=None, ssl=None, **wrong):
        """Serve on host ("" is every interface) and port until shutdown().

        loop_forever=False starts the server on the running or coming event loop and returns. backlog: the
        constructor's if None. ssl: an ssl.SSLContext with a certificate makes it https. Raises OSError (EADDRINUSE)
        for a taken port.
        """
        listen = self._open(host, port, backlog, ssl, wrong)
        loop = get_event_loop()
        self._task = loop.create_task(listen)
        if loop_forever:
            try:
                try:
                    loop.run_until_complete(self._task)
                except asyncio.CancelledError:
                    pass  # by shutdown()
                loop.run_until_complete(room("stop").ended(self))
            finally:
                room("stop").end(self)

    async def _listen(self, args):
        # Accept for ever, whatever fails. It is tried again after a growing pause, from the third time on with a new
        # listener: on a board the network goes away and comes back. Here nothing is loaded that is not there already,
        # as it may be descriptors or memory that have run out.
        listener = self._listener
        failed = renew = tries = 0
        c = got = None
        try:
            while self._listener:  # pragma: no branch  on MicroPython a task cannot cancel itself
                try:
                    if renew:
                        listener.close()
                        self._listener = listener = Listener(*args)
                    got = got or await listener.accept()
                    if len(self._conns) >= self.max_connections:
                        if not await room("admission").make_room(self, got[0]):
                            shut(got[0])
                            got = None
                            continue
                    c = Connection(self, got)
                    self._conns.append(c)
                    self._watchdog = self._watchdog or asyncio.create_task(self._watch())
                    c = got = None
                    failed = renew = tries = 0
                except Exception as e:
                    # Who finds no memory is tried again when others may have ended, and then sent away.
                    memory = isinstance(e, MemoryError)
                    renew = not (memory or got)
                    tries += 1
                    if c or tries > 3 or not memory:
                        if c and c not in self._conns:
                            c.close()
                        elif got and not c:
                            shut(got[0])
                        tries = 0
                        c = got = None
                    # In this coroutine's stack may still lie one that has ended, with all that it used: cover it.
                    max(0, 0, 0, 0, 0, 0)
                    full = spent(e)
                    if full:
                        # An idle one goes.
                        for idle in self._conns:
                            if idle.limit and not idle.resp:
                                idle.limit = 0
                                idle.task.cancel()
                                break
                    if not memory:
                        failed = min(failed + 1, 4)
                        if failed == 3:
                            tell("The listener failed", e)
                        renew = renew and failed > 2 and not full
                    await sleep_ms(20 if memory else 50 << failed)
        finally:
            if got and not c:
                shut(got[0])
            listener.close()

    async def _watch(self):
        # The one watchdog. It lives while there are connections.
        while self._conns:
            await sleep_ms(500 if self._stopping is None else 50)
            try:
                now = ticks_ms()
                for c in self._conns:
                    if c.limit:
                        if ticks_diff(now, c.since) >= c.limit:
                            c.dead = 408
                            c.task.cancel()
                    elif c.resp:
                        room("gone").look(c)
                if self._stopping is not None:
                    room("stop").hurry(self, now)
            except Exception as e:  # pragma: no cover  unseen: little is asked for here
                # It has to go on, as nobody else ends who is late. What failed is tried again at the next turn. If what
                # looks after clients that have gone could not be loaded, the oldest request that waits makes room.
                if spent(e):
                    for c in self._conns:
                        if c.resp and not c.limit:
                            c.dead = True
                            c.task.cancel()
                            break
        self._watchdog = None
