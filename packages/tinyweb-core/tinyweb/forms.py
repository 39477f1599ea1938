# HTML forms (URL-encoded bodies). Loaded with the first body that is not JSON.

from .body import max_size, read
from .http import HTTPException
from .urlencoding import parse_query_string


async def read_form(req, kind):
    """Read the body of a form, kind being its media type; return a dict of str to str, {} for any other body.

    Raises HTTPException 415 for multipart, which the package tinyweb-multipart reads.
    """
    if kind == b"application/x-www-form-urlencoded":
        # A pair for each 16 bytes that the route takes: each takes about a hundred in the heap.
        return parse_query_string(await read(req), max(64, max_size(req) // 16))
    if kind[:10] == b"multipart/":
        raise HTTPException(415, kind.decode() + " is read by the package tinyweb-multipart")
    return {}
