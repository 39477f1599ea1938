# What is rare of WebSockets: frames in parts, fragments, control frames, long messages, the close, rooms (RFC 6455).
#
# CONTRACT. _take() gets the beginning of a frame, reads what is missing, and returns a message, or None where there is
# none yet, or where it has closed the WebSocket: before the payload of a message is read that is too long.

import tinyweb_websocket as main
from tinyweb.http import HTTPException

# Seconds that a client may be silent within a frame.
_STALL = 5


def _is_utf8(data):
    # Return whether what decodes is UTF-8 (RFC 3629 4): no overlong form, no surrogate, nothing above U+10FFFF.
    for lead, low, high in ((0xE0, 0xA0, 0xC0), (0xED, 0x80, 0xA0), (0xF0, 0x90, 0xC0), (0xF4, 0x80, 0x90)):
        b = bytes((lead,))
        i = data.find(b)
        while i >= 0:
            if i + 1 >= len(data) or not low <= data[i + 1] < high:
                return False
            i = data.find(b, i + 1)
    for lead in b"\xc0\xc1\xf5\xf6\xf7\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff":
        if data.find(bytes((lead,))) >= 0:
            return False
    return True


def _check_origin(req, origin, allowed):
    # Raise HTTPException 403 for a page of another origin (bytes) that is not allowed (RFC 6455 10.2).
    from tinyweb.http import same_origin

    if not (origin in [o.encode() for o in allowed or ()] or same_origin(req)):
        raise HTTPException(403, "A page of another origin: see origins=")


def _choose(names, offered):
    # Return the first protocol of the client's list (bytes) that is among these names, None if there is none.
    for wanted in offered.split(b","):
        for name in names:
            if name.encode() == wanted.strip(b" \t"):
                return name


def _head(first, n):
    # Return the head of a frame (RFC 6455 5.2).
    if n < 126:
        return bytes((first, n))
    if n < 65536:
        return bytes((first, 126, n >> 8, n & 255))
    return bytes((first, 127)) + n.to_bytes(8, "big")


async def _send_late(self, message):
    # Accept, and send a message, a long one without a copy of it.
    if not self.link:
        await self.accept()
    first = 0x82
    if isinstance(message, str):
        first = 0x81
        message = message.encode()
    # Nothing gets between them: what is not sent at once is kept in its order.
    begun = self.link.write(_head(first, len(message)))
    rest = self.link.write(message)
    await begun
    await rest


async def _read(link, buf):
    # Fill a buffer. Raises OSError if the client leaves or is silent for too long.
    i = 0
    while i < len(buf):
        n = link.readinto(buf[i:])
        if n:
            i += n
        elif n == 0 or not await link.readable(_STALL):
            raise OSError


async def _more(self, got, n):
    # Return at least n bytes that begin with `got`.
    if len(got) < n:
        rest = bytearray(n - len(got))
        await _read(self.link, memoryview(rest))
        got += bytes(rest)
    return got


async def _take(self, got):
    # Take a frame that begins with these bytes; return a message, None if it does not complete one.
    got = await _more(self, got, 2)
    first = got[0]
    op = first & 15
    size = got[1] & 127
    data = self._data
    wrong = op > 2 or (op == 0) != (data is not None)
    if op > 7:
        wrong = op > 10 or first < 128 or size > 125
    if wrong or first & 0x70 or got[1] < 128:
        return await _close(self, 1002)
    at = 6
    if size > 125:
        at = 8 if size == 126 else 14
        got = await _more(self, got, at - 4)
        size = int.from_bytes(got[2 : at - 4], "big")
    if op < 8 and size + len(data or b"") > self._options[0]:
        return await _close(self, 1009)
    got = await _more(self, got, at)
    payload = bytearray(size)
    view = memoryview(payload)
    n = min(size, len(got) - at)
    view[:n] = got[at : at + n]
    self._part = got[at + n :]
    if n < size:
        await _read(self.link, view[n:])
    main._unmask(view, got[at - 4 : at])
    if op > 7:
        return await _control(self, op, bytes(payload))
    if op:
        self._op = op
    if data is not None:
        data.extend(payload)
        payload = data
    if first < 128:
        self._data = payload
        return None
    self._data = None
    got = bytes(payload)
    if self._op == 1:
        got = main._decoded(got)
        if got is None:
            await _close(self, 1007)
    return got


async def _control(self, op, payload):
    if op == 9:
        await self.link.write(bytes((0x8A, len(payload))) + payload)
    elif op == 8:
        code = 1005
        if payload:
            code = int.from_bytes(payload[:2], "big")
            if len(payload) < 2 or not _is_code(code):
                return await _close(self, 1002)
            if main._decoded(payload[2:]) is None:
                return await _close(self, 1007)
        self.closed = code
        await self.link.write(b"\x88\0" if code == 1005 else b"\x88\x02" + payload[:2])
        self.link.close()


def _is_code(code):
    return 1000 <= code <= 1014 and code not in (1004, 1005, 1006) or 3000 <= code <= 4999


async def _close(self, code, reason=b""):
    # Send a close, and wait for the client's, or its end, for a second or so.
    if not _is_code(code) or len(reason) > 123:
        raise ValueError("close(%r): the code of a close is 1000 to 4999, its reason has 123 bytes at most" % code)
    if self.closed is not None:
        return
    if not self.link:
        await self.accept()
    self.closed = code
    link = self.link
    try:
        await link.write(bytes((0x88, 2 + len(reason), code >> 8, code & 255)) + reason)
        # What the client has sent before is read over: to close with input unread would reset the close away.
        buf = bytearray(64)
        turns = 2000
        while turns:
            turns -= 1
            n = link.readinto(buf)
            if n is None:
                if not await link.readable(1):
                    break
            elif not n or n < 64 and buf[0] == 0x88:
                break
    except OSError:
        pass  # the client has gone
    link.close()


class Room:
    """WebSockets that get the same messages; those that are closed leave by themselves."""

    def __init__(self):
        self._members = []

    def __len__(self):
        return len(self._members)

    def add(self, ws):
        """Add a WebSocket that is accepted."""
        if ws not in self._members:
            self._members.append(ws)

    def remove(self, ws):
        """Remove a WebSocket, if it is there."""
        if ws in self._members:
            self._members.remove(ws)

    def push(self, message):
        """Push a message to all, framed once; return how many there are. One that does not read is ended."""
        data = main._frame(message)
        i = len(self._members)
        while i:
            i -= 1
            ws = self._members[i]
            if ws.closed is not None or not ws.link.push(data, ws._options[2]):
                self._members.pop(i)
                if ws.closed is None:
                    ws.closed = 1006
                    ws.link.close()
        return len(self._members)
