from collections.abc import Callable, Coroutine
from typing import Any, type_check_only

NEW: int
STARTED: int
SENT: int
DONE: int

@type_check_only
class Link:
    """A connection that a handler has taken over, by `resp.stream()` or `resp.upgrade()`; closed when the handler ends.

    When the client leaves, the handler is cancelled within a second: clean up in `finally`.
    """

    last: bytes
    """What `shutdown()` sends before it ends the link, initially `b""`."""

    gone: bool
    """Whether the connection has ended."""

    behind: int
    """The count of bytes that are kept, because the client has not read what was before them."""

    def readinto(self, buf: bytearray | memoryview) -> int | None:
        """Read what has come, without a wait; first what came with the head.

        Return the count of bytes, 0 if the client has gone, None if there is nothing now.
        """

    async def readable(self, seconds: float | None = None) -> bool:
        """Wait until there is something to read. Return True, or False after so many seconds (to half a second).

        Call it when `readinto()` has returned None. Raises OSError if the client has gone, RuntimeError if another task
        waits for this link.
        """

    def push(self, data: str | bytes | bytearray | memoryview, most: int = 1024) -> bool:
        """Send data without a wait, from any task. Return True if it is sent, or kept to be sent.

        Return False, and send nothing of it, if the client would be more than `most` bytes behind, if it has gone, or
        if there is no memory.
        """

    def push_all(self, others: list[Any], data: str | bytes | bytearray | memoryview, most: int = 1024) -> None:
        """Push the same data to each of a list of links; it is made ready once.

        A link that does not accept it is closed, and leaves the list.
        """

    def write(self, data: str | bytes | bytearray | memoryview) -> Coroutine[Any, Any, None]:
        """Send all of data, after what is kept. Await it. Tasks that write at once are served one after the other.

        Raises OSError if the client has gone or takes nothing for `io_timeout` seconds. If it is cancelled, what was
        begun is still sent, so that nothing is cut.
        """

    def close(self, last: str | bytes = b"") -> None:
        """Send what is kept, and `last`, as far as the socket takes it now, and end the connection. From any task."""

