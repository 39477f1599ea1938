# Writes ONE response: its head, and its body with a length, in chunks, or up to the close of the connection.
#
# CONTRACT. Nothing leaves before it must. What send() gets is gathered in a buffer; if the handler ends before that is
# full, the length is known and head and body leave in one write. If the buffer fills, or the handler waits for
# something else than us (see drive()), what is there leaves: to a 1.1 client as a chunk (RFC 9112 7.1), to a 1.0
# client raw, the close of the connection being the end. The framing and "Connection" are decided when the head is made,
# in _head(), and nowhere else. A handler that frames its answer itself (a Content-Length, a Transfer-Encoding, version
# "1.0") is obeyed. HEAD, 204 and 304 never have a body (RFC 9110 6.4.1).
#
# The gathering buffer's first 6 bytes are kept for a chunk's size line, its last 7 for the chunk's CR LF and for the
# last chunk, so that a chunk leaves in one write without a copy.

from .connection import DONE, awaitable
from .extension import extension
from .http import _TOKEN

_CT = "Content-Type"


def view(data):
    """Give bytes-like data or str as something that copies into a buffer and counts in bytes."""
    try:
        return memoryview(data)  # MicroPython takes str too: its bytes, without a copy
    except TypeError:
        return memoryview(data.encode())


def line(name, value):
    """Give a field as a line of the head; ValueError for a name or value that would break the head (CWE-113)."""
    value = str(value)
    if not name or name.encode().strip(_TOKEN) or "\r" in value or "\n" in value or "\0" in value:
        raise ValueError("Not allowed in a header: %s: %r" % (name, value))
    return "%s: %s\r\n" % (name, value)


