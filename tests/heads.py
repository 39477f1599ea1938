# How the tests of the pure modules, and MicroPython's builds after them, tell what a Head says, and have one come
# without a socket.
from tinyweb import http, known_heads, partial_head
from tinyweb.request import HEAD, read_head
from tinyweb.router import Router

# What the parser tells of a request.
PARSED = ("method", "path", "query", "version", "host", "keep_alive", "content_length", "expect_continue")
# And all the rest that a Head has.
ATTRIBUTES = PARSED + ("raw", "plain", "end", "error", "route", "params", "media_type")  # noqa: RUF005  MicroPython


def told(head, names=ATTRIBUTES):
    """Give the attributes of a Head as a tuple."""
    # a Head's bytes may be a bytearray
    return tuple([bytes(v) if name == "raw" else v for name, v in [(name, getattr(head, name)) for name in names]])


class _Waits(Exception):
    pass


class App:
    # Stands in for the server: its limits, a slot for each connection, and no routes.
    debug = False
    _taken = None

    def __init__(self, max_line, max_head, stopping):
        self.max_line = max_line
        self.max_head = max_head
        self.max_fields = 64
        self.request_timeout = self._idle_ms = self._free_slots = 1
        self._stopping = stopping
        self._last_head = self._heads = self.tls = None
        self._head_bytes = bytearray(HEAD)
        self._connections = []
        self._router = Router()


class Connection:
    # Stands in for a connection: its buffer holds what has come so far, and no more comes.
    pending = b""
    since = limit = 0

    def __init__(self, data, n):
        self.buf = bytearray(data + b"\r\n\r\n")  # what stands behind the first n bytes has not come
        self.n = n
        self.stream = self

    def free_slot(self):
        self.buf = None

    def readinto(self, buf):
        raise _Waits


def head_end(data, max_line, n=None, max_head=4096, stopping=None):
    """Give the length of the head that begins in the first n bytes of data, -1 if it has not come whole.

    As serve_connection() finds it: request.read_head() first, then partial_head.read_rest(). Raises HTTPException.
    """
    app = App(max_line, max_head, stopping)
    try:
        partial_head.read_rest(app, Connection(data, len(data) if n is None else n)).send(None)
    except StopIteration as e:
        head = e.value
    except _Waits:
        return -1
    if head.error:
        raise head.error
    assert app._last_head is (head if head.end <= HEAD else None)
    assert head.keep_alive == (stopping is None and http.parse_head(bytes(head.raw), max_line, 64).keep_alive)
    return head.end


def read_in_turn(raws, max_line, max_fields, most=2):
    """Give the Head that the server finds in each of these heads, as one that remembers so many of them.

    Behind each one stands something else in the buffer.
    """
    app = App(max_line, 4096, None)
    app.max_fields = max_fields
    app._heads = known_heads.Heads(most)
    for raw in raws:
        got = read_head(app, Connection(raw + b"GET /behind HTTP/1.1", len(raw)))
        # the same once more is the same one
        assert read_head(app, Connection(raw, len(raw))) is got or got.error or len(raw) > HEAD
        yield got
