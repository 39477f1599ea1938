from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, overload

from tinyweb.request import request
from tinyweb.response import Link, response

_Handler = Callable[..., Any]

class WebSocket:
    """One client: the second argument of a handler of `@websocket` (RFC 6455)."""

    req: request
    """The request. After `accept()` it has no fields any more: read them before."""

    closed: int | None
    """None while it is open, then the code of the close; 1006 if the client has gone without one."""

    protocol: str | None
    """The protocol that was chosen of `protocols`."""

    link: Link | None
    """The connection, once it is accepted; see `resp.upgrade()`."""

    def __init__(self, req: request, resp: response, options: tuple[Any, ...]) -> None: ...
    def __aiter__(self) -> AsyncIterator[str | bytes]: ...
    async def __anext__(self) -> str | bytes: ...
    async def accept(self, protocol: str | None = None) -> None:
        """Answer the handshake. Await it; the first `receive()` or `send()` does it by itself.

        `protocol`: the one to speak, otherwise the first of the handler's `protocols` that the client offers. Before it
        an HTTPException is an ordinary response.
        """

    async def receive(self) -> str | bytes | None:
        """Wait for a message, and return it: str for a text, bytes otherwise, None when the WebSocket is closed.

        `async for message in ws` does the same.
        """

    def send(self, message: str | bytes | bytearray | memoryview) -> Coroutine[Any, Any, None]:
        """Send a message, a text if it is a str. Await it. Raises OSError if the WebSocket is closed."""

    def push(self, message: str | bytes | bytearray | memoryview) -> bool:
        """Send a message without a wait, from any task. Return False if it is not sent: the client is `behind`."""

    def close(self, code: int = 1000, reason: str = "") -> Coroutine[Any, Any, None]:
        """Close the WebSocket, and wait a second for the client to do so (RFC 6455 7). Await it, in any task.

        Where another task waits for a message, the connection ends at once.

        Raises ValueError for a code that cannot be sent, or a reason above 123 bytes.
        """

class Room:
    """WebSockets that get the same messages. `len(room)` is how many there are."""

    def __init__(self) -> None: ...
    def __len__(self) -> int: ...
    def add(self, ws: WebSocket) -> None:
        """Add a WebSocket that is accepted. It leaves by itself when it is closed. Raises ValueError before that."""

    def remove(self, ws: WebSocket) -> None:
        """Remove a WebSocket, if it is there."""

    def push(self, message: str | bytes | bytearray | memoryview) -> int:
        """Send a message to all without a wait; return how many there are. One that does not read is ended."""

@overload
def websocket(handler: _Handler) -> _Handler: ...
@overload
def websocket(
    handler: None = None,
    max_size: int = 1024,
    ping: float = 20,
    behind: int = 1024,
    origins: tuple[str, ...] | list[str] | str | None = None,
    protocols: tuple[str, ...] | list[str] = (),
) -> Callable[[_Handler], _Handler]:
    """Decorate a handler `f(req, ws, *params)` of a route, below `@app.get(url)`.

    `max_size`: bytes of a message, 1009 above. `ping`: seconds of silence before a ping, and as many again before the
    end; 0 for none. `behind`: bytes that `push()` keeps for a client. `origins`: of pages, such as
    `"https://example.org"`, that may connect besides the server's own, `"*"` for all; others get 403. `protocols`:
    names; the first that the client offers is spoken. A request that is no handshake gets 426 or 400.
    """