class response:
    """A response, the second argument of a handler, for everything beyond returning the body."""

    sent_bytes: int
    state: int
    extra_lines: bytes
    type_line: bytes
    no_body: bool

    code: int | str
    """The status, an int from 200 to 599 or a str of its digits, initially 200 (RFC 9110 15). If a handler returns
    None and sends nothing, 200 becomes 204."""

    version: str
    """The version of the response, `"1.1"`. A program that sets `"1.0"` frames the body itself: it ends when the
    connection is closed."""

    headers: dict[str, Any]
    """The fields set so far, name to value: a str, or a tuple of them for a field that is repeated. If the program
    sets Content-Length or Transfer-Encoding, it is responsible for the framing (RFC 9112 6)."""

    def add_header(self, key: str, value: object) -> None:
        """Set a field (RFC 9110 5), replacing one whose name differs only in case. `str()` converts a `value` that is
        not str or bytes.

        Raises ValueError for an invalid name and for CR, LF or NUL in the value (CWE-113).
        """

    def set_cookie(
        self,
        name: str,
        value: str,
        max_age: int | None = None,
        path: str | None = "/",
        domain: str | None = None,
        secure: bool = False,
        httponly: bool = True,
        samesite: str | None = "Lax",
    ) -> None:
        """Add a cookie (RFC 6265 4.1).

        `max_age` in seconds; None keeps the cookie until the browser is closed, 0 deletes it. Set `secure` if the site
        is only served over https. Raises ValueError for a character that is not allowed in a cookie.
        """

    def add_access_control_headers(self) -> None:
        """Let pages of other origins read the response, as the route's `allowed_access_control_*` say (Fetch 3.2)."""

    def start_html(self) -> Coroutine[Any, Any, None]:
        """Start an HTML response; its head is sent with the first data. Await it."""

    def send(
        self, payload: str | bytes | bytearray | memoryview, off: int = 0, sz: int = -1
    ) -> Coroutine[Any, Any, None]:
        """Send a part of the body. Await it.

        Data is buffered, and flushed when the buffer is full, when the handler awaits something else, and when it
        returns. Without `start_html()` the type is text/html if the first payload is a str that starts with `<`, else
        text/plain. A response of unknown length is sent to HTTP/1.1 clients in chunks (RFC 9112 7.1). `off` and `sz`
        select a part of the payload: offset and maximum length in bytes, -1 for all. Raises OSError if the client has
        left.
        """

    async def flush(self, last: bool = False) -> None:
        """Send the buffered data now. Await it. `last` is for the server only: it ends the response."""

    async def release(self) -> None:
        """Send the buffered data and release the slot, so that other requests are served. Await it.

        For a response that lasts long, such as server-sent events: it no longer counts towards `max_concurrency`, only
        towards `max_connections`. From here on the buffer has 256 bytes.

        When the client leaves (noticed within two seconds) or `stop()` is called, the handler is cancelled at its
        current await: clean up in `finally`.
        """

    def start(self, content_type: str | None = None) -> Coroutine[Any, Any, None]:
        """Start a response of any type; its head is sent with the first data. Await it.

        `content_type` is the Content-Type; if None, it is taken from `headers` or guessed from the first data.
        """

    def redirect(self, location: str, msg: str | int | None = None, code: int = 302) -> Coroutine[Any, Any, None]:
        """Redirect to a location (RFC 9110 15.4), with `msg` as text. Await or return it.

        `code` is 301, 302 (Found), 303 (See Other: after a form), 307 or 308; `redirect("/x", 303)` works, too.
        Raises ValueError for another code, and for CR, LF or NUL in the location.
        """

    async def error(self, code: int | str, msg: str | None = None) -> None:
        """Respond with a status and `msg` as text, the reason phrase if None. Await or return it.

        The response is then complete: sending more raises RuntimeError. Header fields set before are kept, except those
        that describe a body. Raises ValueError for a status that is not 200 to 599.
        """

    async def end(self) -> None:
        """Complete and send the response now, while the handler continues. Await it.

        "Sent" means that the network stack has taken all bytes. Before a reboot use `then()`, which waits for the
        client.
        """

    def then(self, f: Callable[..., Any], *args: Any) -> None:
        """Call `f(*args)` after the response was sent: to reboot, to sleep, to change the WiFi network.

        The response says `Connection: close`; `f` is called when the client has closed, or after 0.5 seconds, and also
        if the client has left or the handler fails. If the response has left already, `f` is called now. `f` may be an
        `async def`; its exceptions are logged. Several functions are called in order. Raises TypeError if `f` is not
        callable.
        """

    def send_file(
        self,
        filename: str,
        content_type: str | None = None,
        content_encoding: str | None = None,
        max_age: int = 2592000,
        buf_size: int | None = None,
    ) -> Coroutine[Any, Any, None]:
        """Send a file, or `filename + ".gz"` to a client that accepts gzip. Await it. Requires tinyweb-static.

        Conditional requests get 304, a single Range 206 (RFC 9110 13, 14). `content_type` is chosen by the suffix if
        None; `content_encoding` is the coding of the file itself, such as `"gzip"`; `max_age` the seconds that browsers
        may cache it. `buf_size` is ignored, for 1.x. Raises HTTPException 404 if the file does not exist, 412 for a
        failed condition, 416 for a range outside of the file; ValueError for a control character; ImportError without
        the package. A parameter of the URL that makes the name absolute, or climbs by `..`, gets 404; no other value of
        a client is checked: use `app.static()` for names from a query or a form.
        """

    async def stream(self) -> Link:
        """Send the head now, and return a Link that sends the body, for as long as the handler runs. Await it.

        For server-sent events and other responses without an end: it holds neither a slot nor a buffer. The body is
        sent in chunks, raw to a client of HTTP/1.0. To HEAD the head alone is sent, and the link is gone. There are
        `max_links` links at most. Raises HTTPException 503 for one more, 400 if the request's body is not read;
        ValueError if the response has begun. The fields of the request are not kept: read them before.
        """

    async def upgrade(self, lines: bytes) -> Link:
        """Switch to another protocol: send 101 and return a Link (RFC 9110 7.8). Await it. For extensions.

        `lines` are ready-made lines of the head, `b"Upgrade: websocket\\r\\n"` and what belongs to it; the program's
        fields and cookies are sent, too. Raises as `stream()`, and HTTPException 400 unless the request is a GET of
        HTTP/1.1.
        """

    def raw(self, data: bytes) -> Coroutine[Any, Any, Any]:
        """Send bytes as they are, as a part of a response that is the extension's own, head included. Await it.

        For extensions. The connection is closed when the handler ends. Returns it: what has come of the request's body
        is for the extension to read. Raises OSError if the client leaves.
        """

    async def run_hooks(self) -> None:
        """Call the `after_request` hooks unless they have run. Await it. For extensions that make a head."""

    def unpack(self, result: tuple[Any, ...]) -> Any:
        """Set status and fields from (body, code), (body, code, fields) or (body, fields), and return the body.

        For extensions. Raises TypeError or ValueError for any other tuple.
        """

    async def send_prepared(
        self,
        source: str | bytes | bytearray | memoryview,
        first: int,
        count: int,
        length: int,
        ready: list[bytes | None],
    ) -> None:
        """Send a response whose body is `count` bytes of a source, beginning at index `first`. Await it.

        For extensions. `source` is the name of a file, or bytes-like; `length` is the Content-Length, which is also
        sent to HEAD (where `count` is 0). Set status and header fields before. `ready` is a list of one item, None at
        first, that caches the head: pass it again for an identical request and response. The request may lose its
        fields meanwhile, but for those in `save_headers`. Raises ValueError if the head was sent already, OSError if
        the client leaves or the file is shorter.
        """

    def pieces(self, first: str | bytes) -> Callable[[str | bytes | None], Coroutine[Any, Any, None] | None]:
        """Return a function f: f(data) sends data as one chunk without buffering, f(None) ends the body.

        For extensions that send nothing else. f returns None if the socket took everything, else a coroutine to await.
        Raises TypeError if `first`, the first data, is neither str nor bytes-like, before anything is sent.
        """
