# Server-sent events: what happens on the board appears on every page that is open (HTML 9.2).
#
# CONTRACT. An Events serves a URL; each page that listens there is a link of the core. send() makes the bytes of an
# event once and pushes them to every page, without a wait. A page that does not read is ended when it is `behind` bytes
# behind: its EventSource comes back by itself, and gets what it missed from the history.

import asyncio

try:
    from tinyweb import API
except ImportError:
    API = 2  # a core before there was this number
if API != 3:
    raise ImportError("tinyweb-events 2.0 needs tinyweb-core with API 3, not %d: install both again" % API)

_to_json = None


def _block(data, event=None, id=None):
    # Return an event as bytes (HTML 9.2.5).
    global _to_json
    if isinstance(data, str):
        data = data.encode()
    if isinstance(data, bytes):
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\ndata: ")
    else:
        if not _to_json:
            # An import with the others would load more of the core before it is needed.
            from tinyweb.http import to_json as _to_json
        data = _to_json(data)
    block = b"data: " + data + b"\n\n"
    if event is not None:
        block = b"event: %s\n" % _line(event) + block
    if id is not None:
        block = b"id: %s\n" % _line(id) + block
    return block


def _line(value):
    # Return the value of a field as bytes; behind a line break would stand a field of another's.
    value = str(value).encode()
    if b"\n" in value or b"\r" in value or b"\0" in value:
        raise ValueError("Not allowed in events: %r" % value)
    return value


async def _start(resp, retry):
    # Send the head; return the link, and the first bytes of the body, which let onopen and proxies fire.
    resp.type_line = b"Content-Type: text/event-stream\r\n"
    resp.extra_lines += b"Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
    return await resp.stream(), b"retry: %d\n:\n\n" % int(retry * 1000)


class Events:
    """The pages that listen at a URL."""

    _quiet = 0  # turns of the timer without an event

    def __init__(self, app, url, retry=3, history=0, ping=15, behind=1024, hello=None, guard=None):
        """Serve events at a URL (str).

        retry: seconds after which a page comes back. history: how many events with an id are kept for pages that come
        back, in 2 KiB. ping: seconds of silence before a comment is sent, 0 for none. behind: bytes that a page may be
        behind. hello: a function, plain or async; a page that comes gets what it returns. guard: takes the handler and
        returns the one to call, such as a login. Raises ValueError for a URL that is taken or a number below 0.
        """
        if min(retry, history, ping, behind) < 0:
            raise ValueError("%r: a number below 0" % url)
        self._links = []
        self._past = []  # events, each beginning with its id
        self._retry = retry
        self._history = history
        self._ping = ping
        self._behind = behind
        self._hello = hello
        f = self._listen
        app.get(url)(guard(f) if guard else f)

    def __len__(self):
        return len(self._links)

    def send(self, data, event=None, id=None):
        """Send an event to all pages; return how many there are. Not awaited, from any task or plain code.

        data: str, bytes of UTF-8, or what JSON has (HTML 9.2.5). Raises ValueError for a line break in event or id.
        """
        block = _block(data, event, id)
        self._quiet = 0
        if id is not None:
            past = self._past
            past.append(block)
            while len(past) > self._history or sum(map(len, past)) > 2048:
                past.pop(0)
        links = self._links
        if links:
            links[0].push_all(links, block, self._behind)
        return len(links)

    async def _listen(self, req, resp):
        last = self._history and req.header("Last-Event-ID")
        link, start = await _start(resp, self._retry)
        hello = self._hello and self._hello()
        if hasattr(hello, "send"):
            hello = await hello
        first = start
        for block in self._past if last else ():
            # A page whose last event is not kept gets all of them.
            first = start if block.startswith(b"id: %s\n" % last) else first + block
        if self._hello:
            first += _block(hello)
        links = self._links
        links.append(link)
        try:
            if self._ping and len(links) == 1:
                asyncio.create_task(self._beat())
            await link.write(first)
            while True:
                # It is cancelled when the page has gone. A sleep takes no heap.
                await asyncio.sleep(3600)
        finally:
            if link in links:
                links.remove(link)

    async def _beat(self):
        # A comment after `ping` seconds of silence finds pages that have vanished, and keeps proxies open. One that
        # was started later, as the first page had come again, ends this one.
        self._timer = timer = []
        links = self._links
        while links and timer is self._timer:
            if self._quiet > 1:
                self._quiet = 0
                links[0].push_all(links, b":\n\n", self._behind)
            await asyncio.sleep(self._ping / 2)
            self._quiet += 1


class Stream:
    """One page that listens, see stream()."""

    def __init__(self, link):
        self.link = link

    def send(self, *args, **kwargs):
        """Send an event; awaitable. Arguments and errors are those of Events.send(); OSError if the page has gone."""
        return self.link.write(_block(*args, **kwargs))


async def stream(req, resp, retry=3):
    """Start a stream of events for the client of this request; return a Stream. It ends with the handler.

    retry: seconds after which the page comes back.
    """
    link, first = await _start(resp, retry)
    await link.write(first)
    return Stream(link)
