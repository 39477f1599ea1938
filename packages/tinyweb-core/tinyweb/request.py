# ONE request: its head, as parse_head() gave it.


from .extension import room


class request:
    # _left are the bytes to come of the body, or of this chunk if it is _chunked; -1 before a chunk.
    _left = 0
    _chunked = False
    _expect = False

    # The engine sets _c, the connection, and _head (see Engine._memo): an __init__ with arguments would take an
    # allocation more for each request.

    def __getattr__(self, name):
        # All that a handler may ask of a request stands in ask.py: as methods here it would cost each program 2 KB of
        # heap (on 64 bit), and each request the time to store what nobody reads.
        return room("ask").ask(self, name)
