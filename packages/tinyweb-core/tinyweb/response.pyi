from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

NEW: int
STARTED: int
SENT: int
DONE: int

class response:
    """One response, the second argument of a handler: for what takes more than to return the body."""

    sent_bytes: int
    state: int
    extra_lines: bytes
    type_line: bytes
    no_body: bool

    code: int | str
    """The status, an int from 200 to 599 or a str of its digits, 200 at first (RFC 9110 15). A 200 of a handler that
    returns None and sends nothing is 204."""

    version: str
    """The version answered with, `"1.1"`. A program that sets `"1.0"` frames the body itself:
    the close of the connection ends it."""

    headers: dict[str, Any]
    """The fields set so far, name to value: a str, or a tuple of them for a field that is repeated. A
    Content-Length or Transfer-Encoding of yours is obeyed: the framing is then your program's (RFC 9112 6)."""

    def add_header(self, key: str, value: object) -> None:
        """Set a field (RFC 9110 5), in place of one of this name in another case; `value` is a str, bytes, or what
        `str()` makes one of.

        Raises ValueError for a name that is none, and for CR, LF or NUL in the value (CWE-113).
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

        `max_age` in seconds; None lasts as long as the browser runs, 0 deletes the cookie. Set `secure` where all is
        https. Raises ValueError for a character that cannot stand in a cookie.
        """

    def add_access_control_headers(self) -> None:
        """Let pages of other origins read the answer, as the route's `allowed_access_control_*` say (Fetch 3.2)."""

    def start_html(self) -> Awaitable[None]:
        """Start an answer of HTML; its head leaves with what is sent first."""

    def send(self, payload: str | bytes | bytearray | memoryview, off: int = 0, sz: int = -1) -> Awaitable[None]:
        """Send a piece of the body. Await it.

        Small pieces are gathered; what was sent leaves when the buffer is full, when the handler waits for something
        else, and at its end. Without `start_html()` the type is text/html if the first piece is a str that starts with
        `<`, else text/plain. To a client of 1.1 an answer whose length is not known goes in chunks (RFC 9112 7.1).
        Raises OSError when the client has gone. `off` and `sz` send a part: where in the bytes it begins, and how many
        it is at most, -1 for all.
        """

    async def flush(self, last: bool = False) -> None:
        """Send what was gathered now. Await it. `last` is the server's own: it ends the answer."""

    async def release(self) -> None:
        """Send what was gathered and give the slot back, so that others are served. Await it.

        For an answer that goes on for long, such as events that a page listens to: it counts no longer among the
        `max_concurrency`, only among the `max_connections`. What is sent from here on is gathered in 256 bytes.

        When its client has gone, within two seconds, or `stop()` is called, the handler is cancelled where it waits:
        clean up in `finally`.
        """

    def start(self, content_type: str | None = None) -> Awaitable[None]:
        """Start a response of any type; its head leaves with what is sent first.

        `content_type` is what the Content-Type says; if None, what `headers` say, else a guess from what is sent first.
        """

    def redirect(self, location: str, msg: str | int | None = None, code: int = 302) -> Awaitable[None]:
        """Redirect to a location (RFC 9110 15.4), with `msg` as text. Await or return it.

        `code` is 301, 302 (Found), 303 (See Other: behind a form), 307 or 308; `redirect("/x", 303)` works, too.
        Raises ValueError for another code, and for CR, LF or NUL in the location.
        """

    async def error(self, code: int | str, msg: str | None = None) -> None:
        """Answer with a status and `msg` as text, its reason phrase if None. Await or return it.

        The response is complete then: whatever is sent after it raises RuntimeError. Header fields that were set before
        stay, but for those that describe a body. Raises ValueError for a status that is not 200 to 599.
        """

    async def end(self) -> None:
        """Send the response to its end now, so that the handler goes on after it has left. Await it.

        It has left when the system has taken all of it. Before a reboot use `then()`, which waits for the client.
        """

    def then(self, f: Callable[..., Any], *args: Any) -> None:
        """Call `f(*args)` after the response has left: to reboot, to sleep, to change the WiFi.

        The client is told to close the connection; `f` is called when it has, or half a second later, and also when
        the client is gone or the handler fails. `f` may be an `async def`; what it raises is logged. Several are called
        in order. Raises TypeError for what is no function.
        """

    def send_file(
        self,
        filename: str,
        content_type: str | None = None,
        content_encoding: str | None = None,
        max_age: int = 2592000,
        buf_size: int | None = None,
    ) -> Coroutine[Any, Any, None]:
        """Send a file, or `filename + ".gz"` to a client that takes gzip. Await it. It needs tinyweb-static.

        Conditions are met with 304, one Range with 206 (RFC 9110 13, 14). `content_type` is found by the suffix if
        None; `content_encoding` is what the file itself is coded in, such as `"gzip"`; `max_age` the seconds that it
        may be kept without asking. `buf_size` of 1.x is taken, without effect. Raises HTTPException 404 if there is no
        such file, 416 for a range that is not in it; ValueError for a control character; ImportError without the
        package. The name is not checked: never build it from what a client sent, that is what `app.static()` is for.
        """

    async def run_hooks(self) -> None:
        """Call the hooks of `after_request` if they have not run. For extensions that make a head. Await it."""

    def unpack(self, result: tuple[Any, ...]) -> Any:
        """Return the body of (body, code), (body, code, fields) or (body, fields), and set status and fields.

        For extensions. Raises TypeError or ValueError for any other tuple.
        """

    async def send_prepared(
        self,
        source: str | bytes | bytearray | memoryview,
        first: int,
        count: int,
        length: int,
        ready: bytes | None,
    ) -> bytes | None:
        """Send a response with `count` bytes of a source as its body, from the one at `first` on. Await it.

        For extensions. `source` is the name of a file, or bytes-like; `length` what the Content-Length says, which a
        response to HEAD does not send (`count` is 0). Status and header fields are set before. Returns the head, None
        if it is for this request only; `ready` is what an earlier call returned for the same ones. Raises ValueError if
        the head has left already, OSError if the client leaves or the file is shorter.
        """

    def pieces(self, first: str | bytes) -> Callable[[str | bytes | None], Coroutine[Any, Any, None] | None]:
        """Give a function that sends a piece at once, in a chunk of its own, and with None the body's end.

        For extensions that send nothing else. It gives None where the socket took all of it, else a coroutine to
        await. Raises TypeError if the first piece is neither str nor bytes-like, before anything has left.
        """
