# Status codes and reason phrases (RFC 9110 15), and the tuples that tell them. Lazy module: loaded by the first
# response that is not 200.

from .lazy import lazy

# The most common codes come first, because find() is linear. Few bytes objects, because a dict of 40 small ones would
# cost 3 KB of heap, and none above 230 bytes, because each lies in one piece of it.
_REASONS = (
    b"304 Not Modified 404 Not Found 206 Partial Content 204 No Content 302 Found 400 Bad Request 201 Created "
    b"500 Internal Server Error 303 See Other 401 Unauthorized 403 Forbidden 405 Method Not Allowed 6",
    b"202 Accepted 203 Non-Authoritative Information 205 Reset Content 300 Multiple Choices 301 Moved Permanently "
    b"307 Temporary Redirect 308 Permanent Redirect 406 Not Acceptable 408 Request Timeout 409 Conflict 6",
    b"410 Gone 411 Length Required 412 Precondition Failed 413 Content Too Large 414 URI Too Long "
    b"415 Unsupported Media Type 416 Range Not Satisfiable 417 Expectation Failed 421 Misdirected Request 6",
    b"422 Unprocessable Content 429 Too Many Requests 431 Request Header Fields Too Large 501 Not Implemented 502 "
    b"Bad Gateway 503 Service Unavailable 504 Gateway Timeout 505 HTTP Version Not Supported 507 Insufficient "
    b"Storage 6",
)


def reason(code):
    """Return the reason phrase (bytes) of a status code (int), b"" if it has none."""
    for text in _REASONS:
        i = j = text.find(b"%d " % code) + 4
        if i > 3:
            while not 48 <= text[j] <= 57:
                j += 1
            return text[i : j - 1]
    return b""


def status(code):
    """Return a status code (int or str of digits) as an int. Raises ValueError if it is not from 200 to 599."""
    if isinstance(code, str) and code.isdigit():
        code = int(code)
    if not isinstance(code, int) or not 200 <= code < 600:
        raise ValueError("A status is an int from 200 to 599, not %r" % (code,))
    return code


def phrase(code):
    """Return the default body (str) of a status code: its reason phrase and a newline."""
    return (reason(code).decode() or "Status %d" % code) + "\n"


def unpack(resp, result):
    """Set status and header fields from (body, code), (body, code, fields) or (body, fields), and return the body.

    fields: a dict or a list of (name, value) pairs. Raises TypeError or ValueError for any other tuple.
    """
    code = result[1:]
    few = code and isinstance(code[0], (dict, list))
    if len(code) == (1 if few else 2):
        lazy.header_fields.set_fields(resp, code[-1])
        code = code[:-1]
    elif few or len(code) != 1:
        raise TypeError("A handler returns (body, code), (body, code, fields) or (body, fields), not %r" % (result,))
    if code:
        resp.code = status(code[0])
    return result[0]
