# Reads ONE request from a connection: its head as parse_head() gave it, its body with a length or in chunks.
#
# CONTRACT. Nothing of the body is read before the handler asks. read() and readinto() give it piece by piece, body()
# whole and bounded; each gives "nothing" (b"", 0) at the body's end, raises EOFError when the peer leaves before it,
# and HTTPException 400 for a broken chunk. A client that waits for 100 (Continue) gets it at the first read, so a
# refused upload costs nothing (RFC 9110 10.1.1).

from .connection import peer_name
from .http import HTTPException, field, parse_query_string, query_pairs

_HEX = b"0123456789abcdefABCDEF"


class request:
    def __init__(self, conn, head, raw):
        self._c = conn
        self._raw = raw
        self.method, target, self._v, self._host, self._keep, self._left, self._expect = head
        i = target.find(b"?")
        if i < 0:
            self.path = target
            self.query_string = b""
        else:
            self.path = target[:i]
            self.query_string = target[i + 1 :]
        self.headers = {}

    # The route's limit for a body that is read whole, in bytes; set when the route is known.
    max_body_size = 1024
    # Whether the body is chunked: then _left is what is left of this chunk, -1 before a chunk.
    _chunked = False

    @property
    def version(self):
        """The client's version, "1.0" or "1.1"."""
        return "1.1" if self._v == 11 else "1.0"

    @property
    def host(self):
        """The host that the client named, with its port if it named one (RFC 9110 7.2): bytes."""
        return self._host

    @property
    def peer(self):
        """The client's (address, port)."""
        return peer_name(self._c.address)

    @property
    def query(self):
        """The query as a dict of str to str; of a repeated name the last wins."""
        return parse_query_string(self.query_string)

    def query_list(self, name):
        """All values of a name in the query, in order."""
        return [v for k, v in query_pairs(self.query_string) if k == name]

    @property
    def cookies(self):
        """The client's cookies as a dict of str to str (RFC 6265 4.2)."""
        from .form import cookies

        return cookies(self.header(b"cookie"))

    def header(self, name):
        """Give a field's value as bytes, None if the client did not send it; saved by save_headers or not."""
        if isinstance(name, str):
            name = name.encode()
        return field(self._raw, name.lower())

    async def readinto(self, buf):
        """Read what is there of the body into a buffer; gives the count, 0 at the body's end."""
        if not self._left or not len(buf):
            return 0
        if self._expect:
            self._expect = False
            await self._c.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self._left < 0:
            self._chunked = True
            await self._next_chunk()
            if not self._left:
                return 0
        mv = memoryview(buf)
        n = await self._c.receive(mv if len(mv) <= self._left else mv[: self._left])
        if not n:
            self._c.dead = True
            raise EOFError
        self._left -= n
        if self._chunked and not self._left:
            self._left = -1
            if await self._c.readline(2) != b"":
                raise HTTPException(400, "Bad chunk")
        return n

    async def _next_chunk(self):
        # chunk-size [;extensions], RFC 9112 7.1; the last one is followed by trailer fields, which are checked and dropped.
        line = await self._c.readline(256)
        size = line and line.split(b";")[0]
        if not size or len(size) > 8 or size.strip(_HEX) or b"\r" in line or b"\0" in line:
            raise HTTPException(400, "Bad chunk")
        self._left = int(size, 16)
        if not self._left:
            self._left = -1
            for _ in range(16):
                line = await self._c.readline(512)
                if line == b"":
                    self._left = 0
                    return
                if not line or line.find(b":") < 1 or line[0] <= 32 or b"\r" in line or b"\0" in line:
                    break
            raise HTTPException(400, "Bad trailer")

    async def read(self, n=-1):
        """Read at most n bytes of the body, b"" at its end; without n all of it, as body() does."""
        if n < 0:
            return await self.body()
        if 0 <= self._left < n:
            n = self._left
        buf = bytearray(n)
        return bytes(memoryview(buf)[: await self.readinto(buf)])

    async def body(self):
        """Read the whole body, at most max_body_size bytes; raises HTTPException 413 above them."""
        return bytes(await self._body())

    async def _body(self):
        most = self.max_body_size
        if self._left > most:
            raise HTTPException(413)
        if self._left >= 0 and not self._chunked:
            buf = bytearray(self._left)
            mv = memoryview(buf)
            i = 0
            while i < len(mv):
                i += await self.readinto(mv[i:])
            return buf
        buf = bytearray()
        piece = bytearray(64)
        mv = memoryview(piece)
        while True:
            n = await self.readinto(piece)
            if not n:
                return buf
            if len(buf) + n > most:
                raise HTTPException(413)
            buf.extend(mv[:n])

    def read_parse_form_data(self):
        """Read the body and decode it by its Content-Type (RFC 9110 8.3); a coroutine.

        Gives a dict of str to str for a form, what json gives for JSON, {} for another body or none.
        Reads max_body_size bytes at most. Raises HTTPException 400 (malformed) or 413 (too long); EOFError if the
        peer leaves.
        """
        from .form import read

        return read(self)

    async def _drain(self):
        # Read over what the handler left; the response made sure that it is short.
        piece = bytearray(64)
        while await self.readinto(piece):
            pass


