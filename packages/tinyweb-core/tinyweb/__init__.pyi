from .http import HTTPException as HTTPException
from .request import request as request
from .response import response as response
from .server import webserver as webserver

__version__: str
__all__ = ("HTTPException", "request", "response", "webserver")
