# Several heads that are remembered, for several clients in turn. Loaded when the port is opened, where memory is ample.
#
# CONTRACT. app._heads is a Heads, and None where memory is short. request.read_head() asks its find() first, and parses
# itself what find() leaves to it: errors, and what plain_head() would leave to http_rare. What a head means depends on
# its bytes alone, whoever has sent it, and is what plain_head() finds in them. The head used last is app._last_head
# with its bytes in app._head_bytes, as without this module. When app._last_head is None, routes or guards have changed,
# the server stops, or a head was an error: then none of the others holds either. When memory runs out, app._heads
# becomes None, and one head is remembered.

from .http import _NAME, Head

# Not by lazy: a descriptor might be missing for them later, see startup.py.
from .known_fields import Fields
from .known_routes import find
from .lazy import lazy
from .request import HEAD

# Stands for a head that is not there: no bytes are as many.
_EMPTY = Head()
_EMPTY.end = 1 << 29

# The bytes of most targets in origin-form, the most frequent ones first, see http._NAME.
_PATH = b"0123456789=&/" + _NAME + b"?,:;@()"
# Request lines that are remembered for the same fields, 180 bytes each.
_LINES = 20


def _new(n):
    # Return so many entries without a head.
    return [[_EMPTY, b"", _EMPTY.end, None, None, None, None] for _ in range(n)]


class Heads:
    """The heads that are remembered."""

    def __init__(self, most):
        # The entries, the one used last first. Each is a list: the last Head with these fields; their bytes, from the
        # first CR LF to the empty line; how many they are; what Fields.read() has returned, None if they are odd; the
        # Head's context; the place for its bytes, None if there is none yet; a dict from a request line to its Head,
        # for routes without parameters, None if there is none yet.
        self._heads = _new(most)
        self._fields = Fields()

    def find(self, app, conn, line):
        """Return the Head at the start of the buffer, None where request.read_head() has to look for it.

        line: the index of the first CR LF. Raises MemoryError.
        """
        buf = conn.buf
        n = conn.n
        heads = self._heads
        if heads[0][0] is not app._last_head:
            self._follow(app)
        i = 0
        for old, block, size, found, context, _, lines in heads:  # noqa: B007
            end = line + size
            if end <= n and buf.startswith(block, line):
                if i:
                    self._take_over(app, i)
                if end == old.end and not buf.find(old.raw, 0, end):
                    return old
                break
            i += 1
        else:
            end = n
            if buf.find(b"\r\n\r\n", n - 4, n) < 0:
                end = buf.find(b"\r\n\r\n", line, n) + 4
                if end < 4:
                    return None
            block = bytes(memoryview(buf)[line:end])
            found = self._fields.read(block, app.max_fields)
            # A dict for extensions, which all heads with the same fields share. Where it is absent they keep nothing.
            context = {} if len(heads) > 3 else None
            lines = None
            if end <= HEAD:
                # Also for one that is left to read_head(), which puts it into the place of the last one.
                self._take_over(app, i - 1)
        view = memoryview(buf)
        head = lines and lines.get(bytes(view[:line]))
        if not head:
            if not found or end > app.max_head or line + 1 >= app.max_line or lazy.tight:
                return None
            if buf.find(b" HTTP/1.1", line - 9, line) < 0:
                return None
            method = b"GET"
            start = 4
            if not buf.startswith(b"GET /"):
                start = buf.find(b" /") + 1
                method = bytes(view[: start - 1])
                if not method.isalpha():
                    return None
            query = b""
            i = buf.find(b"?", start, line)
            if i < 0:
                i = line - 9
            else:
                query = bytes(view[i + 1 : line - 9])
            path = old.path
            same = len(path) == i - start and buf.startswith(path, start) and method == old.method
            if not same:
                path = bytes(view[start:i])
            if query.strip(_PATH) or not same and path.strip(_PATH):
                return None
        if end > HEAD:
            raw = bytes(view[:end])
        else:
            # A request that still needs its own head gets a copy of it first, as in request.read_head().
            raw = app._head_bytes
            last = app._last_head
            waits = False
            for other in app._connections:
                resp = other.resp
                if resp and resp.req.head.raw is raw:
                    last = resp.req.head
                    waits |= resp._buffer_end >= 0
            last.raw = bytes(raw) if waits else b""
            app._last_head = None
            raw[:] = view[:end]
        if head:
            head.raw = raw
            app._last_head = heads[0][0] = head
            return head
        head = Head()
        head.raw = raw
        head.end = end
        head.plain = method != b"HEAD"
        head.method = method
        head.path = lazy.urlencoding.normal(path) if b"%" in path else path
        head.host, head.keep_alive, head.content_length = found
        if query:
            head.query = query
        if app._stopping is not None:
            head.keep_alive = False
        if same and old.route:
            # As for the same head, see protocol.find_route().
            head.params = old.params
            head.route = old.route  # last: where memory runs out before, the same head may come again
        else:
            find(app, head)
        if end <= HEAD:
            if context is not None:
                head.context = context
            app._last_head = head
            entry = heads[0]
            entry[0] = head
            if entry[1] is not block:
                heads[0] = [head, block, len(block), found, context, entry[5], None]
            elif context is not None and head.route and not (query or head.params):
                # Only URLs that the program has named: others, such as those with a number, may never come again.
                if not lines or len(lines) >= _LINES:
                    entry[6] = lines = {}
                lines[bytes(view[:line])] = head
        return head

    def _follow(self, app):
        # Learn what has become of the head used last: read_head() has parsed another one, or all are forgotten.
        last = app._last_head
        if last:
            block = bytes(last.raw[last.raw.find(b"\r\n") :])
            self._heads[0][:] = [last, block, len(block), None, None, last.raw, None]
        else:
            # Their places are not used again, as requests that wait may have their heads there.
            self._heads[:] = _new(len(self._heads))

    def _take_over(self, app, i):
        # Make an entry the one used last.
        entry = self._heads.pop(i)
        self._heads.insert(0, entry)
        if not entry[5]:
            entry[5] = bytearray(HEAD)
        app._head_bytes = entry[5]
        app._last_head = entry[0]
