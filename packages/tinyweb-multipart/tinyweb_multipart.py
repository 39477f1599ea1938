# Forms with files: multipart/form-data (RFC 7578, RFC 2046 5.1), read part by part through one small buffer.
#
# CONTRACT. form(req) is an asynchronous iterator of Part. Nothing is read before it is asked for, and what a program
# does not read of a part is passed over. What is not well-formed raises HTTPException 400: lines end in CR LF, each
# part has a name, the last boundary is there. A wait for the client lasts io_timeout at most, as in every body.
# tinyweb_multipart_files, loaded with the first file, has safe names, and files that are renamed when they are whole.

import tinyweb.http as http
from tinyweb import API

if API != 3:
    raise ImportError("tinyweb-multipart 2.0 needs tinyweb-core with API 3, not %d: install both again" % API)
from tinyweb.http import HTTPException

_params = None


def _refuse(why, code=400):
    raise HTTPException(code, why)


def _text(data):
    try:
        return data.decode()
    except UnicodeError:
        _refuse("Not UTF-8")


class Form:
    """The parts of a form, in order: async for part in form(req).

    parts: how many there may be. size: bytes of the buffer, 128 at least. skip: how many bytes may be passed over
    because the program does not read them. More of each is HTTPException 413. Raises HTTPException 415 for another
    Content-Type, 400 without a boundary of 1 to 70 characters.
    """

    def __init__(self, req, parts=16, size=1024, skip=65536):
        # Its look-up loads two modules, which are unloaded again: once is enough.
        global _params
        _params = _params or http.params
        kind, values = _params(http.field(req.head.raw, b"content-type") or b"")
        if kind != b"multipart/form-data":
            _refuse("Send multipart/form-data", 415)
        self._mark = mark = b"\r\n--" + values.get(b"boundary", b"")
        last = len(mark) - 1
        if not 3 < last < 74:
            _refuse("No boundary")
        self._req = req
        self._parts = parts
        self._skip = skip
        # How far the mark may be moved when this byte lies below its last one (Horspool's search): find() takes 36
        # instructions for each byte, this a few for most of them.
        self._steps = steps = bytearray(bytes((last + 1,)) * 256)
        for i in range(last + 1):
            steps[mark[i]] = last - i
        # What is received and not used yet is _buf[_at:_n]. The first boundary needs no line before it.
        self._buf = bytearray(max(size, 128))
        self._buf[:2] = b"\r\n"
        self._at = 0
        self._n = 2
        self._head = 0  # 2: the next two bytes are the end of the part's head, where the boundary may begin
        self._part = self  # the part that is being read; the preamble counts as one; None between two
        self._ended = False

    async def _receive(self):
        # Move what is left to the front, and put behind it what comes.
        buf = self._buf
        n = self._n - self._at
        buf[:n] = buf[self._at : self._n]
        self._at = 0
        self._n = n
        more = await self._req.readinto(memoryview(buf)[n:])
        if not more:
            _refuse("No last boundary")
        self._n = n + more

    def _find(self, i, n):
        # Return where in _buf[i:n] the mark begins, or could begin if there were more; n if nowhere.
        buf = self._buf
        mark = self._mark
        steps = self._steps
        last = len(mark) - 1
        start = n - last
        if start < i:
            start = i
        i += last
        while i < n:
            step = steps[buf[i]]
            if not step:
                if buf[i - last : i + 1] == mark:
                    return i - last
                step = 1
            i += step
        i = buf.find(b"\r", start, n)
        return n if i < 0 else i

    async def _data(self, part):
        # Return how many bytes of a part lie at _at, 0 at its end.
        size = len(self._mark)
        while part and part is self._part:
            at = self._at
            n = self._n
            i = self._find(at, n)
            if i == at and n - i >= size:
                i += size
                rest = bytes(self._buf[i : min(n, i + 34)])
                pad = rest.lstrip(b" \t")
                if pad[:2] == b"\r\n" or rest[:2] == b"--":
                    self._at = i + len(rest) - len(pad) + 2
                    self._part = None
                    self._ended = rest[:2] == b"--"
                    break
                # Other bytes behind it make it data.
                more = len(rest) < 2 or len(rest) < 34 and pad in (b"", b"\r")
                i = at if more else at + 2
            if i > at:
                at += self._head
                self._at = at
                self._head = 0
                if i > at:
                    return i - at
            else:
                await self._receive()
        return 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        while True:
            n = await self._data(self._part)
            if not n:
                break
            self._at += n
            self._skip -= n
            if self._skip < 0:
                _refuse("Unread parts are too long", 413)
        if self._ended:
            # Most often this is the end of the body; what there is behind it is the core's.
            await self._req.readinto(self._buf)
            raise StopAsyncIteration
        self._parts -= 1
        if self._parts < 0:
            _refuse("Too many parts", 413)
        buf = self._buf
        text = b"\r\n"
        while text[-4:] != b"\r\n\r\n" and len(text) < 515:
            i = buf.find(b"\n", self._at, self._n) + 1
            if not i and self._n - self._at == len(buf):
                i = self._n
            if i:
                text += buf[self._at : i]
                self._at = i
            else:
                await self._receive()
        text = text.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
        lines = text[2:-4].split(b"\r\n")
        good = len(lines) < 9 and len(text) < 515
        part = Part()
        values = ()
        for line in lines:
            i = line.find(b":")
            good = good and i > 0 and b"\r" not in line and b"\n" not in line
            name = line[:i].lower()
            line = line[i + 1 :].strip(b" \t")
            if name == b"content-type":
                part.content_type = _text(line)
            elif name == b"content-disposition":
                # Of two of them programs take different ones.
                good = good and not values
                kind, values = _params(line)
                good = good and kind == b"form-data"
        if not good or b"name" not in values:
            _refuse("The head of a part is malformed")
        part._form = self
        part.name = _text(values[b"name"])
        if b"filename" in values:
            part.filename = _text(values[b"filename"])
        self._at -= 2
        self._head = 2
        self._part = part
        return part


