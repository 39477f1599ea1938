"""Clients for tests: httpx's, whose server runs as long as they do.

`Client` says where the server is: an app in this process, a program in a process of its own, or a board. Entered by
`with` it returns a `SyncClient`, by `async with` an `AsyncClient`.
"""

from __future__ import annotations

import contextlib
import os
import ssl as tls
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import httpx_sse
import websockets.asyncio.client
import websockets.sync.client

from .servers import Board, Program, Server, TaskServer, ThreadServer

_C = TypeVar("_C", "SyncClient", "AsyncClient")

SECONDS = 10.0  # without a byte, after which a test fails; httpx's own 5 are few where many tests run side by side


class _Common:
    # What both clients have besides httpx's methods.
    server: Server
    _tls: tls.SSLContext

    @property
    def port(self) -> int:
        """The port of the server."""
        return self.server.port

    @property
    def url(self) -> str:
        """The address of the server, as in `http://127.0.0.1:50000`."""
        return self.server.url

    @property
    def output(self) -> str:
        """What the program of `Client.of()` has printed so far. An app prints to the test's own output: then ""."""
        return self.server.output


def _event_fields(headers: Any, last_id: str | None) -> httpx.Headers:
    fields = httpx.Headers(headers)
    if last_id is not None:
        fields["Last-Event-ID"] = last_id
    return fields


