from .http import HTTPException as HTTPException
from .request import request as request
from .response import response as response
from .server import webserver as webserver

__version__: str
API: int
"""What extensions may use of the core; another number where some of it has changed."""
__all__ = ("HTTPException", "request", "response", "webserver")
