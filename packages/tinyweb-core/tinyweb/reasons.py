# Reason phrases (RFC 9110 15): loaded for the first answer that is not 200.

# One string instead of a dict: 40 small objects would cost 3 KB of heap.
_REASONS = (
    b"201 Created 202 Accepted 203 Non-Authoritative Information 204 No Content 205 Reset Content 206 Partial Content "
    b"300 Multiple Choices 301 Moved Permanently 302 Found 303 See Other 304 Not Modified 307 Temporary Redirect "
    b"308 Permanent Redirect 400 Bad Request 401 Unauthorized 403 Forbidden 404 Not Found 405 Method Not Allowed "
    b"406 Not Acceptable 408 Request Timeout 409 Conflict 410 Gone 411 Length Required 412 Precondition Failed "
    b"413 Content Too Large 414 URI Too Long 415 Unsupported Media Type 416 Range Not Satisfiable "
    b"417 Expectation Failed 421 Misdirected Request 422 Unprocessable Content 426 Upgrade Required "
    b"428 Precondition Required 429 Too Many Requests 431 Request Header Fields Too Large 500 Internal Server Error "
    b"501 Not Implemented 502 Bad Gateway 503 Service Unavailable 504 Gateway Timeout 505 HTTP Version Not Supported 6"
)


def reason(code):
    """Give the reason phrase of a status code (bytes), b"" for one without."""
    i = j = _REASONS.find(b"%d " % code) + 4
    while i > 3 and not 48 <= _REASONS[j] <= 57:
        j += 1
    return _REASONS[i : j - 1]
