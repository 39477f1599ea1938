from collections.abc import Callable, Iterator
from typing import Any

from .request import request
from .server import webserver

METHODS: tuple[bytes, ...]

class HTTPException(Exception):
    """Raise it in a handler, a hook or a method of a resource to end the request with a status (RFC 9110 15).

    `code` is the status; `message` the text of the body, the reason phrase if None; `headers` a dict of fields for the
    response. An `@app.errorhandler` for the code or the class may respond instead. On a resource's route the body is
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
    context: dict[str, Any]  # not always there

def plain_head(raw: bytes | bytearray, max_line: int, max_fields: int, copy: Head | None = None) -> Head | None: ...
def parse_head(raw: bytes, max_line: int, max_fields: int, tls: Any = None) -> Head: ...
def field(raw: bytes, name: bytes) -> bytes | None:
    """Return the value of the first field of a head with this name (lower case), None if absent. For extensions."""

def kind(head: Head) -> bytes:
    """Return the media type of a body in lower case, b"" if the head (`req.head`) has none. For extensions."""

def unquote(data: bytes) -> bytes: ...
def text(data: bytes) -> str: ...
def urldecode_plus(s: str | bytes) -> str:
    """Decode one name or value of a form or query: `+` is a space, `%XX` a byte of UTF-8 (RFC 3986 2.1).

    A `%` without two hex digits is kept. Raises HTTPException 400 for invalid UTF-8. Programs of 1.x import it from
    `tinyweb.server`.
    """

def query_pairs(s: str | bytes, most: int = 64) -> Iterator[tuple[str, str]]:
    """Yield the (name, value) pairs of a query or form in order, `""` for a missing value.

    Raises HTTPException 400 for invalid UTF-8 and for more than `most` pairs.
    """

def parse_query_string(s: str | bytes, most: int = 64) -> dict[str, str]:
    """Decode a query or form; the last value of a repeated name wins. Programs of 1.x import it from
    `tinyweb.server`.

    Raises HTTPException 400 for invalid UTF-8 and for more than `most` pairs.
    """

def to_json(value: Any, finite: bool = False) -> bytes:
    """Return a value as JSON in UTF-8, with `null` for NaN and infinite floats (RFC 8259 6). For extensions.

    `finite`: whether it is known to have none of them, which saves the search.
    """

def params(value: bytes, separator: bytes = b";") -> tuple[bytes, dict[bytes, bytes]]:
    """Parse a field's value: a token, then name=value pairs (RFC 9110 5.6.6, 11.4). For extensions.

    Return the token and the pairs, token and names in lower case. Quoted strings lose their quotes; a backslash escapes
    a quote or a backslash. `separator` is `b","` for Authorization. Raises HTTPException 400 for a pair that is
    malformed or comes twice.
    """

def same(a: bytes, b: bytes) -> bool:
    """Return whether two bytes objects are equal, in a time that does not tell where they differ. For extensions."""

def same_origin(req: request) -> bool:
    """Return whether a request comes from a page of this server, or from a client that is no browser. For extensions.

    By Sec-Fetch-Site where it says `same-origin` or `none`, else by Origin, whose host and port are compared with Host.
    """

def take_over(app: webserver, find: Callable[[Any], Any] | None) -> None:
    """Have `find(head)` choose what responds to each request that has a well-formed head. For extensions.

    It returns an object with a method `handler(req, resp)`, called as a handler is, or None for a route of the
    program's. None in place of a function ends it.
    """

def make_room(size: int | None = None) -> None:
    """Unload the lazy modules if less than `size` bytes of heap are free, without `size` in any case. For extensions.

    Each is loaded again on its next use. Call it before a module of the extension is loaded for a request, or before
    work that needs memory in one piece. CPython unloads nothing.
    """
