# HTML forms (URL-encoded bodies). Lazy module: loaded by the first body that is not JSON.

from .body import max_size, read
from .http import HTTPException
from .urlencoding import parse_query_string


async def read_form(req, kind):
    """Read a form and return it as a dict of str to str, {} for any other type of body.

    kind: the media type (bytes, lower case). Raises HTTPException 415 for multipart (see tinyweb-multipart), 400 for
    invalid UTF-8 or too many pairs, 413 above the route's max_body_size.
    """
    if kind == b"application/x-www-form-urlencoded":
        # Allow one pair for each 16 bytes of max_body_size, because a decoded pair takes about 100 bytes of heap.
        return parse_query_string(await read(req), max(64, max_size(req) // 16))
    if kind[:10] == b"multipart/":
        # The client's own bytes need not be UTF-8.
        raise HTTPException(415, "multipart/form-data is read by the package tinyweb-multipart")
    return {}
