# Several heads that are remembered, for several clients in turn. Loaded when the port is opened, where memory is
# ample.
#
# CONTRACT. app._heads is a list of Heads, the one used last first, and None where there is none yet; its length is how
# many are remembered. request.read_head() knows the first one alone, app._last_head with its bytes in
# app._head_bytes, and puts what it parses there. What a head means depends on its bytes alone, whoever has sent it.
# When app._last_head is None, routes or guards have changed, the server stops, or a head was an error: then none of the
# others holds either. When memory runs out, app._heads becomes None, and one head is remembered.

from .http import Head
from .request import HEAD


def find(app, buf, line, n):
    """Return the Head at the start of the n bytes in a buffer if it is remembered, otherwise None.

    line: the index of the first CR LF. Before it returns None it makes that Head the first one which has the same
    fields, or else the one that was used least recently.
    """
    heads = app._heads
    heads[0] = last = app._last_head
    place = len(heads) - 1
    if not last:
        # Their places are not used again, as requests that wait may have their heads there.
        heads[1:] = [None] * place
    view = memoryview(buf)
    for i in range(place + 1):
        head = heads[i]
        if head:
            raw = head.raw
            start = raw.find(b"\r\n")
            end = line + head.end - start
            if end <= n and view[line:end] == memoryview(raw)[start:]:
                same = end == head.end and not buf.find(raw, 0, end)
                if same or not head._odd:
                    place = i
                    break
    else:
        same = False
        head = heads[place]
        if not head:
            try:
                # The Head of a place that is empty: no bytes are as many.
                head = Head()
                head.raw = bytearray(HEAD)
                head.end = 1 << 29
            except MemoryError:  # pragma: no cover  unseen on CPython
                app._heads = None
                return None
    if place:
        heads.pop(place)
        heads.insert(0, head)
        app._head_bytes = head.raw
        app._last_head = head
    return head if same else None
