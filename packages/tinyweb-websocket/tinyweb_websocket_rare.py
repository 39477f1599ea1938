# What is rare of WebSockets: frames in parts, fragments, control frames, long messages, the close, rooms (RFC 6455).
#
# CONTRACT. _take() gets the beginning of a frame, reads what is missing, and returns a message, or None where there is
# none yet, or where it has closed the WebSocket: before the payload of a message is read that is too long.

import tinyweb_websocket as main
from tinyweb.http import HTTPException


def _is_utf8(data):
    # Return whether what decodes is UTF-8 (RFC 3629 4): no overlong form, no surrogate, nothing above U+10FFFF.
    # Three bytes each: the first of a character, and where the range of the second begins and ends; "\0\0" is none.
    rules = b"\xc0\0\0\xc1\0\0\xe0\xa0\xc0\xed\x80\xa0\xf0\x90\xc0\xf4\x80\x90\xf5\0\0\xf6\0\0\xf7\0\0"
    while rules:
        i = data.find(rules[:1])
        while i >= 0:
            if not rules[1] <= data[i + 1] < rules[2]:  # pragma: no cover  MicroPython
                return False
            i = data.find(rules[:1], i + 1)
        rules = rules[3:]
    return True


def _refuse_origin(req, origin, allowed):
    # Raise HTTPException 403 for a page of another origin (bytes) that is not allowed (RFC 6455 10.2).
    from tinyweb.http import same_origin

    # A str is one: each of its characters would be one.
    for other in (allowed,) if isinstance(allowed, str) else allowed or ():
        if other.encode() == origin:
            return
    if b"," in origin or not same_origin(req):
        raise HTTPException(403, "Origin not in origins=")


def _choose(names, offered):
    # Return the first protocol of the client's list (bytes) that is among these names, None if there is none.
    for wanted in offered.split(b","):
        for name in names:
            if name.encode() == wanted.strip():
                return name


def _head(op, n):
    # Return the head of a whole frame with this opcode (RFC 6455 5.2).
    op |= 128
    if n < 126:
        return bytes((op, n))
    size = 2 if n < 65536 else 8
    return bytes((op, 126 + size // 8)) + n.to_bytes(size, "big")


async def _send_late(self, message):
    # Accept, and send a message, a long one without a copy of it.
    if not self.link:
        await self.accept()
    op = 2
    if isinstance(message, str):
        op = 1
        message = message.encode()
    # Nothing gets between them: what is not sent at once is kept in its order.
    begun = self.link.write(_head(op, len(memoryview(message))))  # TypeError before the head is sent
    rest = self.link.write(message)
    await begun
    await rest


async def _more(self, got, n):
    # Return at least n bytes that begin with `got`. Raises OSError if the client leaves, or is silent for 5 s.
    # Where the wait is cancelled, the next one goes on behind what has come.
    i = len(got)
    if i >= n:
        return got
    data = bytearray(n)
    data[:i] = got
    view = memoryview(data)
    rest = view[i:]
    while rest:
        i = self.link.readinto(rest)
        if i:
            rest = rest[i:]
            continue
        self._part = view[: -len(rest)]
        if i == 0 or not await self.link.readable(5):
            raise OSError  # pragma: no cover  MicroPython: CPython does not trace what follows a cancel
    return data


async def _take(self, got):
    # Take a frame that begins with these bytes; return a message, None if it does not complete one.
    got = await _more(self, got, 2)
    first = got[0]
    op = first & 15
    size = got[1] - 128  # below 0: not masked
    data = self._data
    wrong = op > 2 or (op == 0) == (data is None)
    if op > 7:
        wrong = op > 10 or first < 128 or size > 125
    if wrong or first & 0x70 or size < 0:
        return await _close(self, 1002)
    at = 6
    if size > 125:
        at = 8 if size == 126 else 14
        got = await _more(self, got, at - 4)
        size = int.from_bytes(got[2 : at - 4], "big")
    if op < 8 and size + len(data or b"") > self._options[0]:
        return await _close(self, 1009)
    size += at
    got = await _more(self, got, size)
    self._part = bytes(got[size:])
    payload = memoryview(got)[at:size]
    main._unmask(payload, got[at - 4 : at])
    if op > 7:
        return await _control(self, op, bytes(payload))
    if op:
        self._op = op
    if first < 128 or data is not None:
        if data is None:
            self._data = data = bytearray()
        data.extend(payload)
        if first < 128:
            return None
        self._data = None
        payload = data
    got = bytes(payload)
    if self._op == 1:
        got = main._decoded(got)
        if got is None:
            await _close(self, 1007)
    return got


async def _control(self, op, payload):
    if op == 9:
        await self.link.write(_head(10, len(payload)) + payload)
    elif op == 8:
        code = 1005
        if payload:
            code = int.from_bytes(payload[:2], "big")
            if not _is_code(code):
                return await _close(self, 1002)
            if main._decoded(payload[2:]) is None:
                return await _close(self, 1007)
        self.closed = code
        payload = payload[:2]
        await self.link.write(_head(8, len(payload)) + payload)
        self.link.close()


def _is_code(code):
    return 1000 <= code < 1004 or 1006 < code < 1015 or 3000 <= code < 5000


async def _close(self, code, reason=b""):
    # Send a close, and wait for the client's, or its end, for a second or so.
    if not _is_code(code) or len(reason) > 123:
        raise ValueError("close(%r): a code is 1000 to 4999, a reason 123 B" % code)
    if self.closed:
        return
    if not self.link:
        await self.accept()
    self.closed = code
    link = self.link
    try:
        await link.write(_head(8, 2 + len(reason)) + code.to_bytes(2, "big") + reason)
        # What the client has sent before is read over: to close with input unread would reset the close away.
        buf = main._space
        turns = 2000
        while turns > 0:
            turns -= 1
            n = link.readinto(buf)
            if n is None:
                turns -= 400  # a client that sends a byte now and then is not waited for much longer
                if not await link.readable(1):
                    break  # pragma: no cover  MicroPython: CPython does not trace what follows a cancel
            elif not n or n < len(buf) and buf[0] == 0x88:
                break
    except (OSError, RuntimeError):
        pass  # the client has gone, or another task reads, which will see the end
    link.close()


class Room:
    """WebSockets that get the same messages; those that are closed leave by themselves."""

    def __init__(self):
        self._members = []

    def __len__(self):
        return len(self._members)

    def add(self, ws):
        """Add a WebSocket that is accepted; raises ValueError before that."""
        if not ws.link:
            raise ValueError("accept() first")
        if ws not in self._members:
            self._members.append(ws)

    def remove(self, ws):
        """Remove a WebSocket, if it is there."""
        if ws in self._members:
            self._members.remove(ws)

    def push(self, message):
        """Push a message to all, framed once; return how many there are. One that does not read is ended."""
        data = main._frame(message)
        for ws in self._members[:]:
            if ws.closed or not ws.link.push(data, ws._options[2]):
                self._members.remove(ws)
                if not ws.closed:
                    ws.closed = 1006
                    ws.link.close()
        return len(self)
