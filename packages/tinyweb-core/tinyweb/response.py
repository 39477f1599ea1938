# Writes ONE response: its head, and its body with a length, in chunks, or up to the close of the connection.
#
# CONTRACT. Nothing leaves before it must. What send() gets is gathered in a buffer; if the handler ends before that is
# full, the length is known and head and body leave in one write. If the buffer fills, or the handler waits for
# something else than us (see drive()), what is there leaves: to a 1.1 client as a chunk (RFC 9112 7.1), to a 1.0
# client raw, the close of the connection being the end. The framing and "Connection" are decided when the head is made,
# in _head(), and nowhere else. A handler that frames its answer itself (a Content-Length, a Transfer-Encoding, version
# "1.0") is obeyed. HEAD, 204 and 304 never have a body (RFC 9110 6.4.1).

from .connection import DONE, awaitable
from .extension import extension
from .http import _TOKEN, status

_TEXT = "text/plain; charset=utf-8"
_HTML = "text/html; charset=utf-8"

# A body that was left unread is read over up to this many bytes, to keep the connection; above, it is closed.
_DRAIN = 4096

# The buffer's first bytes are kept for a chunk's size line, its last for the chunk's CR LF and the last chunk.
_FRONT = 6
_BACK = 7


def view(data):
    """Give bytes-like data or str as something that copies into a buffer and counts in bytes."""
    try:
        return memoryview(data)  # MicroPython takes str too: its bytes, without a copy
    except TypeError:
        return memoryview(data.encode())


def check(name, value):
    """Refuse a field that would break the head: ValueError (CWE-113)."""
    n = name.encode() if isinstance(name, str) else name
    if not n or n.strip(_TOKEN):
        raise ValueError("Bad field name: %r" % name)
    if "\r" in value or "\n" in value or "\0" in value:
        raise ValueError("CR, LF or NUL in the field %s" % name)


