# ONE request: its head, as parse_head() gave it. Its body is read by body.py, which is loaded when the first one is.

from .http import field


class request:
    # The route's limit for a body that is read whole, in bytes.
    max_body_size = 1024
    # _left are the bytes to come of the body, or of this chunk if it is _chunked; -1 before a chunk.
    _left = 0
    _chunked = False
    _expect = False
    route = None

    def __init__(self, conn, head, raw):
        self._c = conn
        self._head = head
        self._raw = raw
        self.headers = {}
        if head[6]:
            self._left = head[6]
            self._expect = head[7]

    @property
    def method(self):
        """The method: bytes."""
        return self._head[0]

    @property
    def path(self):
        """The path, not decoded: bytes."""
        return self._head[1]

    @property
    def query_string(self):
        """The query, not decoded, without its '?': bytes."""
        return self._head[2]

    @property
    def version(self):
        """The client's version, "1.0" or "1.1"."""
        return "1.%d" % (self._head[3] - 10)

    @property
    def host(self):
        """The host that the client named, with its port if it named one (RFC 9110 7.2): bytes."""
        return self._head[4]

    @property
    def peer(self):
        """The client's (address, port)."""
        from .connection import peer_name

        return peer_name(self._c.address)

    @property
    def query(self):
        """The query as a dict of str to str; of a repeated name the last wins."""
        from .query import parse_query_string

        return parse_query_string(self._head[2])

    def query_list(self, name):
        """All values of a name in the query, in order."""
        from .query import query_pairs

        return [v for k, v in query_pairs(self._head[2]) if k == name]

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

    # Coroutines, each; body.py tells the rest.

    def readinto(self, buf):
        """Read what is there of the body into a buffer; gives the count, 0 at the body's end."""
        from .body import readinto

        return readinto(self, buf)

    def read(self, n=-1):
        """Read at most n bytes of the body, b"" at its end; without n all of it, as body() does."""
        from .body import read

        return read(self, n)

    def body(self):
        """Read the whole body, at most max_body_size bytes; raises HTTPException 413 above them."""
        return self.read()

    def read_parse_form_data(self):
        """Read the body and decode it by its Content-Type (RFC 9110 8.3).

        Gives a dict of str to str for a form, what json gives for JSON, {} for another body or none.
        Reads max_body_size bytes at most. Raises HTTPException 400 (malformed) or 413 (too long); EOFError if the
        peer leaves.
        """
        from .form import read

        return read(self)
