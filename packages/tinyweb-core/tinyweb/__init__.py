# The order is a matter of heap: where a board compiles .py, the largest files come first, while there is most room.
# isort: off
from .server import webserver
from .http import HTTPException
from .request import request
from .response import response

__version__ = "2.0.0"
__all__ = ("HTTPException", "request", "response", "webserver")
