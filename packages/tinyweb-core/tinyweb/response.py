# Writes ONE response: its head, and its body with a length, in chunks, or up to the close of the connection.
#
# CONTRACT. Nothing leaves before it must. What a handler returns leaves with its head in one write, from _reply().
# What it sends piece by piece is gathered by stream.py, and leaves in one write too if it ends before the buffer is
# full. The framing and "Connection" are decided when the head is made, in _head(), and nowhere else. A handler that
# frames its answer itself (a Content-Length, a Transfer-Encoding, version "1.0") is obeyed. HEAD, 204 and 304 never
# have a body (RFC 9110 6.4.1).

from .connection import DONE, view
from .extension import lend, room
from .http import _HTML, _TEXT, HTTPException

_SHAPES = (tuple, dict, list)

# The last plain head: its lines, its length and the whole. Who answers the same again and again has it made once.
_ready = (None, 0, b"")
# The last short body (str), and the whole answer: a handler that returns the same object again gets the same (-17%).
_body = _answer = None


class response:
    code = 200
    version = "1.1"
    sent_bytes = 0  # of the body
    _type = b""  # the line of the Content-Type that is ours, when the program set none
    lines = b""  # further lines of the head, whole, which an extension has made ready
    # The response is complete: nothing is left to send but what stands in _rest. An extension sets it, and None before
    # it is: while it sends by itself.
    whole = False
    _begun = False  # start(), start_html() or send() was called
    _sent = False  # the head is on its way
    _chunked = False
    _mute = False  # no body: HEAD, 204, 304
    _left = None  # bytes to come of a length that the handler gave itself
    _rest = b""  # framed already, and to be sent before anything else
    _out = None  # stream.py's buffer, where its data ends, and where they may end
    _fill = 6
    _end = 0
    _held = False  # nothing is to leave now, though it waits
    _writing = False  # a write waits for the client
    _released = False  # it goes on for long, without a slot
    _keep = True  # whether the connection is kept, once the head is made
    _due_hooks = None  # the after_request() hooks that have not run yet, None before the first, see stream.after()
    _then = ()  # what is called when the response has left, see pieces.then()

    # The engine sets _req and headers: an __init__ with arguments would take an allocation more for each request.

    def start_html(self):
        """Start an answer of HTML; its head leaves with what is sent first. Awaitable."""
        self._type = _HTML
        self._begun = True
        return DONE

    def _connection(self, anyway=False):
        # Return the connection, to send more on it; anyway: also where all is framed, as the rest may have to leave.
        c = self._req._c
        if c.resp is not self:
            raise OSError  # the request is over
        if self.whole and not anyway:
            raise RuntimeError("This response is complete: nothing more of it can be sent")
        return c

    def __getattr__(self, name):
        # What else a handler may do with a response stands in answer.py, as methods here would cost each program heap.
        lend(response, name, room("stream").send if name == "send" else room("answer").method(name))
        return getattr(self, name)

    def _reply(self, body):
        # Give the answer with what a handler returned: body, (body, code) or (body, code, headers), as bytes to send.
        # A long body stays in _rest.
        global _body, _answer
        same = body is _body
        if not same and isinstance(body, _SHAPES):
            body = room("results").shape(self, body)
        req = self._req
        head = req._head
        plain = head[9] and self.code == 200 and not (self.headers or req._left) and self.version == "1.1"
        if not plain or self._type or self.lines or not head[5]:
            return self._whole(body, plain)
        if not same:
            answer = self._whole(body, True)
            if self._sent or len(answer) > 512 or not isinstance(body, str):
                return answer  # b"" for an awaitable, which finish() awaits
            _body = body
            _answer = answer
        return _answer

    def _whole(self, body, plain):
        # Apart from _reply(): with all of these variables its state would lie on the heap, at each request.
        global _ready
        lines = self._type
        if isinstance(body, str):
            body = body.encode()
            if not lines:
                lines = _HTML if body and body[0] == 60 else _TEXT
        else:
            if not isinstance(body, bytes):
                if hasattr(body, "send"):
                    return b""
                body = view(body)
                if len(bytes(body[:1])) > 1:
                    body = bytes(body)  # an array of larger items: what is counted is bytes
            if not lines and len(body):
                lines = _TEXT
        n = len(body)
        if n > 1024 or not plain:
            if n > 1024:
                self._rest = body
                body = b""
            self._type = lines
            return self._head(n, bytes(body))
        if self.lines:
            lines += self.lines
        if not self._req._head[5]:
            lines += b"Connection: close\r\n"
            self._keep = False
        if n != _ready[1] or lines != _ready[0]:
            _ready = (lines, n, b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (lines, n))
        return _ready[2] + body

    def _not_found(self, error):
        # Return the response for the commonest error as bytes, None for any other: what answers errors of all kinds
        # takes 8 KB of heap, and each browser asks for a /favicon.ico.
        if not (isinstance(error, HTTPException) and error.code == 404) or error.message or error.headers:
            return None
        route = self._req._head[11] or error.routes or error.near
        if self.headers or self._begun or self._sent or route and route[6]:
            return None
        self.code = 404
        self._type = self.lines = b""
        return self._reply("Not Found\n")

    def _head(self, length, body=b""):
        # Make the head, with a body behind it; length is the body's in bytes, None while it is not known.
        req = self._req
        head = req._head
        version = head[3]
        code = self.code
        if code != 200 and code != 404:
            code = self.code = room("reasons").status(code)
        lines = self._type
        keep = head[5]
        mute = code == 204 or code == 304 or head[0] == b"HEAD"
        own = framed = None
        if self.headers:
            lines, keep, own = room("fields").head_lines(self, lines, keep)
        lines += self.lines
        old = self.version == "1.0"
        if old:
            keep = False  # the program wants to talk 1.0: the close ends the body
        elif own or code == 204:
            pass
        elif length is not None:
            framed = code != 304 or length > 0
        elif version == 10:
            keep = keep and mute
        else:
            self._chunked = not mute
            lines += b"Transfer-Encoding: chunked\r\n"
        # A body left unread is read over to keep the connection, if it is short. Nobody knows whether a client that
        # waits for 100 (Continue) will send its body now (RFC 9110 10.1.1).
        if req._left and (req._expect or req._left > 4096):
            keep = False
        if version < 11 or not keep:
            lines += b"Connection: keep-alive\r\n" if keep else b"Connection: close\r\n"
        self._keep = keep
        if mute:
            self._mute = True
            self._rest = body = b""
        elif body or self._rest:
            if self._left is not None:
                # The handler's own length is its promise: no byte more than it, and fewer end the connection.
                body = body[: self._left]
                self._rest = self._rest[: self._left]
                self._left -= len(body) + len(self._rest)
            self.sent_bytes = len(body) + len(self._rest)
        if framed:
            lines += b"Content-Length: %d\r\n" % length
        if code == 200:
            text = b"OK"
        else:
            text = b"Not Found" if code == 404 else room("reasons").reason(code)
        text = b"HTTP/1.%d %d %s\r\n%s\r\n%s" % (0 if old else 1, code, text, lines, body)
        # Set last: whatever fails above has sent nothing, so that an error can still be answered.
        self._sent = True
        return text
