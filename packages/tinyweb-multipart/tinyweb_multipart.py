# Forms with files: multipart/form-data (RFC 7578, RFC 2046 5.1), read part by part through one small buffer.
#
# CONTRACT. form(req) is an asynchronous iterator of Part. Nothing but the first bytes of a part is read before it is
# asked for, and what a program does not read is passed over. What is not well-formed raises HTTPException 400: lines
# end in CR LF, each part has a name, the last boundary is there. A wait for the client lasts io_timeout at most, as in
# every body. A file gets its name when it is whole.

import os

import tinyweb.http as http
from tinyweb import API

if API != 3:
    raise ImportError("tinyweb-multipart 2.0 needs tinyweb-core with API 3, not %d: install both again" % API)

# The files that are being written, in lower case, as FAT does not tell cases apart.
_open = []


def _fail(why="Malformed form", code=400):
    raise http.HTTPException(code, why)


def _text(data):
    try:
        return data.decode()
    except ValueError:
        _fail("Not UTF-8")


def _params(raw):
    # Return {name: value} of a field with parameters (bytes, RFC 9110 5.6.6), names in lower case, "" for what stands
    # before them. A backslash stays but before a quote or a backslash, as browsers send file names. http.params() reads
    # other fields, too, and would load 1.4 KB.
    raw += b';"'  # what has no end ends here
    end = raw.find(b";")
    got = {"": _text(raw[:end].strip(b" \t").lower())}
    i = raw.find(b"=", end)
    while i > 0:
        name = _text(raw[end:i].strip(b" \t;").lower())
        # In MicroPython each character that is taken from a str becomes a name, which is kept for ok.
        value = bytearray()
        while raw[i] in b"= \t":
            i += 1
        quote = raw[i] == 34
        while quote and raw[i + 1] != 34:
            i += 1
            if raw[i] == 92 and raw[i + 1] in b'"\\':
                i += 1
            value.append(raw[i])
        i += 2 * quote
        end = raw.find(b";", i)
        rest = raw[i:end].strip(b" \t")
        if end < 0 or quote and rest or name in got:
            _fail()
        got[name] = _text(value or rest)
        i = raw.find(b"=", end)
    return got


class form:
    """The parts of a form, in order: async for part in form(req).

    parts: how many there may be. size: bytes of the buffer, 640 at least. skip: how many bytes may be passed over
    because the program does not read them. More of each is HTTPException 413. Raises HTTPException 415 for another
    Content-Type, 400 without a boundary of 1 to 70 characters.
    """

    def __init__(self, req, parts=16, size=1024, skip=65536):
        # What is received and not used yet is _buf[_at:_n]; the head of a part fits. It is made before other modules
        # are loaded, as it needs one piece of the heap. The first boundary needs no line before it.
        self._buf = buf = bytearray(max(size, 640))
        buf[:2] = b"\r\n"
        self._at, self._n = 0, 2
        got = _params(http.field(req.head.raw, b"content-type") or b"")
        if got[""] != "multipart/form-data":
            _fail("Send multipart/form-data", 415)
        mark = b"\r\n--" + got.get("boundary", "").encode()
        n = len(mark)
        if not 4 < n < 75:
            _fail("No boundary")
        self._req, self._parts, self._skip = req, parts, skip
        # How far the mark's end is from a byte that is in it (Horspool's search): find() takes 36 instructions for each
        # byte, this a few for most of them.
        steps = bytearray(bytes([n]) * 256)
        for i in range(n):
            steps[mark[i]] = n - i - 1
        self._find = buf, mark, n, steps
        # The part that is being read; the preamble counts as one. Between two of them False, None at the end.
        self._part = self

    async def _more(self):
        # Move what is left to the front, and put behind it what comes.
        buf = memoryview(self._buf)
        n = self._n - self._at
        buf[:n] = buf[self._at : self._n]
        self._at, self._n = 0, n
        self._n += await self._req.readinto(buf[n:])
        if self._n == n:
            _fail()

    async def _read(self, part, most):
        # Return at most so many bytes of a part, a memoryview of the buffer, empty at its end.
        buf, mark, size, steps = self._find
        while part is self._part:
            at, n = self._at, self._n
            i = at + size
            while i <= n:
                step = steps[buf[i - 1]]
                if not step and buf[i - size : i] == mark:
                    break
                i += step or 1
            # Here the mark begins, or could if there were more.
            i = buf.find(b"\r", i - size, n)
            if i < 0:
                i = n
            elif i == at and n - i >= size:
                i += size
                rest = bytes(buf[i : min(n, i + 34)])
                pad = rest.lstrip(b" \t")
                end = rest[:2] == b"--"
                if end or pad[:2] == b"\r\n":
                    self._at = i + len(rest) - len(pad) + 2
                    self._part = end and None
                    break
                # Other bytes behind it make it data.
                i = at + 2 if len(pad) > 1 or len(rest) > 33 else at
            if i > at:
                self._at = i = min(i, at + most)
                return memoryview(buf)[at:i]
            await self._more()
        return b""

    async def _pass(self, part, put, most):
        # Pass the rest of a part to a function, straight from the buffer; return how many bytes that were.
        n = 0
        while True:
            data = await self._read(part, int(most) + 1)
            if not data:
                return n
            n += len(data)
            if n > most:
                _fail("Part too long", 413)
            put(data)

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self._part:
            self._skip -= await self._pass(self._part, len, self._skip)
        if self._part is None:
            # Most often this is the end of the body; what there is behind it is the core's.
            await self._req.readinto(self._buf)
            raise StopAsyncIteration
        self._parts -= 1
        if self._parts < 0:
            _fail("Too many parts", 413)
        while True:
            i = self._buf.find(b"\r\n\r\n", self._at, self._n)
            if i >= 0 or self._n - self._at > 515:
                break
            await self._more()
        # A line may go on in the next one, behind a space or a tab (RFC 5322 2.2.3).
        lines = _text(self._buf[self._at : i]).replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n")
        ok = -1 < i - self._at < 513 and len(lines) < 9
        self._at = i + 2
        fields = {}
        for line in lines:
            i = line.find(":")
            name = line[:i].lower()
            # Of two of a kind programs take different ones.
            ok = ok and i > 0 and name not in fields and "\r" not in line and "\n" not in line
            fields[name] = line[i + 1 :].strip(" \t")
        got = _params(fields.get("content-disposition", "").encode())
        if not ok or got[""] != "form-data" or "name" not in got:
            _fail()
        self._part = part = Part()
        part.form = self
        part.content_type = fields.get("content-type")
        part.name = got["name"]
        part.filename = got.get("filename")
        # The end of the head may belong to the boundary.
        await self._read(part, 2)
        return part


