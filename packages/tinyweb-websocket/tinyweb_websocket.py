# WebSockets: messages in both directions over one connection (RFC 6455).
#
# CONTRACT. websocket() makes a handler f(req, ws, *params) one of the server. The handshake is checked before it is
# called, and answered at its first receive() or send(); until then an HTTPException is a response as any other. A
# message is a str or bytes. An idle socket holds no buffer: what has come is read into one that all share, and a whole
# short frame is taken from there without a wait. Everything else is in tinyweb_websocket_rare.py, loaded on first need.

import binascii
import hashlib

try:
    from tinyweb import API
except ImportError:
    API = 2  # a core before there was this number
if API != 3:
    raise ImportError("tinyweb-websocket 2.0 needs tinyweb-core with API 3, not %d: install both again" % API)
from tinyweb.http import HTTPException

_space = bytearray(136)
_module = None


def _rare():
    # Return the module of what is rare. Functions there that begin with self are as methods of a WebSocket.
    global _module
    if not _module:
        import tinyweb_websocket_rare as _module
    return _module


def __getattr__(name):
    return getattr(_rare(), name)  # Room


def _value(raw, low, name):
    # Return the value of a field; those of several lines are one list (RFC 9110 5.3).
    found = []
    i = low.find(name)
    while i >= 0:
        i += len(name)
        found.append(raw[i : raw.find(b"\r", i)].strip())
        i = low.find(name, i)
    return b",".join(found)


def _has(low, name, token):
    # Return whether a field, a list, has this token.
    return b",%s," % token in b",%s," % b"".join(_value(low, low, name).split())


