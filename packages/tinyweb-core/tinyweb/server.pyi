from collections.abc import Callable
from typing import Any, TypeVar

from .http import HTTPException as HTTPException
from .http import parse_query_string as parse_query_string
from .http import urldecode_plus as urldecode_plus
from .request import request as request

_F = TypeVar("_F", bound=Callable[..., Any])
_Names = list[str] | tuple[str, ...] | str

class webserver:
    """The server: make one, give it routes, run it.

    `request_timeout`: seconds for a complete head from its first byte; 408 after them. `max_concurrency`: requests
    served at once, others wait; 3 on esp8266, 6 on esp32, else 10. `backlog`: connections that the system keeps
    waiting. `debug`: tracebacks go to the client, too, and an await that was forgotten is told on the console. The rest
    are the limits below, which are attributes as well. Raises TypeError for an unknown keyword or a wrong type,
    ValueError for a wrong value.
    """

    request_timeout: float
    backlog: int
    debug: bool
    max_concurrency: int
    tls: bool

    port: int | None
    """The port that it listens on, which tells what `port=0` got; None before the first `run()`."""

    loop: Any
    """The event loop that `run()` uses: `app.loop.create_task(...)` adds a task of yours before it."""

    max_connections: int
    """Open connections, idle ones included; `2 * max_concurrency + 2` if not told. Above it the longest idle one
    makes room for a new one, else the one whose client moves least; if all run handlers, the new one gets 503."""

    max_head: int
    """Bytes of a head, 431 above it (RFC 6585 5). On esp8266 it is 2048."""

    max_line: int
    """Bytes of a request line, 414 above it (RFC 9110 15.5.15)."""

    max_fields: int
    """Header lines, 431 above it."""

    idle_timeout: float
    """Seconds that a connection may be silent between requests, or before its first. Then it is closed."""

    io_timeout: float
    """Seconds without progress while a body is read (408 after them) or an answer is written (closed)."""

    slot_timeout: float
    """Seconds that a request waits in the queue for one of `max_concurrency` while nobody before it gets one either.
    503 with Retry-After follows (RFC 9110 15.6.4)."""

    stop_timeout: float
    """Seconds that running answers get to end by `shutdown()`. Those that have called `release()` end at once."""

    allowed_hosts: tuple[str, ...] | list[str] | None
    """Host names, lower case, without port. A request for another gets 421 (RFC 9110 15.5.20), which stops DNS
    rebinding: by that any web page could reach a device in the LAN of whoever looks at it. None lets all pass."""

    access_log: Callable[[tuple[str, int], bytes, bytes, int, int, int], Any] | None
    """A function called with (peer, method, path, code, bytes of body, ms) after each answer."""

    def __init__(
        self,
        request_timeout: float = 3,
        max_concurrency: int | None = None,
        backlog: int = 16,
        debug: bool = False,
        max_connections: int = ...,
        max_head: int = 4096,
        max_line: int = 1024,
        max_fields: int = 64,
        idle_timeout: float = 10,
        io_timeout: float = 5,
        slot_timeout: float = 4,
        stop_timeout: float = 5,
        allowed_hosts: tuple[str, ...] | list[str] | None = None,
        access_log: Callable[[tuple[str, int], bytes, bytes, int, int, int], Any] | None = None,
    ) -> None: ...
    def add_route(
        self,
        url: str,
        f: Callable[..., Any],
        methods: list[str] | tuple[str, ...] = ("GET", "POST"),
        save_headers: list[str] | list[bytes] | tuple[str | bytes, ...] = (),
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        error: Callable[[str], Any] | None = None,
    ) -> None:
        """Map a URL to a handler, `f(req, resp, *params)`, `async def` or plain.

        `url`: a path. `<name>` stands for a segment, `<int:name>` for one of digits, `<path:name>`, at the end, for
        all the rest; what they match is passed to f in order, decoded. A literal segment wins over a parameter.
        `methods`: HEAD comes with GET, OPTIONS is answered by itself, another method is 405 (RFC 9110 9, 15.5.6).
        `save_headers`: names of fields to keep in `req.headers`. `max_body_size`: bytes of a body that is read whole,
        413 above. `allowed_access_control_*`: what OPTIONS and `resp.add_access_control_headers()` say; a tuple of
        origins is echoed by name. `error`: a function from a message to the body of this route's error answers. Raises
        ValueError for a malformed URL, or one that stands already with the same method, ValueError or TypeError for a
        wrong option.

        The handler returns its answer, a str or bytes, a dict or list (sent as JSON), `(body, code)` or `(body, code,
        headers)`, None for an empty 204; or it writes with `resp.send()`.
        """

    def route(
        self,
        url: str,
        methods: list[str] | tuple[str, ...] = ("GET", "POST"),
        save_headers: list[str] | list[bytes] | tuple[str | bytes, ...] = (),
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        error: Callable[[str], Any] | None = None,
    ) -> Callable[[_F], _F]:
        """Decorate a handler; the options are those of `add_route()`."""

    def get(
        self,
        url: str,
        save_headers: list[str] | list[bytes] | tuple[str | bytes, ...] = (),
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        error: Callable[[str], Any] | None = None,
    ) -> Callable[[_F], _F]:
        """Decorate a handler of GET; the options are those of `add_route()`."""

    def post(
        self,
        url: str,
        save_headers: list[str] | list[bytes] | tuple[str | bytes, ...] = (),
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        error: Callable[[str], Any] | None = None,
    ) -> Callable[[_F], _F]:
        """Decorate a handler of POST; the options are those of `add_route()`."""

    def put(
        self,
        url: str,
        save_headers: list[str] | list[bytes] | tuple[str | bytes, ...] = (),
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        error: Callable[[str], Any] | None = None,
    ) -> Callable[[_F], _F]:
        """Decorate a handler of PUT; the options are those of `add_route()`."""

    def patch(
        self,
        url: str,
        save_headers: list[str] | list[bytes] | tuple[str | bytes, ...] = (),
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        error: Callable[[str], Any] | None = None,
    ) -> Callable[[_F], _F]:
        """Decorate a handler of PATCH; the options are those of `add_route()`."""

    def delete(
        self,
        url: str,
        save_headers: list[str] | list[bytes] | tuple[str | bytes, ...] = (),
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        error: Callable[[str], Any] | None = None,
    ) -> Callable[[_F], _F]:
        """Decorate a handler of DELETE; the options are those of `add_route()`."""

    def catchall(self) -> Callable[[_F], _F]:
        """Decorate the handler of all paths that no route takes, for every method."""

    def errorhandler(self, what: int | type[BaseException]) -> Callable[[_F], _F]:
        """Decorate `f(req, resp, error)`, which answers for a status or a class of exceptions, as a handler does.

        The nearest class wins, a class wins over a code.
        """

    def before_request(self, f: _F) -> _F:
        """Decorate `f(req, resp)`, called before each handler; what it returns, if not None, is the answer."""

    def after_request(self, f: _F) -> _F:
        """Decorate `f(req, resp)`, called after each handler; until the head has left it may add fields."""

    def add_resource(
        self,
        cls: type | object,
        url: str,
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        **kwargs: Any,
    ) -> None:
        """Map a class, or an object, with methods get, post, put, patch, delete to a URL. It needs tinyweb-rest.

        Each is called as `method(data, *url_params, **kwargs)`; `data` is the body, a form or JSON, with the query
        over it. docs/rest.md tells the rest. Raises ValueError for a malformed or taken URL, or where there is no such
        method; ImportError without the package.
        """

    def resource(
        self,
        url: str,
        method: str = "GET",
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        **kwargs: Any,
    ) -> Callable[[_F], _F]:
        """Decorate one method of a resource, `f(data, *url_params, **kwargs)`. It needs tinyweb-rest."""

    def static(
        self,
        url_prefix: str,
        folder: Any,
        index: str = "index.html",
        max_age: int = 0,
        fallback: str | None = None,
        mime_types: dict[str, str] = ...,
    ) -> None:
        """Serve the files of a folder, or of a module that the packer made, below a URL. It needs tinyweb-static.

        `index`: the file that answers for a folder. `max_age`: seconds that a browser may keep a file without asking;
        0: it asks each time, and gets 304 for what has not changed. `fallback`: a file for all addresses that are not
        there and have no dot behind their last slash. `mime_types`: types more, suffix to type. Nothing outside the
        folder is ever served. docs/static.md tells the rest. Raises ValueError for a folder that is not there;
        ImportError without the package.
        """

    def run(
        self,
        host: str = "",
        port: int = 8081,
        loop_forever: bool = True,
        backlog: int | None = None,
        ssl: Any = None,
    ) -> None:
        """Serve until `shutdown()`; it may be called again afterwards.

        `host`: `""` is every interface, `"::"` IPv6 where the port has it. `port`: 0 takes one that is free, which
        `app.port` tells. `loop_forever=False` starts the server on
        the running or coming event loop and returns. `backlog`: the constructor's if None. `ssl`: a context of the
        module ssl with `load_cert_chain()` done makes it https. Raises OSError if the port is taken, RuntimeError if
        it runs already.
        """

    async def start(self, host: str = "", port: int = 8081, backlog: int | None = None, ssl: Any = None) -> None:
        """Serve beside the tasks of the running loop; returns when the port is open. The parameters are `run()`'s."""

    async def stop(self) -> None:
        """`shutdown()`, and wait until all connections have ended, but for the caller's own where a handler calls
        it."""

    def shutdown(self) -> None:
        """Stop: take no client more, close idle connections, give running answers `stop_timeout` seconds to end.

        From a handler, a task or plain code; the port is free when it returns or, from within the server, soon after.
        """
