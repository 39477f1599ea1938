from collections.abc import Callable, Coroutine
from typing import Any

from tinyweb.request import request
from tinyweb.response import Link, response
from tinyweb.server import webserver

_Handler = Callable[..., Any]

class Events:
    """The pages that listen to a server's events at a URL (HTML 9.2). `len(events)` is how many there are now."""

    def __init__(
        self,
        app: webserver,
        url: str,
        retry: float = 3,
        history: int = 0,
        ping: float = 15,
        behind: int = 1024,
        hello: Callable[[], Any] | None = None,
        guard: Callable[[_Handler], _Handler] | None = None,
    ) -> None:
        """Serve events at a URL.

        `retry`: seconds after which a page comes back when its connection has ended. `history`: how many events with an
        id are kept for pages that come back, at most 2 KiB of them. `ping`: seconds of silence after which a comment is
        sent, which finds pages that have vanished; 0 for none. `behind`: bytes that a page may be behind before it is
        ended. `hello`: a function, plain or async; what it returns is sent to a page when it comes. `guard`: takes the
        handler and returns the one to call, such as a login. Raises ValueError for a URL that is taken and for a number
        below 0.
        """

    def __len__(self) -> int: ...
    def send(self, data: Any, event: str | None = None, id: str | int | None = None) -> int:
        """Send an event to all pages, and return how many there are. Not awaited, from any task or plain code.

        `data` is a str, bytes of UTF-8, or what JSON has. Raises ValueError for a line break in `event` or `id`.
        """

class Stream:
    """One page that listens, see `stream()`."""

    link: Link
    """The connection, see `resp.stream()`."""

    def __init__(self, link: Link) -> None: ...
    def send(self, *args: Any, **kwargs: Any) -> Coroutine[Any, Any, None]:
        """Send an event to this page. Await it. Takes what `Events.send()` takes, and raises as that and OSError if the
        page has gone."""

async def stream(req: request, resp: response, retry: float = 3) -> Stream:
    """Start a stream of events for one client, and return it. Await it. The stream ends when the handler does.

    `retry`: seconds after which the page comes back. Raises as `resp.stream()`.
    """
