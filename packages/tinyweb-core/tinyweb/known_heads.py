# Several heads that are remembered, for several clients in turn, and a quicker parser for heads that are new. Loaded
# when the port is opened, where memory is ample.
#
# CONTRACT. app._heads is a Heads, and None where memory is short. request.read_head() asks its find() first, and parses
# itself what find() leaves to it: errors, and what plain_head() would leave to http_rare. What a head means depends on
# its bytes alone, whoever has sent it, and is what plain_head() finds in them. The head used last is app._last_head
# with its bytes in app._head_bytes, as without this module. When app._last_head is None, routes or guards have changed,
# the server stops, or a head was an error: then none of the others holds either. When memory runs out, app._heads
# becomes None, and one head is remembered.

from .http import _FRAMING, _NAME, _TOKEN, Head
from .known_routes import find  # not by lazy: a descriptor might be missing for it later, see startup.py
from .lazy import lazy
from .request import HEAD

# Stands for a head that is not there: no bytes are as many.
_EMPTY = Head()
_EMPTY.end = 1 << 29

# The bytes of most targets in origin-form, the most frequent ones first, see http._NAME.
_PATH = b"0123456789=&/" + _NAME + b"?,:;@()"
# Bytes of the lines that are known to be right: those of a few heads.
_LIMITS = 2048
# An ESP8266 does not have it: there read_head() parses heads with new fields.
_list = getattr(bytes, "splitlines", None)


def _new(n):
    # Return so many entries without a head.
    return [[_EMPTY, b"", _EMPTY.end, None, None, None] for _ in range(n)]


class Heads:
    """The heads that are remembered, and lines of fields that are known to be right."""

    def __init__(self, most):
        # The entries, the one used last first. Each is a list: the last Head with these fields; their bytes, from the
        # first CR LF to the empty line; how many they are; what head_lines() has returned, None if they are odd; the
        # Head's context; the place for its bytes, None if there is none yet.
        self._heads = _new(most)
        # What _line() has returned, by line.
        self._taken = {}
        self._left = _LIMITS
        # The lines of the head that was parsed last: those that come again are remembered.
        self._before = ()

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
        for old, block, size, found, context, _ in heads:  # noqa: B007
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
            found = self.head_lines(block, app.max_fields)
            # A dict for extensions, which all heads with the same fields share. Where it is absent they keep nothing.
            context = {} if len(heads) > 3 else None
            if end <= HEAD:
                # Also for one that is left to read_head(), which puts it into the place of the last one.
                self._take_over(app, i - 1)
        view = memoryview(buf)
        if not found or end > app.max_head or line + 1 >= app.max_line or lazy.tight:
            return None
        if buf.find(b" HTTP/1.1", line - 9, line) < 0:
            return None
        if buf.startswith(b"GET /"):
            method = b"GET"
            path = bytes(view[4 : line - 9])
        else:
            method = bytes(view[: buf.find(b" ")])
            path = bytes(view[len(method) + 1 : line - 9])
            if path[:1] != b"/" or not method.isalpha():
                return None
        query = b""
        i = path.find(b"?")
        if i >= 0:
            query = path[i + 1 :]
            path = path[:i]
        same = path == old.path and method == old.method
        if query.strip(_PATH) or not same and path.strip(_PATH):
            return None
        if end > HEAD:
            raw = bytes(view[:end])
        else:
            # Into the place of the head used last. A request that still needs its own gets a copy first, as in
            # request.read_head().
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
                entry[1:5] = [block, len(block), found, context]
        return head

    def _follow(self, app):
        # Learn what has become of the head used last: read_head() has parsed another one, or all are forgotten.
        last = app._last_head
        if last:
            block = bytes(last.raw[last.raw.find(b"\r\n") :])
            self._heads[0][:] = [last, block, len(block), None, None, last.raw]
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

    def head_lines(self, block, most):
        # Return (host, keep_alive, content_length) of the fields in a block of bytes, None where one of them is odd.
        lines = _list(block) if _list else ()
        # The first line is what stands before the first CR LF, the last one the empty line. Each ends with two bytes,
        # unless it was a CR or an LF alone that ended it: then bytes are left.
        n = len(lines)
        if not 1 < n < most + 3:
            return None
        left = len(block) - n - n
        del lines[0], lines[-1]
        known = self._taken
        host = length = None
        keep = True
        for line in lines:
            left -= len(line)
            found = known.get(line)
            if found is None:
                found = self._line(line)
            if found:
                n, value = found
                if n == 10:
                    keep = keep and value
                elif n == 4 and not host:
                    host = value
                elif n == 14 and length is None:
                    length = value
                else:
                    return None
            elif found is None:
                return None
        self._before = lines
        return (host, keep, length or 0) if host and not left else None

    def _line(self, line):
        # Return (the length of its name, what it means) of the line of a field that frames or routes a message, () for
        # any other one, None if it is odd; see http.plain_head().
        known = self._taken
        n = line.find(b":")
        name = line[: n + 1]
        new = name not in known
        if new and (n < 1 or line[:n].strip(_TOKEN)) or line.find(b"\0") >= 0:
            return None
        found = ()
        if n < 18 and _FRAMING[n] and name[:n].lower() == _FRAMING[n]:
            value = line[n + 1 :].strip(b" \t")
            if len(line) - n > 255:
                return None
            if n == 4:
                i = value.find(b":")
                name = value if i < 0 else value[:i]
                if not name or name.strip(_NAME) or i >= 0 and not value[i + 1 :].isdigit():
                    return None
            elif n == 10:
                name = value.lower()
                value = name != b"close"
                if value and name not in b"keep-alive, upgrade":
                    return None
            elif n == 14 and value.isdigit() and len(value) < 10:
                value = int(value)
            else:
                return None
            found = n, value
            new = False
        again = line in self._before
        if new or again:
            if self._left < 0:
                known.clear()
                self._left = _LIMITS
            self._left -= len(line) + 32
            # A name is known as the line of a field without a value.
            if new:
                known[name] = found
            if again:
                known[line] = found
        return found