class Part:
    """One part of a form: a field, or a file."""

    @property
    def safe(self):
        """The last segment of the filename without what could hurt a file system, at most 64 bytes, "" if none is left.

        Dots in front and behind, control characters and any of : * ? " < > | ~ are left out.
        """
        name = (self.filename or "").replace("\\", "/").split("/")[-1]
        # A "~" may name another file of a FAT card.
        name = bytes(c for c in name.encode() if c > 31 and c not in b':*?"<>|~\x7f').decode()
        while ".." in name:
            name = name.replace("..", ".")
        while len(name.encode()) > 64:
            name = name[1:]
        return name.strip(". ")

    async def read(self, n):
        """Read at most n bytes, b"" at the part's end. Raises ValueError for a number below 0."""
        if n < 0:
            raise ValueError
        return bytes(await self.form._read(self, n))

    async def readinto(self, buf):
        """Read what is there into a buffer; return the count, 0 at the part's end."""
        data = await self.form._read(self, len(buf))
        buf[: len(data)] = data
        return len(data)

    async def text(self, limit=1024):
        """Read the rest as text. Raises HTTPException 413 above limit bytes, 400 if it is not UTF-8."""
        data = bytearray()
        await self.form._pass(self, data.extend, limit)
        return _text(data)

    def write(self, out, limit):
        """Write the rest to an object with write(); return how many bytes. Raises HTTPException 413 above limit."""
        return self.form._pass(self, out.write, limit)

    async def save(self, file, limit):
        """Write the rest to a file, and return how many bytes that were.

        file: a path (str) or an object with write(). A path is written as path + ".part~", and renamed at the part's
        end: what fails leaves the old file as it was. Raises HTTPException 413 above limit bytes, 409 while another
        request writes the same file, 507 if the file system is full; OSError; ValueError for a path with "..".
        """
        if hasattr(file, "write"):
            return await self.write(file, limit)
        if ".." in file:
            raise ValueError("'..': " + file)
        new = file + ".part~"
        low = new.lower()
        if low in _open:
            _fail("File in use", 409)
        _open.append(low)
        try:
            with open(new, "wb") as out:
                n = await self.write(out, limit)
            getattr(os, "replace", os.rename)(new, file)
            return n
        except OSError as e:
            if 28 in e.args:  # ENOSPC  # pragma: no cover  MicroPython: no test fills a PC's disk
                _fail(None, 507)
            raise
        finally:
            _open.remove(low)
            try:
                os.remove(new)
            except OSError:
                pass  # it has been renamed, or could not be made
