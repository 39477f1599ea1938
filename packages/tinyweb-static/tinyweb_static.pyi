from collections.abc import Coroutine
from typing import Any

from tinyweb.response import response
from tinyweb.server import webserver

mime_types: dict[str, str]
"""Types in addition to the built-in list: suffix in lower case, without its dot, to media type."""

def send_file(
    resp: response,
    filename: str,
    content_type: str | None = None,
    content_encoding: str | None = None,
    max_age: int = 2592000,
    buf_size: int | None = None,
) -> Coroutine[Any, Any, None]:
    """Send a file; see `resp.send_file()`."""

def static(
    app: webserver,
    url_prefix: str,
    folder: Any,
    index: str = "index.html",
    max_age: int = 0,
    fallback: str | None = None,
    mime_types: dict[str, str] = {},
) -> None:
    """Serve a folder; see `app.static()`."""
