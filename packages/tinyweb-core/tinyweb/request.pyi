from typing import Any

from .http import Head

HEAD: int

def read_head(app: Any, conn: Any) -> Head | None: ...

class request:
    """A request, the first argument of a handler. Data as received is bytes, decoded data is str.

    A hook may set attributes of the program's own on it, for the handler: `req.user = user`.
    """

    head: Head

    route: Any

    def __getattr__(self, name: str) -> Any: ...
    def __setattr__(self, name: str, value: Any) -> None: ...

    method: bytes
    """The method as the client sent it, such as `b"GET"` (RFC 9110 9)."""

    path: bytes
    """The path of the URL, not decoded: `b"/caf%C3%A9"` (RFC 3986 3.3).

    Only escapes of unreserved characters (letters, digits and `-._~`) are decoded: `/%73ecret` is `b"/secret"`
    (6.2.2.2).
    """

    query_string: bytes
    """The query after the URL's `?`, not decoded, `b""` if there is none (RFC 3986 3.4)."""

    headers: dict[bytes, bytes]
    """The fields listed in the route's `save_headers`: name, in the spelling used there but as bytes, to value."""

    version: str
    """The client's version of HTTP, `"1.1"` or `"1.0"`."""

    host: bytes
    """The host of the request, with its port if there is one (RFC 9110 7.2); `b""` if HTTP/1.0 sent none."""

    peer: tuple[str, int]
    """The client's (address, port). Behind a proxy it is the proxy's: see `X-Forwarded-For` in docs/deployment.md."""

    query: dict[str, str]
    """The query, decoded as UTF-8; the last value of a repeated name wins, a missing value is `""`.

    Raises HTTPException 400 for invalid UTF-8 and for more than 64 pairs.
    """

    cookies: dict[str, str]
    """The client's cookies (RFC 6265 4.2). Malformed ones are skipped.

    Raises HTTPException 400 for invalid UTF-8 and for more than 64 cookies.
    """

    def header(self, name: str | bytes) -> bytes | None:
        """Return the value of a field, None if the client did not send it. The name is case-insensitive.

        The field need not be in `save_headers`. If it is repeated, the first value is returned (RFC 9110 5.3).
        """

    def query_list(self, name: str) -> list[str]:
        """Return all values of a name in the query, in order; `[]` if there is none. Raises as `query`."""

    async def read_parse_form_data(self) -> Any:
        """Read the body and decode it by its Content-Type (RFC 9110 8.3).

        Return a dict of str to str for a form (`application/x-www-form-urlencoded`), the result of `json.loads` for
        JSON (`application/json`, `application/...+json`: usually a dict, but a client may send a list or a number),
        `{}` for any other body or none. Raises HTTPException 400 (malformed, or more pairs than 64 or one for each 16
        bytes of the route's `max_body_size`, whichever is more), 413 (more than `max_body_size` bytes), 415
        (`multipart/...`, which requires tinyweb-multipart); EOFError if the client leaves before the end of the body.
        """

    async def json(self) -> Any:
        """Read the body and decode it as JSON, whatever its Content-Type (RFC 8259).

        Return the result of `json.loads`: usually a dict, but a client may send a list or a number. A page's
        `fetch(url, {method: "POST", body: JSON.stringify(...)})` sends JSON as `text/plain`. MicroPython's parser
        accepts some malformed JSON, such as a missing comma. Raises HTTPException 400 (malformed or empty), 413 (more
        than the route's `max_body_size` bytes); EOFError if the client leaves before the end of the body.
        """

    async def body(self) -> bytes:
        """Read the whole body, whatever its type; `b""` if there is none.

        Raises HTTPException 413 above the route's `max_body_size` bytes, 400 for malformed chunks; EOFError if the
        client leaves.
        """

    async def read(self, n: int = -1) -> bytes:
        """Read up to n bytes of the body, as soon as some are available, `b""` at its end: for uploads of any length.

        `max_body_size` does not apply. Without n it is the same as `body()`. Supports Content-Length and chunked bodies
        (RFC 9112 6, 7.1); a client that expects 100 (Continue) gets it at the first read (RFC 9110 10.1.1). Raises
        HTTPException 400 for malformed chunks; EOFError if the client leaves. If the client stalls for `io_timeout`
        seconds, the handler is cancelled and the client gets 408.
        """

    async def readinto(self, buf: bytearray | memoryview) -> int:
        """Read into a buffer without allocation; return the number of bytes, 0 at the end. Otherwise as `read()`."""