form = Form


class Part:
    """One part of a form: a field, or a file."""

    filename = content_type = None

    @property
    def safe(self):
        """The last segment of the filename without what could hurt a file system, at most 64 bytes, "" if none is left.

        Dots in front and behind, control characters and any of : * ? " < > | ~ are left out.
        """
        from tinyweb_multipart_files import safe

        return safe(self.filename or "")

    async def read(self, n):
        """Read at most n bytes, b"" at the part's end."""
        form = self._form
        n = min(n, await form._data(self))
        form._at += n
        return bytes(memoryview(form._buf)[form._at - n : form._at])

    async def readinto(self, buf):
        """Read what is there into a buffer; return the count, 0 at the part's end."""
        data = await self.read(len(buf))
        n = len(data)
        buf[:n] = data
        return n

    async def text(self, limit=1024):
        """Read the rest as text. Raises HTTPException 413 above limit bytes, 400 if it is not UTF-8."""
        out = data = b" "
        while data:
            data = await self.read(limit + 1)
            out += data
            if len(out) > limit + 1:
                raise HTTPException(413)
        return _text(out[1:])

    async def save(self, file, limit):
        """Write the rest to a file, and return how many bytes that were.

        file: a path (str) or an object with write(). A path is written as path + ".part~", and renamed at the part's
        end: what fails leaves the old file as it was. Raises HTTPException 413 above limit bytes, 409 while another
        request writes the same file, 507 if the file system is full; OSError; ValueError for a path with "..".
        """
        from tinyweb_multipart_files import save

        return await save(self, file, limit)

    async def write(self, out, limit):
        """Write the rest to an object with write(); return how many bytes. Raises HTTPException 413 above limit."""
        form = self._form
        total = 0
        while True:
            n = await form._data(self)
            if not n:
                return total
            total += n
            if total > limit:
                raise HTTPException(413)
            # Straight from the buffer, without a copy.
            at = form._at
            form._at = at + n
            out.write(memoryview(form._buf)[at : at + n])
