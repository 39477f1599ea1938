# One response: what the commonest ones need.
#
# CONTRACT. A response goes through the states below, in that order; an error may put it back to NEW while its head has
# not left. What a handler returns leaves with its head in one write, from _reply(). What it sends is gathered by
# streaming.py, and leaves in one write too if the handler ends before the buffer is full. Every head but the plainest
# is made in framing.py.

from .http import _HTML, _TEXT, HTTPException
from .lazy import bind, lazy, unload

NEW = 0
STARTED = 1  # start(), start_html() or send() was called
SENT = 2  # the head is on its way
DONE = 3  # all bytes are framed; what is not sent yet stands in _unsent

_PLAIN = (str, bytes)
_NOT_FOUND = (
    b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 10\r\n\r\nNot Found\n"
)

# The last plain head: its lines, its length and the whole, as a handler often returns bodies of one kind.
_last_head = (None, 0, b"")
# The last short body (str) and the whole response: a handler that returns the same object again gets the same (-17%).
_last_body = _last_response = None


class response:
    # Defaults that rarely change live on the class: an instance attribute costs 16 bytes. protocol.py sets req and
    # headers: an __init__ with arguments would take one allocation more for each request.
    code = 200
    version = "1.1"
    sent_bytes = 0  # of the body
    state = NEW
    extra_lines = b""  # header lines that an extension has made ready
    type_line = b""  # the Content-Type line of the server's own, where the program sets none
    _chunked = False
    no_body = False  # HEAD, 204, 304
    _promised = None  # bytes to come of a Content-Length that the program set itself
    _unsent = b""  # framed, and to be sent before anything else
    _buffer = None  # what is gathered for streaming.py: [6:_filled], and _buffer_end is where it may end
    _filled = 6
    _buffer_end = 0  # below 0: nothing of the request's head is needed any more
    _hooks_run = False  # hooks are running: nothing leaves, though one waits
    _writing = False  # a write waits for the client, or an extension is sending
    _released = False  # whether it is long, and without a slot: True, or its Link
    _keep_alive = True  # whether the connection is kept, once the head is made
    _due_hooks = None  # the after_request() hooks that have not run yet, see dispatch.next_hook()
    _callbacks = ()  # what then() was given

    def __getattr__(self, name):
        # The rest of what a handler may do with a response: as methods here it would cost each program heap.
        if name == "send" or name == "start_html":
            f = lazy.streaming.method(name)
        else:
            module = lazy.response_methods.module_of(name)
            # It is needed for the first call of a method only.
            unload("response_methods")
            f = getattr(getattr(lazy, module), name)
        bind(response, name, f)
        return getattr(self, name)

    def _reply(self, body):
        # Return the response with what a handler returned as bytes, b"" for something to await. A long body stays in
        # _unsent.
        global _last_body, _last_response
        same = body is _last_body
        if not (same or isinstance(body, _PLAIN)):
            body = lazy.results.shape(self, body)
            if body is None:
                return b""
        req = self.req
        head = req.head
        if not head.plain or self.code != 200 or self.headers or req._body_left or self.version != "1.1":
            return lazy.framing.reply(self, body)
        if self.type_line or self.extra_lines or not head.keep_alive:
            return self._plain_reply(body)
        if not same:
            answer = self._plain_reply(body)
            if self.state == SENT or len(answer) > 512 or not isinstance(body, str):
                return answer
            _last_body = body
            _last_response = answer
        return _last_response

    def _plain_reply(self, body):
        # Kept out of _reply(): with all of these variables every call would allocate its frame on the heap.
        global _last_head
        lines = self.type_line
        if isinstance(body, str):
            body = body.encode()
            lines = lines or (_HTML if body and body[0] == 60 else _TEXT)  # "<"
        n = len(body)
        if n > 1024:
            self.type_line = lines
            return lazy.framing.reply(self, body)
        lines = (lines or n and _TEXT or b"") + self.extra_lines
        if not self.req.head.keep_alive:
            lines += b"Connection: close\r\n"
            self._keep_alive = False
        if n != _last_head[1] or lines != _last_head[0]:
            _last_head = (lines, n, b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (lines, n))
        return _last_head[2] + body

    def _not_found(self, error):
        # Return the response to a path without a route as bytes, None for any other error: every browser asks for a
        # /favicon.ico, and what responds to errors of all kinds takes 8 KB of heap.
        if not (isinstance(error, HTTPException) and error.code == 404) or error.message or error.headers:
            return None
        head = self.req.head
        route = head.route or error.near
        if self.headers or self.state or route and route.error_body:
            return None
        self.code = 404
        if head.plain and head.keep_alive and not self.req._body_left:
            return _NOT_FOUND
        self.type_line = _TEXT
        self.extra_lines = b""
        return lazy.framing.reply(self, _NOT_FOUND[-10:])
