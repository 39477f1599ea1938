from collections.abc import Callable
from typing import Any, Protocol, TypeVar, type_check_only

from .http import HTTPException as HTTPException
from .http import parse_query_string as parse_query_string
from .http import urldecode_plus as urldecode_plus
from .request import request as request
from .response import response

@type_check_only
class Handler(Protocol):
    """A handler: `f(req, resp, *params)`, `async def` or plain; the parameters are those of its URL."""

    def __call__(self, req: request, resp: response, /, *params: Any, **kwargs: Any) -> Any: ...

@type_check_only
class Hook(Protocol):
    """A hook: `f(req, resp)`, `async def` or plain."""

    def __call__(self, req: request, resp: response, /) -> Any: ...

@type_check_only
class ErrorHandler(Protocol):
    """A handler of errors: `f(req, resp, error)`, `async def` or plain."""

    def __call__(self, req: request, resp: response, error: Any, /) -> Any: ...

_F = TypeVar("_F", bound=Callable[..., Any])
_Handler = TypeVar("_Handler", bound=Handler)
_Hook = TypeVar("_Hook", bound=Hook)
_ErrorHandler = TypeVar("_ErrorHandler", bound=ErrorHandler)
_Names = list[str] | tuple[str, ...] | str

class webserver:
    """An HTTP server: create one, add routes, run it.

    Its options are listed below; each of them is an attribute, too. Raises TypeError for an unknown keyword or a wrong
    type, ValueError for a value out of range.
    """

    request_timeout: float
    """Seconds from the first byte of a head until it is complete, 408 after that."""

    max_concurrency: int
    """Maximum of requests that are served at the same time, others are queued; 3 on esp8266, 6 on esp32, else 10."""

    backlog: int
    """Length of the system's queue of connections that are not accepted yet."""

    debug: bool
    """Whether error responses contain the traceback, and a forgotten await is printed."""

    tls: bool

    port: int | None
    """The port that the server listens on, also if `port=0` was passed; None before the first `run()`."""

    loop: Any
    """The event loop that `run()` uses: `app.loop.create_task(...)` adds a task before `run()` is called."""

    max_connections: int
    """Maximum of open connections, idle ones included; default `2 * max_concurrency + 2`, on boards no more than the
    port can hold: 7 on esp32; 4 on esp8266, rp2 and others whose lwIP has 5. A program with connections of its own
    (MQTT) takes them off. A further connection replaces the one idle for longest, else the one with the slowest client;
    if all run handlers, it gets 503."""

    max_head: int
    """Maximum size of a head in bytes, 431 above it (RFC 6585 5). The default on esp8266 is 2048."""

    max_line: int
    """Maximum length of a request line in bytes, 414 above it (RFC 9110 15.5.15)."""

    max_fields: int
    """Maximum number of header field lines, 431 above it (RFC 6585 5)."""

    max_links: int
    """Links that may be open, see `resp.stream()`: 503 with Retry-After for one more. Released responses count, too.
    Half of `max_connections` unless it is given."""

    idle_timeout: float
    """Seconds without a byte before or between requests, after which a connection is closed."""

    io_timeout: float
    """Seconds without progress while a body is read (408 after that) or a response is written (closed)."""

    slot_timeout: float
    """Seconds that a request is queued for one of the `max_concurrency` slots while no request before it gets one
    either; 503 with Retry-After after that (RFC 9110 15.6.4)."""

    stop_timeout: float
    """Seconds that running responses have to end after `shutdown()`. Those that called `release()` end at once."""

    allowed_hosts: tuple[str, ...] | list[str] | None
    """Host names in lower case, without port. A request for another host gets 421 (RFC 9110 15.5.20). This prevents
    DNS rebinding, by which any web page could reach a device in the LAN of its visitor. None allows all hosts."""

    access_log: Callable[[tuple[str, int], bytes, bytes, int, int, int], Any] | None
    """A function called with (peer, method, path, code, bytes of body, ms) after each response."""

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
        max_links: int = ...,
    ) -> None: ...
    def add_route(
        self,
        url: str,
        f: Handler,
        methods: list[str] | tuple[str, ...] = ("GET", "POST"),
        save_headers: list[str] | list[bytes] | tuple[str | bytes, ...] = (),
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        error: Callable[[str], Any] | None = None,
    ) -> None:
        """Map a URL to a handler, `f(req, resp, *params)`, `async def` or plain.

        `url`: a path. `<name>` matches a segment, `<int:name>` a segment of digits, `<path:name>`, at the end, the rest
        of the path; their decoded values are passed to f in order. A literal segment wins over a parameter. `methods`:
        GET includes HEAD, OPTIONS is automatic, another method gets 405 (RFC 9110 9, 15.5.6). `save_headers`: names of
        fields to keep in `req.headers`. `max_body_size`: maximum size in bytes of a body that is read whole, 413 above
        it. `allowed_access_control_*`: values for OPTIONS and `resp.add_access_control_headers()`; if there are several
        origins, the request's own is returned. `error`: a function that makes the body of this route's error responses
        from a message. Raises ValueError for a malformed URL or one already registered with the same method, ValueError
        or TypeError for a wrong option.

        The handler returns the body: str or bytes, a dict or list (sent as JSON), `(body, code)` or `(body, code,
        headers)`, None for an empty 204; or it sends it with `resp.send()`.
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
    ) -> Callable[[_Handler], _Handler]:
        """Decorate a handler; the options are those of `add_route()`."""

    def get(
        self,
        url: str,
        save_headers: list[str] | list[bytes] | tuple[str | bytes, ...] = (),
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        error: Callable[[str], Any] | None = None,
    ) -> Callable[[_Handler], _Handler]:
        """Decorate a handler of GET; the options are those of `add_route()`."""

    def post(
        self,
        url: str,
        save_headers: list[str] | list[bytes] | tuple[str | bytes, ...] = (),
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        error: Callable[[str], Any] | None = None,
    ) -> Callable[[_Handler], _Handler]:
        """Decorate a handler of POST; the options are those of `add_route()`."""

    def put(
        self,
        url: str,
        save_headers: list[str] | list[bytes] | tuple[str | bytes, ...] = (),
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        error: Callable[[str], Any] | None = None,
    ) -> Callable[[_Handler], _Handler]:
        """Decorate a handler of PUT; the options are those of `add_route()`."""

    def patch(
        self,
        url: str,
        save_headers: list[str] | list[bytes] | tuple[str | bytes, ...] = (),
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        error: Callable[[str], Any] | None = None,
    ) -> Callable[[_Handler], _Handler]:
        """Decorate a handler of PATCH; the options are those of `add_route()`."""

    def delete(
        self,
        url: str,
        save_headers: list[str] | list[bytes] | tuple[str | bytes, ...] = (),
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        error: Callable[[str], Any] | None = None,
    ) -> Callable[[_Handler], _Handler]:
        """Decorate a handler of DELETE; the options are those of `add_route()`."""

    def catchall(self) -> Callable[[_Handler], _Handler]:
        """Decorate the handler for all paths without a route, for every method."""

    def errorhandler(self, what: int | type[BaseException]) -> Callable[[_ErrorHandler], _ErrorHandler]:
        """Decorate `f(req, resp, error)`, which responds to a status or a class of exceptions, as a handler does.

        The most derived class wins, and a class wins over a status. Raises TypeError or ValueError for anything else.
        """

    def before_request(self, f: _Hook) -> _Hook:
        """Decorate `f(req, resp)`, called before each handler. A result other than None is the response."""

    def after_request(self, f: _Hook) -> _Hook:
        """Decorate `f(req, resp)`, called once for each response before its head is sent; it may add fields."""

    def remove_hook(self, f: Callable[..., Any]) -> None:
        """Remove a function that `before_request()` or `after_request()` has registered, at any time.

        While the server serves, the memory of the core's modules that were loaded on first use is freed, as the hook
        may have been the only one to need them. Raises ValueError for a function that is no hook.
        """

    def guard(self, prefix: str, guard: Callable[[Any], Handler]) -> None:
        """Put a guard before the handlers of all routes below a prefix: routes, resources, folders and the catch-all.

        `guard` takes a handler `f(req, resp, *params)` and returns the one to call in its place, at registration.
        Routes that are registered later get it, too. Of several guards the last one is called first. "/admin" and
        "/admin/" are the same prefix. Paths are compared decoded and in any case of letters. Raises ValueError for a
        prefix that is no path, TypeError for a guard that is no function or returns none.
        """

    def add_resource(
        self,
        cls: type | object,
        url: str,
        max_body_size: int = 1024,
        allowed_access_control_headers: _Names = "*",
        allowed_access_control_origins: _Names = "*",
        **kwargs: Any,
    ) -> None:
        """Map a class or an object with methods get, post, put, patch, delete to a URL. Requires tinyweb-rest.

        Each is called as `method(data, *url_params, **kwargs)`; `data` is the decoded body (form or JSON), updated with
        the query. See docs/rest.md. Raises ValueError for a malformed or taken URL, or if there is no such method;
        ImportError without the package.
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
        """Decorate one method of a resource, `f(data, *url_params, **kwargs)`. Requires tinyweb-rest."""

    def static(
        self,
        url_prefix: str,
        folder: Any,
        index: str = "index.html",
        max_age: int = 0,
        fallback: str | None = None,
        mime_types: dict[str, str] = ...,
    ) -> None:
        """Serve the files of a folder, or of a module made by `tools/pack.py`, below a URL. Requires tinyweb-static.

        `index`: the file served for a folder. `max_age`: seconds that browsers may cache a file; with 0 they revalidate
        each time and get 304 for an unchanged file. `fallback`: the file served for all missing paths without a dot in
        their last segment. `mime_types`: additional types, suffix to media type. Files outside the folder are never
        served. See docs/static.md. Raises ValueError for a folder that does not exist or a taken URL; ImportError
        without the package.
        """

    def run(
        self,
        host: str = "",
        port: int = 8081,
        loop_forever: bool = True,
        backlog: int | None = None,
        ssl: Any = None,
        quiet: bool = False,
    ) -> None:
        """Serve until `shutdown()`; it may be called again afterwards.

        `host`: `""` is every interface, `"::"` IPv6 if the board supports it. `port`: 0 chooses a free one, see
        `app.port`. `loop_forever=False` starts the server on the running or next event loop and returns. `backlog`: the
        constructor's if None. `ssl`: an `ssl.SSLContext` with a certificate loaded by `load_cert_chain()` enables
        https. The first call prints the URL, unless `quiet`. Raises OSError if the port is in use, RuntimeError if the
        server is running.
        """

    async def start(self, host: str = "", port: int = 8081, backlog: int | None = None, ssl: Any = None) -> None:
        """Serve in the running event loop; return when the port is open. Parameters and errors are those of `run()`."""

    async def stop(self) -> None:
        """Call `shutdown()` and wait until all connections are closed, except the caller's own if a handler calls
        it."""

    def shutdown(self) -> None:
        """Stop: accept no more clients, close idle connections, give running responses `stop_timeout` seconds to end.

        Can be called from a handler, a task or plain code. The port is free when it returns or, from a handler or hook,
        soon after.
        """
