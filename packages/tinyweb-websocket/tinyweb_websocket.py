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
_rare = None


def rare():
    """Return the module of what is rare."""
    global _rare
    if not _rare:
        import tinyweb_websocket_rare as _rare
    return _rare


def __getattr__(name):
    if name == "Room":
        return rare().Room
    raise AttributeError(name)


class Failed(Exception):
    """The client has broken the protocol; the argument is the code of the close (RFC 6455 7.4.1)."""


def _field(raw, low, name):
    i = low.find(name)
    if i < 0:
        return b""
    i += len(name)
    return raw[i : raw.find(b"\r", i)].strip(b" \t")


def _has(value, token):
    return token in [t.strip(b" \t") for t in value.lower().split(b",")]


def _handshake(req, origins):
    # Return (key, offered protocols) of a handshake (RFC 6455 4.2.1); raises HTTPException 400, 403 or 426.
    raw = bytes(req.head.raw)
    low = raw.lower()
    version = _field(raw, low, b"\nsec-websocket-version:")
    if not _has(_field(raw, low, b"\nupgrade:"), b"websocket") or version and version != b"13":
        raise HTTPException(426, None, {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"})
    key = _field(raw, low, b"\nsec-websocket-key:")
    try:
        right = len(key) == 24 and len(binascii.a2b_base64(key)) == 16
    except ValueError:
        right = None
    if not (right and version and _has(_field(raw, low, b"\nconnection:"), b"upgrade")):
        raise HTTPException(400, "No handshake (RFC 6455 4.2.1)")
    name = b"\norigin:"
    own = _field(low, low, name).replace(b"https:", b"http:") == b"http://" + req.head.host.lower()
    if origins != "*" and name in low and not own:  # of another page: that loads 9 KB
        rare().check_origin(req, _field(raw, low, name), origins)
    return key, _field(raw, low, b"\nsec-websocket-protocol:")


def unmask(data, mask):
    """Unmask in place (RFC 6455 5.3): data, a memoryview or bytearray, by the 4 bytes of mask."""
    # By integers of 64 bytes: a loop over bytes costs thirty times as much.
    n = len(data)
    mask = mask * 16
    m = int.from_bytes(mask, "little")
    for i in range(0, n, 64):
        j = i + 64
        if j > n:
            j = n
            m = int.from_bytes(mask[: j - i], "little")
        data[i:j] = (int.from_bytes(data[i:j], "little") ^ m).to_bytes(j - i, "little")


def text(data):
    """Decode a text; raises Failed 1007 for what is not UTF-8 (RFC 3629)."""
    try:
        s = str(data, "utf-8")
    except UnicodeError:
        raise Failed(1007)
    # MicroPython lets overlong forms and surrogates pass.
    if len(s) != len(data) and not rare().is_utf8(data):
        raise Failed(1007)
    return s


def frame(message):
    """Return a message (str or bytes-like) as one frame."""
    first = 0x82
    if isinstance(message, str):
        first = 0x81
        message = message.encode()
    n = len(message)
    return (bytes((first, n)) if n < 126 else rare().head(first, n)) + message


class WebSocket:
    """One client."""

    closed = None  # the code of the close
    link = None
    protocol = None
    part = b""  # received and not used
    data = None  # of a message in fragments
    op = 0
    _pinged = False

    def __init__(self, req, resp, options, key, offered):
        self.req = req
        self._resp = resp
        self.options = options  # (max_size, ping, behind, protocols, sha1)
        self._key = key
        self._offered = offered

    async def accept(self, protocol=None):
        """Answer the handshake; receive() and send() do it by themselves."""
        if self.link:
            return
        if protocol is None and self.options[3]:
            protocol = rare().choose(self.options[3], self._offered)
        self.protocol = protocol
        digest = self.options[4](self._key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        lines = b"Upgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n" % binascii.b2a_base64(digest)[:-1]
        if protocol:
            lines += b"Sec-WebSocket-Protocol: %s\r\n" % protocol.encode()
        self.link = link = await self._resp.upgrade(lines)
        link.last = b"\x88\x02\x03\xe9"  # 1001: the server stops
        self._key = self._offered = None

    def __aiter__(self):
        return self

    async def __anext__(self):
        link = self.link
        if not link:
            await self.accept()
            link = self.link
        try:
            while self.closed is None:
                data = self.part
                if data:
                    self.part = b""
                    n = len(data)
                else:
                    data = _space
                    n = link.readinto(data)
                    if n is None:
                        if not await link.readable(self.options[1] or None):
                            # Silence: a ping, and after as much of it again the end.
                            if self._pinged or not link.push(b"\x89\0"):
                                break
                            self._pinged = True
                        continue
                    if not n:
                        break
                    self._pinged = False
                # The usual frame: whole, short, alone.
                size = data[1] - 128 if n > 1 else -1
                if n == size + 6 and 0 <= size < 126 and self.data is None and 0x81 <= data[0] <= 0x82:
                    got = bytearray(data[6:n])
                    unmask(got, bytes(data[2:6]))
                    if size <= self.options[0]:
                        return text(got) if data[0] == 0x81 else bytes(got)
                    raise Failed(1009)
                got = await rare().take(self, bytes(memoryview(data)[:n]))
                if got is not None:
                    return got
        except Failed as e:
            await rare().close(self, e.args[0], b"")
        except OSError:
            pass  # the client has gone
        if self.closed is None:
            self.closed = 1006
            link.close()
        raise StopAsyncIteration

    async def receive(self):
        """Wait for a message; return it, None when the WebSocket is closed."""
        try:
            return await self.__anext__()
        except StopAsyncIteration:
            return None

    def send(self, message):
        """Send a message (str or bytes-like). Awaitable; raises OSError if the WebSocket is closed."""
        if not self.link:
            return rare().late(self, message)
        if self.closed is not None:
            raise OSError
        if len(message) > 1000:
            return rare().send_long(self, message)
        return self.link.write(frame(message))

    def push(self, message):
        """Send a message without a wait, from any task; return False if it is not accepted, closed, or behind."""
        if not self.link or self.closed is not None:
            return False
        return self.link.push(frame(message), self.options[2])

    async def close(self, code=1000, reason=""):
        """Close, and wait a second for the client to do so. Raises ValueError for a code or a reason that none has."""
        await rare().close(self, code, reason.encode())


def websocket(handler=None, max_size=1024, ping=20, behind=1024, origins=None, protocols=()):
    """Decorate a handler f(req, ws, *params) of a route; @websocket or @websocket(option=...).

    max_size: bytes of a message, 1009 above. ping: seconds of silence before a ping, and then before the end; 0 for
    none. behind: bytes that push() keeps for a client. origins: of pages ("https://example.org") that may connect
    besides the server's own, "*" for all. protocols: names, the first that the client offers is taken.
    """
    if handler is None:
        return lambda f: websocket(f, max_size, ping, behind, origins, protocols)
    options = max_size, ping, behind, protocols, hashlib.sha1  # an error at once where the firmware has none

    async def serve(req, resp, *params):
        ws = WebSocket(req, resp, options, *_handshake(req, origins))
        try:
            result = await handler(req, ws, *params)
            if not ws.link:
                return result
            if ws.closed is None:
                await ws.close()
        except Exception as e:
            if ws.link:
                await rare().failed(ws, e)
            raise

    return serve
