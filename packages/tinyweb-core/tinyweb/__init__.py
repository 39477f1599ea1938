from .http import HTTPException
from .request import request
from .response import response
from .server import webserver

__version__ = "2.0.0"
__all__ = ("HTTPException", "request", "response", "webserver")
