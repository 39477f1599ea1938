from collections.abc import Iterator
from typing import Any

METHODS: tuple[bytes, ...]

class HTTPException(Exception):
    """Ends a request with a status, from anywhere: a handler, a hook, a method of a resource (RFC 9110 15).

    `code` is the status; `message` the text of the body, the reason phrase if None; `headers` a dict of fields for the
    answer. An `@app.errorhandler` for the code or the class may answer instead. On a resource's route the body is
    `{"message": ...}`.
    """

    code: int
    message: str | None
    headers: dict[str, str] | None
    routes: Any
    near: Any
    def __init__(self, code: int = 400, message: str | None = None, headers: dict[str, str] | None = None) -> None: ...

class Head:
    method: bytes
    path: bytes
    query: bytes
    host: bytes
    raw: bytes | bytearray
    version: int
    keep_alive: bool
    content_length: int
    expect_continue: bool
    plain: bool
    end: int
    error: HTTPException | None
    route: Any
    params: tuple[str | int, ...]
    media_type: bytes | None

def plain_head(raw: bytes | bytearray, max_line: int, max_fields: int) -> Head | None: ...
def parse_head(raw: bytes, max_line: int, max_fields: int, tls: Any = None) -> Head: ...
def field(raw: bytes, name: bytes) -> bytes | None:
    """Give the value of the first field of a head by its name, lower case; None if it is not there: for extensions."""

def kind(head: Head) -> bytes:
    """Return the media type of a body, in lower case, b"" if the head (`req.head`) says none: for extensions."""

def unquote(data: bytes) -> bytes: ...
def text(data: bytes) -> str: ...
def urldecode_plus(s: str | bytes) -> str:
    """Decode one name or value of a form or query: `+` is a space, `%XX` a byte of UTF-8 (RFC 3986 2.1).

    A `%` without two hex digits stays as it is. Raises HTTPException 400 for what is no UTF-8. Programs of 1.x import
    it from `tinyweb.server`.
    """

def query_pairs(s: str | bytes, most: int = 64) -> Iterator[tuple[str, str]]:
    """Walk a query or form: gives (name, value) pairs in order, `""` for a missing value.

    Raises HTTPException 400 for what is no UTF-8, and for more than `most` pairs.
    """

def parse_query_string(s: str | bytes, most: int = 64) -> dict[str, str]:
    """Decode a query or form; of a repeated name the last value wins. Programs of 1.x import it from
    `tinyweb.server`.

    Raises HTTPException 400 for what is no UTF-8, and for more than `most` names and values.
    """

def dumps(value: Any) -> str:
    """Return a value as JSON, with `null` for NaN and Infinity (RFC 8259 6): for extensions."""
