# ONE request: its head, as parse_head() gave it. Its body is read by body.py, which is loaded when the first one is.

from .connection import peer_name
from .http import field, parse_query_string


class request:
    # The route's limit for a body that is read whole, in bytes.
    max_body_size = 1024
    # Whether the body is chunked; _left are the bytes to come of the body or of this chunk, -1 before a chunk.
    _chunked = False

    def __init__(self, conn, head, raw):
        self._c = conn
        self._raw = raw
        self.method, path, self._v, self.host, _, self._left, self._expect = head
        query = b""
        i = path.find(b"?")
        if i >= 0:
            query = path[i + 1 :]
            path = path[:i]
        self.path = path
        self.query_string = query
        self.headers = {}

    @property
    def version(self):
        """The client's version, "1.0" or "1.1"."""
        return "1.1" if self._v > 10 else "1.0"

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
        from .http import query_pairs

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
