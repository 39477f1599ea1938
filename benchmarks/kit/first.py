"""What the first request of a kind costs, which loads the modules that this kind needs: instructions, heap that is kept
after it, and files that are opened for it."""

import concurrent.futures
import tempfile

from .callgrind import Counter
from .heap import told
from .servers import SERVERS
from .tools import HEAP, stage
from .workloads import FORM, HOST, JSON, Workload, get, post

# The garbage collector: by chance its stack of 64 places is full, and all of the heap is marked once more.
COLLECTOR = ("gc_collect", "gc_collect_start", "gc_collect_root", "gc_collect_end", "gc_mark_subtree", "gc_sweep_all")
FIGURES = ("instructions", "heap kept", "files read")
# The interpreter looks for a module by stat(), and opens only what is there.
OPEN = ("open", "open64", "__open", "__open64", "__libc_open", "__libc_open64", "openat", "__openat64_nocancel")
_HELLO = Workload("first", "a server that has answered hello", "first", (get(b"/"),), b"Hello, world!")
_JSON = b"application/json"

# kind: the request, and the status that must come back
KINDS = {
    "404": (get(b"/favicon.ico"), 404),
    "400": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "405": (b"DELETE / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "500": (get(b"/fails"), 500),
    "dict": (get(b"/dict"), 200),
    "form": (post(b"/form", b"application/x-www-form-urlencoded", FORM), 200),
    "JSON in": (post(b"/form", _JSON, b'{"name": "Ada Lovelace", "more": %s}' % JSON), 200),
    "file": (get(b"/www/file1.html"), 200),
    "redirect": (get(b"/moved"), 302),
}


def _one(kind, board, name):
    request, status = KINDS[kind]
    with Counter(board, name, _HELLO, HEAP, fails=kind == "500") as counter:
        client = counter.client
        counter.warm_up(_HELLO)
        # Twice, as the server remembers request lines that come again.
        _used(client)
        client.send(_HELLO, 2)
        before = _used(client)
        client.send(_HELLO, 2)
        counter.take()
        got = client.ask(request)[0]
        profile = counter.take()
        if got != status:
            raise RuntimeError("first %s: %d" % (kind, got))
        kept = _used(client) - before
    instructions = profile.total - sum(profile.own[name] for name in COLLECTOR)
    return dict(zip(FIGURES, (instructions, max(0, kept), int(profile.called(OPEN))), strict=True))


def _used(client):
    """The least of some answers, as in heap.kept()."""
    return min(int(told(client)[0]) for _ in range(4))


def measure(kinds=KINDS, jobs=3):
    """{kind: {figure: number}}, each in a server of its own."""
    with tempfile.TemporaryDirectory() as board, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        name = stage(SERVERS["tinyweb"], _HELLO, board)
        waiting = {kind: pool.submit(_one, kind, board, name) for kind in kinds}
        return {kind: each.result() for kind, each in waiting.items()}