def _websocket_arguments(
    client: AsyncClient | SyncClient, path: str, headers: Any, options: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    # httpx knows the whole address, the cookies for it, and the fields that this client always sends.
    request = client.build_request("GET", path, headers=headers)
    given = [name.lower() for name in httpx.Headers(headers)]
    fields = [(k, v) for k, v in request.headers.items() if k in ("authorization", "cookie", *given)]
    scheme = "wss" if request.url.scheme == "https" else "ws"
    if scheme == "wss":
        options.setdefault("ssl", client._tls)
    # a proxy that the environment names is not for tests
    options.setdefault("proxy", None)
    return str(request.url.copy_with(scheme=scheme)), {"additional_headers": fields, **options}


class AsyncClient(_Common, httpx.AsyncClient):
    """httpx's AsyncClient for one server; `async with Client(...)` returns it."""

    @contextlib.asynccontextmanager
    async def events(
        self, path: str, *, last_id: str | None = None, headers: Any = None, **options: Any
    ) -> AsyncIterator[AsyncIterator[httpx_sse.ServerSentEvent]]:
        """Open a stream of server-sent events; the iterator returns them: `event`, `data`, `id`, `retry`, `json()`.

        last_id: the Last-Event-ID of a browser that comes again. options: of httpx's stream(), such as timeout. Raises
        httpx.HTTPStatusError if the status is an error, httpx_sse.SSEError if the response is no stream of events,
        httpx.ReadTimeout if the stream is silent for as long as the client's timeout.
        """
        fields = _event_fields(headers, last_id)
        async with httpx_sse.aconnect_sse(self, "GET", path, headers=fields, **options) as source:
            source.response.raise_for_status()
            async with contextlib.aclosing(source.aiter_sse()) as events:
                yield (event async for event in events if _heard(event))

    def websocket(self, path: str, *, headers: Any = None, **options: Any) -> websockets.asyncio.client.connect:
        """Open a WebSocket, as in `async with c.websocket("/chat") as ws: await ws.send("hello")`.

        The client's cookies and its Authorization are sent, too. options: those of websockets.asyncio.client.connect,
        such as subprotocols, origin, open_timeout. Raises what that raises: websockets.InvalidStatus if the server
        refuses.
        """
        url, arguments = _websocket_arguments(self, path, headers, options)
        return websockets.asyncio.client.connect(url, **arguments)


class SyncClient(_Common, httpx.Client):
    """httpx's Client for one server; `with Client(...)` returns it."""

    @contextlib.contextmanager
    def events(
        self, path: str, *, last_id: str | None = None, headers: Any = None, **options: Any
    ) -> Iterator[Iterator[httpx_sse.ServerSentEvent]]:
        """Open a stream of server-sent events, as AsyncClient.events() does."""
        fields = _event_fields(headers, last_id)
        with httpx_sse.connect_sse(self, "GET", path, headers=fields, **options) as source:
            source.response.raise_for_status()
            yield filter(_heard, source.iter_sse())

    def websocket(self, path: str, *, headers: Any = None, **options: Any) -> websockets.sync.client.ClientConnection:
        """Open a WebSocket, as in `with c.websocket("/chat") as ws: ws.send("hello")`; see AsyncClient.websocket()."""
        url, arguments = _websocket_arguments(self, path, headers, options)
        ws: websockets.sync.client.ClientConnection = websockets.sync.client.connect(url, **arguments)
        return ws

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function in the thread of the app's event loop, await its result if it is awaitable, and return that.

        For what an app may only do there, such as sending an event. Raises what the function raises, RuntimeError if
        the server is not an app of this process.
        """
        if not isinstance(self.server, ThreadServer):
            raise RuntimeError("call() is for an app in this process, as in Client(app)")
        return self.server.call(function, *arguments)


def _context(verify: Any) -> tls.SSLContext:
    # One context for both libraries; httpx knows what may be said in its place.
    if isinstance(verify, tls.SSLContext):
        return verify
    return httpx.create_ssl_context(verify=verify, trust_env=False)


def _heard(event: httpx_sse.ServerSentEvent) -> bool:
    # A browser shows no page that the time until it comes back was sent (HTML 9.2.6).
    return bool(event.data) or event.event != "message" or event.retry is None


class Client:
    """A server, and a client of it: `with Client(app) as c` or `async with Client(app) as c`.

    app: a `tinyweb.webserver`. It is started on a free port of 127.0.0.1, in the running event loop for `async with`,
    in a thread with a loop of its own for `with`, and stopped at the end. Then it may be started again.

    ssl: an ssl.SSLContext with a certificate, for https; the client takes any certificate unless `verify` says which.
    options: those of httpx.Client, such as headers, cookies, auth, follow_redirects, timeout (10 s). Cookies are kept.
    Redirects are not followed unless asked for, and proxies that the environment names are not used.
    """

    def __init__(self, app: Any, *, ssl: tls.SSLContext | None = None, **options: Any) -> None:
        if not (callable(getattr(app, "start", None)) and callable(getattr(app, "add_route", None))):
            raise TypeError(f"Client() takes a webserver, not {app!r}; Client.of() takes the name of a program")
        self._init(lambda: ThreadServer(app, ssl), lambda: TaskServer(app, ssl), options)

    @classmethod
    def of(
        cls,
        program: str | os.PathLike[str],
        interpreter: str = "micropython",
        *,
        cwd: str | os.PathLike[str] | None = None,
        path: str | os.PathLike[str] | tuple[str | os.PathLike[str], ...] | list[str | os.PathLike[str]] = (),
        env: Mapping[str, str] | None = None,
        heap: str | None = None,
        **options: Any,
    ) -> Client:
        """Return a Client for a program, such as a main.py that ends with app.run(); it runs in a process of its own.

        interpreter: "micropython" (the port for Linux and macOS: $MICROPYTHON, or the one on the PATH) or "cpython".
        The program is run as it is, but for its address: a free port of 127.0.0.1, for each server that it starts; the
        first one is the client's. cwd: the folder it runs in, the program's own unless told. path: a folder, or
        several, whose modules it finds first, such as stand-ins for a board's `machine`. env: variables to add to the
        environment. heap: MicroPython's heap, as in "200k"; the packages are compiled in it. options: as those of
        Client().

        Entering it raises RuntimeError, with what the program printed, if it ends before its port is open; and leaving
        it does if the program has ended by itself. Otherwise what it printed is written to stderr when it is left.
        """
        if interpreter not in ("micropython", "cpython"):
            raise ValueError(f'interpreter is "micropython" or "cpython", not {interpreter!r}')
        if heap and interpreter == "cpython":
            raise ValueError("heap is for MicroPython")

        def server() -> Program:
            return Program(program, interpreter, cwd, path, env, heap)

        client = cls.__new__(cls)
        client._init(server, server, options)
        return client

    @classmethod
    def at(cls, url: str, **options: Any) -> Client:
        """Return a Client for a server that runs already, such as a board's at "http://192.168.4.1".

        options: as those of Client(); certificates are checked unless verify=False.
        """
        options.setdefault("verify", True)
        client = cls.__new__(cls)
        client._init(lambda: Board(url), lambda: Board(url), options)
        return client

    def _init(self, plain: Callable[[], Server], in_loop: Callable[[], Server], options: dict[str, Any]) -> None:
        self._make = plain, in_loop
        self._options = options
        self._stack: contextlib.ExitStack | None = None
        self._async_stack: contextlib.AsyncExitStack | None = None

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            text = f"a Client has no {name!r}"
            if name[:1] != "_" and hasattr(SyncClient, name):
                text += f" before it is entered: with Client(...) as c: c.{name}"
            raise AttributeError(text)

    def _made(self, kind: type[_C], server: Server) -> _C:
        options = {"timeout": SECONDS, "trust_env": False, **self._options}
        if server.url.startswith("https:"):
            options["verify"] = _context(options.get("verify", False))
        else:
            # a context that trusts nobody: httpx's own loads all authorities, which takes longer than most tests
            options.setdefault("verify", tls.SSLContext(tls.PROTOCOL_TLS_CLIENT))
        client = kind(base_url=server.url, **options)
        client.server = server
        client._tls = options["verify"]
        return client

    def __enter__(self) -> SyncClient:
        if self._stack or self._async_stack:
            raise RuntimeError("this Client is open already: make another one")
        with contextlib.ExitStack() as stack:
            server = self._make[0]()
            stack.push(server.left)
            server.start()
            client = stack.enter_context(self._made(SyncClient, server))
            self._stack = stack.pop_all()
        return client

    def __exit__(self, *error: Any) -> None:
        stack, self._stack = self._stack, None
        if stack:
            stack.__exit__(*error)

    async def __aenter__(self) -> AsyncClient:
        if self._stack or self._async_stack:
            raise RuntimeError("this Client is open already: make another one")
        async with contextlib.AsyncExitStack() as stack:
            server = self._make[1]()
            stack.push_async_exit(server.aleft)
            await server.astart()
            client = await stack.enter_async_context(self._made(AsyncClient, server))
            self._async_stack = stack.pop_all()
        return client

    async def __aexit__(self, *error: Any) -> None:
        stack, self._async_stack = self._async_stack, None
        if stack:
            await stack.__aexit__(*error)
