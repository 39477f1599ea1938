# ONE request: its head, as parse_head() gave it.


from .extension import room


class request:
    # _left are the bytes to come of the body, or of this chunk if it is _chunked; -1 before a chunk.
    _left = 0
    _chunked = False
    _expect = False

    def __init__(self, conn, head):
        self._c = conn
        self._head = head  # see Engine._memo
        if head[6]:
            self._left = head[6]
            self._expect = head[7]

    def __getattr__(self, name):
        # All that a handler may ask of a request stands in ask.py: as methods here it would cost each program 2 KB of
        # heap (on 64 bit), and each request the time to store what nobody reads.
        return room("ask").ask(self, name)
