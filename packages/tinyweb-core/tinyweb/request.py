# One request: its head, as parse_head() returned it, and the state of its body.

from .lazy import lazy


class request:
    # protocol.py sets _conn, the connection, and head: an __init__ with arguments would take one allocation more for
    # each request.
    _body_left = 0  # bytes of the body to come, or of this chunk; below 0 see body.py
    _chunked = False
    _expect = False  # whether the client waits for 100 (Continue)

    def __getattr__(self, name):
        # The rest of what a handler may ask of a request: as methods here it would cost each program 2 KB of heap.
        if name in ("json", "body", "read", "readinto", "read_parse_form_data"):
            return lazy.body.method(self, name)
        return lazy.request_attrs.get(self, name)
