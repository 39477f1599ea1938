from typing import Any

from .http import Head

class request:
    """One request, the first argument of a handler. What came is bytes, what was decoded is str."""

    head: Head

    route: Any

    method: bytes
    """The method as the client sent it, such as `b"GET"` (RFC 9110 9)."""

    path: bytes
    """The path of the URL, not decoded: `b"/caf%C3%A9"` (RFC 3986 3.3).

    But for the escapes of letters, digits and `-._~`, which need not be escaped: `/%73ecret` is `b"/secret"` (6.2.2.2).
    """

    query_string: bytes
    """What stands behind the URL's `?`, not decoded, `b""` if nothing does (RFC 3986 3.4)."""

    headers: dict[bytes, bytes]
    """The fields named in the route's `save_headers`: the name as it stands there, as bytes, to the value."""

    version: str
    """The client's version of HTTP, `"1.1"` or `"1.0"`."""

    host: bytes
    """The host that the client named, with its port if it named one (RFC 9110 7.2); `b""` if it named none (1.0)."""

    peer: tuple[str, int]
    """The client's (address, port). Behind a proxy it is the proxy's: see `X-Forwarded-For` in docs/deployment.md."""

    query: dict[str, str]
    """The query, decoded as UTF-8; of a repeated name the last value wins, a missing value is `""`.

    Raises HTTPException 400 for what is no UTF-8, and for more than 64 names and values.
    """

    cookies: dict[str, str]
    """The client's cookies (RFC 6265 4.2). What is no pair is passed over.

    Raises HTTPException 400 for what is no UTF-8, and for more than 64 of them.
    """

    def header(self, name: str | bytes) -> bytes | None:
        """Give the value of a field, whatever case its name is in, None if the client did not send it.

        `save_headers` is not needed for it. Of a repeated field it gives the first (RFC 9110 5.3).
        """

    def query_list(self, name: str) -> list[str]:
        """Give all values of a name in the query, in order; `[]` if there is none."""

    async def read_parse_form_data(self) -> Any:
        """Read the body and decode it by its Content-Type (RFC 9110 8.3).

        Gives a dict of str to str for a form (`application/x-www-form-urlencoded`), what `json.loads` gives for JSON
        (`application/json`, `application/...+json`: usually a dict, but a client may send a list or a number), `{}`
        for another body or none. Raises HTTPException 400 (malformed; more than 64 names and values, or one for each 16
        bytes of the route's `max_body_size`), 413 (more than `max_body_size` bytes), 415 (`multipart/...`, which takes
        tinyweb-multipart); EOFError if the client leaves before the body's end.
        """

    async def json(self) -> Any:
        """Read the body and decode it as JSON, whatever its Content-Type (RFC 8259).

        Return what `json.loads` returns: usually a dict, but a client may send a list or a number. A page's
        `fetch(url, {method: "POST", body: JSON.stringify(...)})` sends JSON as `text/plain`. MicroPython's reader
        forgives more than others, such as a missing comma. Raises HTTPException 400 (malformed or empty), 413 (more
        than the route's `max_body_size` bytes); EOFError if the client leaves before the body's end.
        """

    async def body(self) -> bytes:
        """Read the whole body, whatever its type; `b""` if there is none.

        Raises HTTPException 413 above the route's `max_body_size` bytes, 400 for bad chunks; EOFError if the client
        leaves.
        """

    async def read(self, n: int = -1) -> bytes:
        """Read what is there of the body, n bytes at most, `b""` at its end: for uploads of any length.

        `max_body_size` does not bound it. Without n it is `body()`. A body comes with a length or in chunks (RFC 9112
        6, 7.1); a client that waits for 100 (Continue) gets it at the first read (RFC 9110 10.1.1). Raises
        HTTPException 400 for bad chunks; EOFError if the client leaves. One that stalls for `io_timeout` seconds ends
        the handler and gets 408.
        """

    async def readinto(self, buf: bytearray | memoryview) -> int:
        """As `read()`, into a buffer of yours, without an allocation; gives the count of bytes, 0 at the end."""