def _handshake(req, resp, origins):
    # Return (resp, key, offered protocols) of a handshake (RFC 6455 4.2.1); raises HTTPException 400, 403 or 426.
    raw = bytes(req.head.raw)
    low = raw.lower()
    version = _value(raw, low, b"\nsec-websocket-version:")
    if not _has(low, b"\nupgrade:", b"websocket") or version and version != b"13":
        raise HTTPException(426, None, {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"})
    key = _value(raw, low, b"\nsec-websocket-key:")
    try:
        right = len(key) == 24 and len(binascii.a2b_base64(key)) == 16
    except ValueError:
        right = None
    if not (right and version and _has(low, b"\nconnection:", b"upgrade")):
        raise HTTPException(400, "No handshake (RFC 6455 4.2)")
    name = b"\norigin:"
    origin = _value(raw, low, name)
    own = origin.lower().split(b"://")[1:] == [req.head.host.lower()]
    if origins != "*" and name in low and not own:  # of another page: that loads 9 KB
        _rare()._refuse_origin(req, origin, origins)
    return resp, key, _value(raw, low, b"\nsec-websocket-protocol:")


def _unmask(data, mask):
    # Unmask in place (RFC 6455 5.3): data, a memoryview or bytearray, by the 4 bytes of mask. By integers of 128 bytes:
    # a loop over bytes costs thirty times as much.
    mask = bytes(mask) * 32
    for i in range(0, len(data), 128):
        part = data[i : i + 128]
        n = len(part)
        m = int.from_bytes(mask[:n], "little")
        data[i : i + n] = (int.from_bytes(part, "little") ^ m).to_bytes(n, "little")


def _decoded(data):
    # Return a text, None for what is not UTF-8 (RFC 3629). MicroPython lets overlong forms and surrogates pass.
    try:
        s = str(data, "utf-8")
        if len(s) == len(data) or _rare()._is_utf8(data):  # pragma: no branch  MicroPython
            return s
    except ValueError:
        pass  # it is None


def _frame(message):
    # Return a message (str or bytes-like) as one frame.
    first = 0x82
    if isinstance(message, str):
        first = 0x81
        message = message.encode()
    n = len(message)
    return (bytes((first, n)) if n < 126 else _rare()._head(first, n)) + message


class WebSocket:
    """One client."""

    link = None
    protocol = None
    _part = b""  # received and not used
    _data = None  # of a message in fragments
    _pinged = False

    def __init__(self, req, resp, options):
        # Six attributes and no more are the object's own: with a seventh its table grows, when the end has come, too.
        self.req = req
        self.closed = None  # the code of the close
        self._options = options  # (max_size, ping, behind, protocols, sha1, origins)
        self._offer = _handshake(req, resp, options[5])

    async def accept(self, protocol=None):
        """Answer the handshake; receive() and send() do it by themselves."""
        if self.link:
            return
        resp, key, offered = self._offer
        if protocol is None and self._options[3]:
            protocol = _rare()._choose(self._options[3], offered)
        key = self._options[4](key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        lines = b"Upgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n" % binascii.b2a_base64(key)[:-1]
        if protocol:
            self.protocol = protocol
            lines += b"Sec-WebSocket-Protocol: %s\r\n" % protocol.encode()
        self.link = link = await resp.upgrade(lines)
        link.last = b"\x88\x02\x03\xe9"  # 1001: the server stops
        self._offer = None

    def __aiter__(self):
        return self

    async def __anext__(self):
        # Few variables, and no deep expressions: each idle WebSocket holds them.
        if not self.link:
            await self.accept()
        try:
            while not self.closed:
                data = self._part
                if data:
                    self._part = b""
                    n = len(data)
                else:
                    data = _space
                    n = self.link.readinto(data)
                    if n is None:
                        if not await self.link.readable(self._options[1]):
                            # Silence: a ping, and after as much of it again the end.
                            if self._pinged or not self.link.push(b"\x89\0"):  # pragma: no cover  MicroPython: as below
                                break
                            # CPython does not trace what follows a cancel.
                            self._pinged = True  # pragma: no cover  MicroPython
                        continue
                    if not n:
                        break
                    self._pinged = False
                # The usual frame: whole, short, alone.
                got = self._data is None and n - 6 <= self._options[0]
                if got and 5 < n < 132 and data[1] == n + 122 and data[0] in b"\x81\x82":
                    got = bytearray(data[6:n])
                    _unmask(got, data[2:6])
                    got = _decoded(got) if data[0] == 0x81 else bytes(got)
                    if got is None:
                        await self.close(1007)
                else:
                    got = bytearray(data[:n])
                    got = await _rare()._take(self, got)
                if got is not None:
                    return got
        except OSError:
            pass  # the client has gone
        if not self.closed:
            self.closed = 1006
            self.link.close()
        raise StopAsyncIteration

    async def receive(self):
        """Wait for a message; return it, None when the WebSocket is closed."""
        try:
            return await self.__anext__()
        except StopAsyncIteration:
            return None

    def send(self, message):
        """Send a message (str or bytes-like). Awaitable; raises OSError if the WebSocket is closed."""
        if self.closed:
            raise OSError
        if not self.link or len(message) > 1000:
            return _rare()._send_late(self, message)
        return self.link.write(_frame(message))

    def push(self, message):
        """Send a message without a wait, from any task; return False if it is not accepted, closed, or behind."""
        if not self.link or self.closed:
            return False
        return self.link.push(_frame(message), self._options[2])

    def close(self, code=1000, reason=""):
        """Close, and wait a second for the client to do so. Raises ValueError for a code or a reason that none has."""
        return _rare()._close(self, code, reason.encode())

    async def _await(self, handler):
        # Await a handler, and close behind it.
        try:
            result = await handler
            if not self.link:
                return result
            if not self.closed:
                await self.close()
        except Exception:
            if self.link and not self.link.gone:
                await self.close(1011)
            raise


def websocket(handler=None, max_size=1024, ping=20, behind=1024, origins=None, protocols=()):
    """Decorate a handler f(req, ws, *params) of a route; @websocket or @websocket(option=...).

    max_size: bytes of a message, 1009 above. ping: seconds of silence before a ping, and then before the end; 0 for
    none. behind: bytes that push() keeps for a client. origins: of pages ("https://example.org") that may connect
    besides the server's own, "*" for all. protocols: names, the first that the client offers is taken.
    """
    # hashlib.sha1 is in it so that there is an error at once where there is none.
    options = max_size, ping or None, behind, protocols, hashlib.sha1, origins

    def _decorate(f):
        def _serve(req, resp, *params):
            ws = WebSocket(req, resp, options)
            return ws._await(f(req, ws, *params))

        return _serve

    return _decorate(handler) if handler else _decorate
