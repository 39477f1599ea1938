from collections.abc import AsyncIterable, Callable, Iterable
from typing import Any

from tinyweb.response import response

def escape(value: Any) -> Any:
    """Return text for HTML and its quoted attributes: `str(value)` with `& < > " '` as references.

    An int or a float is returned as it is: format it by `%`.
    """

class Page:
    """A page that is sent in parts. A handler returns it, alone or as `(page, code)` or `(page, code, fields)`.

    `parts`: an iterable of str, such as a generator, or an asynchronous generator. It is iterated once.
    """

    parts: Iterable[str] | AsyncIterable[str]

    def __init__(self, parts: Iterable[str] | AsyncIterable[str]) -> None: ...
    async def respond(self, resp: response) -> None:
        """Send the page; the core calls this."""

def template(f: Callable[..., Iterable[str]]) -> Callable[..., Page]:
    """Return a function that returns the Page of a generator function: what compiled templates are decorated with."""

def load(path: str) -> Callable[..., Page]:
    """Return the function of a template, such as `"pages/status.html"`.

    Where `pages/status_html.py` (or `.mpy`) is not there, or the template has changed since, it is compiled. Raises
    ValueError with file and line for a mistake in it, OSError if it is not there or cannot be written.
    """
