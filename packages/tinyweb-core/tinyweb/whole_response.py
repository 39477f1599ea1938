# Responses that an extension has made as a whole, for one that serves all requests for a while. Lazy module: loaded by
# the first of them. It is one function, as little memory may be left.

from .response import DONE


def raw(resp, data):
    """Send bytes as they are, as an extension's own response; it ends with the connection. Return an awaitable."""
    resp.state = DONE
    resp._keep_alive = False
    resp.req._body_left = 0  # it is the extension's to read
    return resp.req._conn.write(data)
