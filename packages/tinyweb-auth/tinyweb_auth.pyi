from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tinyweb.request import request
from tinyweb.response import response
from tinyweb.server import webserver

class Limit:
    """Bound failed logins: `tries` in `seconds` for each address, four times as many for all addresses together.

    It keeps 8 addresses: more of them gain nothing, as the count for all holds them up. Each guard that checks
    a password or token has one of its own if none is passed.
    """

    def __init__(self, tries: int = 5, seconds: int = 60) -> None: ...
    def wait(self, req: request) -> int:
        """Return the seconds until the client of a request may try again, 0 if it may now."""

    def failed(self, req: request, n: int = 1) -> None:
        """Count n failed logins of the client of a request, for a login that is checked by the program itself."""

    async def attempt(self, req: request, right: Awaitable[Any]) -> Any:
        """Return what an awaitable check returns, such as `passwords(user, password)`; if it is false, count it.
        Without an `await` before it, `if` raises TypeError.

        The login counts as failed while it is checked: of many requests at once none is tried beyond the limit. Ask
        `wait()` before.
        """

class Guard:
    """What all kinds of login have in common: a guard refuses with 429 (too many failed logins), 401 (no or wrong
    credentials) or 403 (a page of another origin sent them, or the user is not among `users`); otherwise it sets
    `req.user` and calls the handler."""

    def protect(self, app: webserver, prefix: str, *users: str) -> None:
        """Guard all below a prefix: routes, resources, folders and the catch-all, whenever they are registered.

        Users other than `users` get 403. Raises ValueError for a prefix that is no path.
        """

    def __call__(self, *users: Any) -> Any:
        """Decorate a handler, below the route: `@auth`, or `@auth("admin", "ada")` for these users only."""

class Basic(Guard):
    """Logins of RFC 7617. On plain http whoever listens reads the password: use it with https.

    `users`: a function of user and password that returns whether they are right, plain or async, such as a `Passwords`.
    `realm` is shown by the browser. Raises ValueError for a realm with a quote, TypeError for `users` that are no
    function.
    """

    def __init__(self, users: Callable[[str, str], Any], realm: str = "board", limit: Limit | None = None) -> None: ...

class Bearer(Guard):
    """Tokens of RFC 6750, for programs: `Authorization: Bearer TOKEN`.

    `users`: a dict of token to user, or a function of a token that returns the user, None for a wrong one. Raises
    TypeError for anything else.
    """

    def __init__(
        self, users: Mapping[str, Any] | Callable[[str], Any], realm: str = "board", limit: Limit | None = None
    ) -> None: ...

class Digest(Guard):
    """Logins of RFC 7616 with SHA-256: the password never crosses the wire, on plain http either.

    `users`: a dict of user to what `secret()` returns, made with the same `realm`. Raises ValueError for anything else
    in it, and for a realm with a quote.
    """

    def __init__(self, users: Mapping[str, str], realm: str = "board", limit: Limit | None = None) -> None: ...

class Session(Guard):
    """Sessions in a signed cookie, begun by a login page.

    `key`: 16 bytes or more that sign the cookies; None makes a new key at each start, which ends all sessions. With a
    key the board's clock has to be set. `life`: seconds of a session. `cookie`: its name. `page`: the path of the login
    page; pages that are asked for without a session are redirected there, other requests get 401 (None: all of them).
    `secure`: whether the cookie is for https alone, None if the server decides. Raises ValueError for a short key.
    """

    def __init__(
        self,
        app: webserver,
        key: bytes | None = None,
        life: int = 3600,
        cookie: str = "session",
        page: str | None = "/login",
        secure: bool | None = None,
    ) -> None: ...
    def start(self, resp: response, data: dict[str, Any]) -> None:
        """Begin a session: set the cookie. `data` is JSON, and readable in the browser; its "user" becomes `req.user`,
        which is `""` without one.

        Raises TypeError if `data` is no dict, ValueError if the cookie takes more than 1 KiB, HTTPException 503 with a
        key while the clock is not set.
        """

    def accept(self, resp: response, data: dict[str, Any], default: str = "/") -> str:
        """Begin a session and redirect to the page that the guard came from, `default` if there is none.

        A handler returns what it returns: `return login.accept(resp, {"user": user})`. It loads two modules less than
        `start()` with a redirect of the program's. Raises as `start()`, and ValueError for a `default` with a control
        character.
        """

    def end(self, resp: response) -> None:
        """End the session of a response's request: it is refused from now on, and the browser drops the cookie."""

    def load(self, req: request) -> dict[str, Any]:
        """Return the session of a request, `{}` without one, and set `req.session`. A guard does it by itself."""

    def next(self, req: request, default: str = "/") -> str:
        """Return the path that a redirect to the login page came from, `default` if there is none.

        It never leads to another site.
        """

class Passwords:
    """Check passwords that are kept as hashes: `await passwords(user, password)`.

    `users`: a dict of user to what `hash()` returns. Raises ValueError if it is empty, or has anything else.
    """

    def __init__(self, users: Mapping[str, str]) -> None: ...
    def knows(self, user: str, password: str) -> bool:
        """Return whether the password is right and was asked for before: that takes no time."""

    async def __call__(self, user: str, password: str) -> bool:
        """Return whether it is the user's password. It takes as long for an unknown user; other requests go on."""

def hash(password: str, salt: bytes | None = None, rounds: int = 1000) -> str:
    """Return what `Passwords` keeps of a password: PBKDF2-HMAC-SHA256 (RFC 8018 5.2). `salt`: 16 random bytes if None.

    1000 rounds take some seconds on an ESP8266, and are 600 times fewer than is advised for PCs: choose passwords that
    nobody guesses.
    """

def secret(user: str, realm: str, password: str) -> str:
    """Return what `Digest` keeps of a password: the SHA-256 of `user:realm:password` in hex digits."""

def csrf(app: webserver, allow: str | tuple[str, ...] | list[str] = ()) -> None:
    """Refuse with 403 what pages of other origins send to any route, but for GET, HEAD and OPTIONS.

    `allow`: an origin that may, or several, such as `"https://panel.example"`. Guards do it for their routes by
    themselves, but for `Bearer`, whose token no browser sends by itself.
    """