class response:
    _begun = False  # start_html() or send() was called
    _sent = False  # the head is on its way
    _out = None  # the gathering buffer, _view a memoryview of it, _fill where its data ends
    _view = None
    _fill = 6
    _chunked = False
    _mute = False  # no body: HEAD, 204, 304
    _left = None  # bytes to come of a length that the handler gave itself
    _rest = b""  # what a socket did not take when we could not wait
    sent_bytes = 0  # of the body

    def __init__(self, conn, req, keep):
        self._c = conn
        self._req = req
        self._keep = keep
        self.code = 200
        self.version = req.version
        self.headers = {}

    def add_header(self, key, value):
        """Set a field; value is str or what str() makes one of. Raises ValueError for CR, LF or NUL in it."""
        line(key, value)
        self.headers[key] = value

    def add_access_control_headers(self):
        """Allow other origins to use this route, as its allowed_access_control_* say (Fetch 3.2)."""
        route = self._req.route
        allow = "Access-Control-Allow-"
        self.add_header(allow + "Origin", route[5])
        self.add_header(allow + "Methods", b", ".join(route[0]).decode())
        self.add_header(allow + "Headers", route[4])

    def set_cookie(self, name, value, **attributes):
        """Add a cookie (RFC 6265 4.1); form.cookie() tells the attributes. Raises ValueError for a bad character."""
        from .form import cookie

        value = cookie(name, value, **attributes)
        self.headers["Set-Cookie"] = self.headers.get("Set-Cookie", ()) + (value,)

    def send_file(self, filename, **kwargs):
        """Send a file; see tinyweb-static, which this needs. A coroutine."""
        return extension("static").send_file(self, filename, **kwargs)

    def start_html(self):
        """Start an answer of HTML; its head leaves with what is sent first. Awaitable."""
        self.headers[_CT] = "text/html; charset=utf-8"
        self._begun = True
        return DONE

    def redirect(self, location, msg=None):
        """Answer 302 (Found) with a Location; raises ValueError for CR, LF or NUL in it. Awaitable."""
        self.add_header("Location", location)
        return self.error(302, msg or "")

    def error(self, code, msg=None):
        """Answer with a status and a text, its reason phrase if no msg is given. Awaitable."""
        self.code = code
        if msg is None:
            from .reasons import reason

            msg = reason(code) + "\n"
        return self.send(msg)

    def send(self, payload):
        """Send a piece of the body (str or bytes-like). Awaitable; raises OSError when the client has gone."""
        data = view(payload)
        if self._out is None:
            self._open(payload)
        i = self._fill
        n = i + len(data)
        if n > len(self._out) - 7:
            return self._send(data)
        self._out[i:n] = data
        self._fill = n
        return DONE

    def _open(self, payload):
        self._begun = True
        if _CT not in self.headers:
            self.headers[_CT] = (
                "text/html" if isinstance(payload, str) and payload[:1] == "<" else "text/plain"
            ) + "; charset=utf-8"
        c = self._c
        if c.pos == c.n and (self._req._left >= 0 and not self._req._chunked):
            # The request's own buffer is free: nothing that is left to read goes through it.
            c.pos = c.n = 0
            self._out = c.buf
            self._view = c.mv
        else:
            self._out = bytearray(512)
            self._view = memoryview(self._out)

    async def _send(self, data):
        i = 0
        while True:
            n = min(len(self._out) - 7 - self._fill, len(data) - i)
            self._out[self._fill : self._fill + n] = data[i : i + n]
            self._fill += n
            i += n
            if i == len(data):
                return
            await self.flush()
            await self._c.breathe()

    async def flush(self, last=False):
        """Send what has been gathered now, instead of when the buffer is full or the handler waits."""
        if self._rest:
            rest = self._rest
            self._rest = b""
            await self._c.send(rest)
        await self._c.send(self._pack(last))

    def _pack(self, last):
        # Give what is to be sent now, framed; `last` when nothing will follow.
        n = self._fill - 6
        self._fill = 6
        head = b"" if self._sent else self._head(n if last else None)
        if self._mute:
            return head
        if self._left is not None:
            # The handler's own length is its promise: no byte more than it.
            n = min(n, self._left)
            self._left -= n
        self.sent_bytes += n
        start = 6
        end = n + 6
        if not n:
            return b"0\r\n\r\n" if last and self._chunked else head
        if self._chunked:
            size = b"%x\r\n" % n
            start -= len(size)
            self._out[start:6] = size
            size = b"\r\n0\r\n\r\n" if last else b"\r\n"
            n = end
            end += len(size)
            self._out[n:end] = size
        data = self._view[start:end]
        return head + bytes(data) if head else data

    def _head(self, length):
        # Make the head; length is the body's in bytes, None while it is not known.
        req = self._req
        old = req.version == "1.0"
        keep = self._keep
        code = self.code
        lines = ""
        own = framed = False
        for name in self.headers:
            value = self.headers[name]
            for v in value if isinstance(value, tuple) else (value,):
                lines += line(name, v)
            name = name.lower()
            if name == "content-length":
                self._left = int(value)
                framed = True
            elif name == "transfer-encoding":
                framed = True
                keep = False
            elif name == "connection":
                own = True
                keep = keep and "close" not in value.lower()
        self._mute = req.method == b"HEAD" or code in (204, 304) or code < 200
        if self.version == "1.0" and not old:
            keep = False  # the program wants to talk 1.0: the close ends the body
        elif framed or code == 204 or code < 200:
            pass
        elif length is not None:
            if length or code != 304:
                lines += "Content-Length: %d\r\n" % length
        elif old:
            keep = keep and self._mute
        else:
            self._chunked = not self._mute
            lines += "Transfer-Encoding: chunked\r\n"
        # A body left unread is read over to keep the connection, if it is short. Nobody knows whether a client that
        # waits for 100 (Continue) will send its body now (RFC 9110 10.1.1).
        if req._left and (req._expect or req._chunked or not 0 < req._left <= 4096):
            keep = False
        if not own and keep == old:
            lines += "Connection: %s\r\n" % ("keep-alive" if keep else "close")
        self._keep = keep
        self._sent = True
        text = "OK"
        if code != 200:
            from .reasons import reason

            text = reason(code)
        return ("HTTP/%s %d %s\r\n%s\r\n" % (self.version, code, text, lines)).encode()

    async def _reply(self, result):
        # Answer with what a handler returned: body, (body, code) or (body, code, headers).
        if isinstance(result, tuple):
            self.code = result[1]
            if len(result) > 2:
                for name in result[2]:
                    self.add_header(name, result[2][name])
            result = result[0]
        if isinstance(result, (dict, list)):
            import json

            self.headers[_CT] = self.headers.get(_CT, "application/json")
            result = json.dumps(result)
        n = len(view(result or b""))
        if n > 900:
            # It will not stay in the buffer until the end, but its length is known now.
            self.headers["Content-Length"] = n
        await self.send(result or b"")

    async def _finish(self):
        # The handler is done: whatever it gathered leaves, and the framing is closed.
        if not self._begun and self.code == 200:
            self.code = 204
        await self.flush(True)
        if self._left and not self._mute:
            self._keep = False  # fewer bytes than promised: the close says so


@awaitable
def drive(coro, resp, value):
    """Run a handler on from its first wait, whose value is given; gives what it returns.

    Whenever it waits for something else than its client, what it has sent so far leaves: a page that grows slowly is
    seen to grow, though nobody flushes by hand.
    """
    error = None
    while True:
        c = resp._c
        if not c.limit and resp._begun and (resp._fill > 6 or resp._rest or not resp._sent):
            # Without waiting; a copy of what the socket does not take, since the buffer is filled again before it goes.
            data = resp._rest or resp._pack(False)
            resp._rest = bytes(data[c.put(data) :])
        try:
            yield value
        except BaseException as e:  # also what is thrown in to cancel us: the handler decides
            error = e
        try:
            if error is None:
                value = coro.send(None)
            else:
                e = error
                error = None
                value = coro.throw(e)
        except StopIteration as e:
            return e.value
