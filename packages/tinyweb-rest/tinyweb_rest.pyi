from collections.abc import Callable
from typing import Any, TypeVar

from tinyweb.server import webserver

_F = TypeVar("_F", bound=Callable[..., Any])
_Names = list[str] | tuple[str, ...] | str

def values(data: Any, name: str) -> list[Any]:
    """Return all values of a name in a method's `data`, in order; `data[name]` is only the last one."""

def add_resource(
    app: webserver,
    cls: type | object,
    url: str,
    max_body_size: int = 1024,
    allowed_access_control_headers: _Names = "*",
    allowed_access_control_origins: _Names = "*",
    **kwargs: Any,
) -> None:
    """Add a resource; see `app.add_resource()`."""

def resource(
    app: webserver,
    url: str,
    method: str = "GET",
    max_body_size: int = 1024,
    allowed_access_control_headers: _Names = "*",
    allowed_access_control_origins: _Names = "*",
    **kwargs: Any,
) -> Callable[[_F], _F]:
    """Decorate one method of a resource; see `@app.resource()`."""