class response:
    _sent = False  # the head is on its way
    _begun = False  # start_html() or send() was called
    _out = None  # the gathering buffer
    _mv = None
    _fill = _FRONT
    _chunked = False
    _mute = False  # no body: HEAD, 204, 304
    _left = None  # bytes to come of a length that the handler gave itself
    _rest = None  # what a socket did not take when we could not wait
    _writing = False  # send() waits for room: nothing may overtake it
    body_bytes = 0  # of the body, as sent

    def __init__(self, conn, req, keep):
        self._c = conn
        self._req = req
        self._keep = keep
        self.code = 200
        self.version = "1.1" if req._v == 11 else "1.0"
        self.headers = {}

    def add_header(self, key, value):
        """Set a field; value is str or what str() makes one of. Raises ValueError for CR, LF or NUL in it."""
        value = str(value)
        check(key, value)
        self.headers[key] = value

    def add_access_control_headers(self):
        """Allow other origins to use this route, as its allowed_access_control_* say (Fetch 3.2)."""
        route = self._req.route
        self.add_header("Access-Control-Allow-Origin", route[5])
        self.add_header("Access-Control-Allow-Methods", ", ".join([m.decode() for m in route[0]]))
        self.add_header("Access-Control-Allow-Headers", route[4])

    def set_cookie(
        self, name, value, max_age=None, path="/", domain=None, secure=False, httponly=True, samesite="Lax"
    ):
        """Add a Set-Cookie field (RFC 6265 4.1); max_age in seconds, 0 deletes. Raises ValueError for a bad character."""
        from .form import cookie

        line = cookie(name, value, max_age, path, domain, secure, httponly, samesite)
        self.headers["Set-Cookie"] = self.headers.get("Set-Cookie", ()) + (line,)

    def send_file(self, filename, **kwargs):
        """Send a file; see tinyweb-static, which this needs. A coroutine."""
        return extension("static").send_file(self, filename, **kwargs)

    def start_html(self):
        """Start an answer of HTML; its head leaves with what is sent first. Awaitable."""
        self.headers["Content-Type"] = _HTML
        self._begun = True
        return DONE

    async def redirect(self, location, msg=None):
        """Answer 302 (Found) with a Location; raises ValueError for CR, LF or NUL in it."""
        self.code = 302
        self.add_header("Location", location)
        await self._whole(msg or "")

    async def error(self, code, msg=None):
        """Answer with an error's code, and a text that is its reason phrase if no msg is given."""
        self.code = code
        await self._whole(msg if msg is not None else status(code)[4:] + "\n")

    def send(self, payload):
        """Send a piece of the body (str or bytes-like). Awaitable; raises OSError when the client has gone."""
        data = view(payload)
        if self._out is None:
            self._open(payload)
        i = self._fill
        n = len(data)
        if n > len(self._out) - _BACK - i:
            return self._send(data)
        self._out[i : i + n] = data
        self._fill = i + n
        return DONE

    def _type(self, payload):
        if "Content-Type" not in self.headers:
            self.headers["Content-Type"] = _HTML if isinstance(payload, str) and payload[:1] == "<" else _TEXT

    def _open(self, payload):
        self._begun = True
        self._type(payload)
        c = self._c
        if c.pos == c.n and not self._req._chunked and self._req._left >= 0:
            # The request's own buffer is free: nothing of it is left to read.
            c.pos = c.n = 0
            self._out = c.buf
            self._mv = c.mv
        else:
            self._out = bytearray(512)
            self._mv = memoryview(self._out)

    async def _send(self, data):
        room = len(self._out) - _BACK
        i = 0
        while i < len(data):
            if self._fill >= room:
                await self._flush()
                await self._c.breathe()
            n = min(room - self._fill, len(data) - i)
            self._out[self._fill : self._fill + n] = data[i : i + n]
            self._fill += n
            i += n

    def flush(self):
        """Send what has been gathered now, instead of when the buffer is full. Awaitable."""
        return self._flush()

    async def _flush(self, last=False):
        self._writing = True
        if self._rest:
            await self._c.send(self._rest)
            self._rest = None
        data = self._pack(last)
        if data:
            await self._c.send(data)
        self._writing = False

    def flush_some(self):
        # What drive() calls when the handler waits: send without waiting, keep what the socket did not take.
        if self._writing:
            return
        if not self._rest:
            self._rest = self._pack(False)
        if self._rest:
            n = self._c.put(self._rest)
            # A copy, since the buffer is filled again before the rest can go.
            self._rest = bytes(memoryview(self._rest)[n:])

    def _pack(self, last):
        # Give what is to be sent now, framed; `last` when nothing will follow.
        n = self._fill - _FRONT
        self._fill = _FRONT
        head = b""
        if not self._sent:
            head = self._head(n if last else None)
        if self._mute:
            return head
        self.body_bytes += n
        out = self._out
        end = n + _FRONT
        start = _FRONT
        if self._left is not None:
            # The handler's own length is its promise: no byte more than it.
            n = min(n, self._left)
            self._left -= n
            end = n + _FRONT
        if not n:
            return head + b"0\r\n\r\n" if last and self._chunked else head
        if self._chunked:
            size = b"%x\r\n" % n
            start -= len(size)
            out[start:_FRONT] = size
            tail = b"\r\n0\r\n\r\n" if last else b"\r\n"
            out[end : end + len(tail)] = tail
            end += len(tail)
        data = self._mv[start:end]
        return head + bytes(data) if head else data

    def _head(self, length):
        # Make the head; length is the body's in bytes, None while it is not known.
        req = self._req
        keep = self._keep
        code = self.code
        own = None
        lines = ""
        for name in self.headers:
            value = self.headers[name]
            for v in value if isinstance(value, tuple) else (value,):
                v = str(v)
                check(name, v)
                lines += "%s: %s\r\n" % (name, v)
            low = name.lower()
            if low == "content-length":
                own = int(v)
            elif low == "transfer-encoding":
                own = -1
            elif low == "connection" and "close" in v.lower():
                keep = False
                self._keep = None  # said already
        old = self.version == "1.0"
        self._mute = req.method == b"HEAD" or code == 204 or code == 304 or code < 200
        if own is not None:
            self._left = own if own >= 0 else None
            keep = keep and own >= 0
        elif code == 204 or code < 200:
            pass
        elif old and req._v == 11:
            keep = False  # the program wants to talk 1.0: the close ends the body
        elif length is not None:
            if length or code != 304:
                lines += "Content-Length: %d\r\n" % length
        elif old:
            keep = keep and self._mute
        else:
            self._chunked = not self._mute
            lines += "Transfer-Encoding: chunked\r\n"
        # A client that waits for 100 (Continue) may or may not send its body now: nobody can tell (RFC 9110 10.1.1).
        if req._left and (req._expect or not 0 < req._left <= _DRAIN or req._chunked):
            keep = False
        if not keep:
            if self._keep is not None:
                lines += "Connection: close\r\n"
        elif req._v == 10:
            lines += "Connection: keep-alive\r\n"
        self._keep = keep
        self._sent = True
        return ("HTTP/%s %s\r\n%s\r\n" % (self.version, status(code), lines)).encode()

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

            if "Content-Type" not in self.headers:
                self.headers["Content-Type"] = "application/json"
            result = json.dumps(result)
        elif result is None:
            result = b""
        await self._whole(result)

    def _reset(self):
        # Forget what has been gathered, for an error in its place; only while nothing has left.
        self._begun = False
        self._fill = _FRONT

    async def _whole(self, body):
        # Answer with a body that is known whole (str or bytes-like); one write where it is short.
        self._begun = True
        if self._sent:
            raise ValueError("The answer's head has left already")
        if body:
            self._type(body)
        body = view(body)
        n = len(body)
        self._fill = _FRONT
        head = self._head(n)
        if self._mute:
            n = 0
        elif self._left is not None:
            # The handler gave a length of its own.
            n = min(n, self._left)
            self._left -= n
            body = body[:n]
        if self._rest:
            head = bytes(self._rest) + head
            self._rest = None
        self.body_bytes = n
        if n > 1024:
            await self._c.send(head)
            await self._c.send(body)
        else:
            await self._c.send(head + bytes(body) if n else head)

    async def _finish(self):
        # The handler is done: whatever it gathered leaves, and the framing is closed.
        if not self._sent and not self._begun:
            if self.code == 200:
                self.code = 204
        await self._flush(True)
        if self._left and not self._mute:
            self._keep = False  # fewer bytes than promised: the close says so


@awaitable
def drive(coro, resp, value):
    """Run a handler on from its first wait, whose value is given; gives what it returns.

    Whenever it waits for something else than its answer, what it has sent so far leaves: a page that grows slowly is
    seen to grow, though nobody flushes by hand.
    """
    error = None
    while True:
        if resp._begun and (resp._fill > _FRONT or resp._rest or not resp._sent):
            resp.flush_some()
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
