from typing import Any, Protocol

from tinyweb.request import request

class _Writer(Protocol):
    def write(self, data: Any, /) -> Any: ...

class form:
    """The parts of a form, in order: `async for part in form(req)`.

    `parts`: how many there may be. `size`: bytes of the buffer, 640 at least. `skip`: how many bytes may be passed over
    because the program does not read them. More of each is HTTPException 413. Raises HTTPException 415 for another
    Content-Type, 400 without a boundary of 1 to 70 characters, and as a part does.
    """

    def __init__(self, req: request, parts: int = 16, size: int = 1024, skip: int = 65536) -> None: ...
    def __aiter__(self) -> form: ...
    async def __anext__(self) -> Part:
        """Pass over what is left of a part, and read the head of the next one.

        Raises HTTPException 400 (malformed) or 413; EOFError if the client leaves.
        """

class Part:
    """One part of a form: a field, or a file.

    Each call reads on, and raises HTTPException 400 for a malformed form, EOFError if the client leaves.
    """

    name: str
    """The field's name."""

    filename: str | None
    """The file's name as the client sends it, which is no path to use; None for a field, `""` if none was chosen."""

    content_type: str | None
    """The media type as the client sends it."""

    @property
    def safe(self) -> str:
        """The last segment of the filename without what could hurt a file system, `""` if nothing is left.

        At most 64 bytes of it, the end. Without dots and spaces at its ends, two dots in a row, control characters of
        ASCII, and any of `: * ? " < > | ~`.
        """

    async def read(self, n: int) -> bytes:
        """Read at most `n` bytes, `b""` at the part's end."""

    async def readinto(self, buf: bytearray | memoryview) -> int:
        """Read what is there into a buffer; return the count, 0 at the part's end."""

    async def text(self, limit: int = 1024) -> str:
        """Read the rest as text. Raises HTTPException 413 above `limit` bytes, 400 if it is not UTF-8."""

    async def write(self, out: _Writer, limit: int) -> int:
        """Write the rest to an object with `write()`; return how many bytes. Raises HTTPException 413 above `limit`."""

    async def save(self, file: str | _Writer, limit: int) -> int:
        """Write the rest to a file, and return how many bytes that were.

        `file`: a path, or an object with `write()`. A path is written as path + `.part~`, and renamed at the part's
        end: what fails leaves the old file as it was. Raises HTTPException 413 above `limit` bytes, 409 while another
        request writes the same file, 507 if the file system is full; OSError; ValueError for a path with `..`.
        """
