from collections.abc import Awaitable

class Link:
    """A connection that a handler has taken over, by `resp.stream()` or `resp.upgrade()`; closed when the handler ends.

    When the client leaves, the handler is cancelled within a second: clean up in `finally`.
    """

    last: bytes
    """What `shutdown()` sends before it ends the link, initially `b""`."""

    @property
    def gone(self) -> bool:
        """Whether the connection has ended."""

    @property
    def behind(self) -> int:
        """The count of bytes that are kept because the client has not read what was before them."""

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

    def write(self, data: str | bytes | bytearray | memoryview) -> Awaitable[None]:
        """Send all of data, after what is kept. Await it. Tasks that write at once are served one after the other.

        Raises OSError if the client has gone or takes nothing for `io_timeout` seconds. If it is cancelled, what was
        begun is still sent, so that nothing is cut.
        """

    def close(self, last: str | bytes = b"") -> None:
        """Send what is kept, and `last`, as far as the socket takes it now, and end the connection. From any task."""
