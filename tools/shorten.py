"""Give what no traceback names names that every firmware has, for the `.mpy` flavour of the package index.

CONTRACT. shorten(texts, public) takes {path: source text} of one package and returns the same, where

- attributes and globals of the package's own, and
- parameters that nobody passes by name

have other names. Functions, classes and modules keep theirs, because a traceback shows them. So does each name in
`public` (a set: what stubs and pages for authors of extensions say, and what other packages use), each that stands in a
string, and each that the interpreter's own objects may have. The same texts give the same names.

Why: MicroPython keeps each name of a module for good: 8 bytes of heap and its text, and 2.2 KB in one piece when there
are 300 of them (32 bit). The names of its firmware cost nothing. A dashboard runs in 4 KB less, a hello in 1.5 KB.
"""

import ast
import re

from merge import parse

# What each firmware with a network has: names that a .mpy file of version 6 refers to by a number, and those of
# asyncio, which the core needs. Names of the language itself are not among them.
_STATIC = (
    "abs all any append args bool builtins bytearray bytecode bytes callable chr classmethod clear close const copy"
    " count dict dir divmod end endswith eval exec extend find format from_bytes get getattr globals hasattr hash id"
    " index insert int isalpha isdigit isinstance islower isspace issubclass isupper items iter join key keys len"
    " list little locals lower lstrip main map micropython next object open ord pop popitem pow print range read"
    " readinto readline remove replace repr reverse rfind rindex round rsplit rstrip self send sep set setattr"
    " setdefault sort sorted split start startswith staticmethod step stop str strip sum throw to_bytes tuple type"
    " update upper value values write zip"
).split()
_ASYNCIO = (
    "CancelledError Event IOBase IOQueue Lock Loop POLLIN POLLOUT SSLContext Server SingletonGenerator Stream"
    " StreamReader StreamWriter TaskQueue ThreadSafeFlag TimeoutError _attrs _dequeue _enqueue _exc_context"
    " _exc_handler _io_queue _promote_to_task _run _stop_task _stopper _task_queue accept aclose acquire attr aw"
    " awrite awritestr aws backlog bind buf call_exception_handler cancel cb connect context coro create_task"
    " cur_task current_task data default_exception_handler done drain dt er errno exc exc_type flags gather"
    " get_event_loop get_exception_handler get_extra_info getaddrinfo handler host idx ioctl ipoll is_set listen"
    " locked loop main_task modify new_event_loop off open_connection out_buf peek ph_key poll poller port"
    " print_exception push queue_read queue_write readexactly register release req return_exceptions run run_forever"
    " run_until_complete runq_len server_hostname set_exception_handler setblocking setsockopt sgen sleep sleep_ms"
    " socket ssl start_server state stderr stream_awrite sz task tb timeout unregister wait wait_closed wait_for"
    " wait_for_ms wait_io_event waiter waiting waitq_len wrap_socket"
).split()
_FIRMWARE = [*_STATIC, *_ASYNCIO]
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def words(text):
    """Return the names that stand in a text."""
    return set(re.findall(r"\w+", text))


def shorten(texts, public, stubs):
    """Return {path: source text} with other names, see above.

    stubs: whether the package's stubs tell all that is public in it. Otherwise only what begins with an underscore is
    private, and attributes are nobody's own.
    """
    trees = {path: parse(path, text) for path, text in texts.items()}
    used = {}
    kept = set(public) | set(_FIRMWARE)
    own = set()
    passed = set()  # as keywords
    defined = set()  # functions and classes
    for path, tree in trees.items():
        kept |= words(path)
        for node in ast.walk(tree):
            if isinstance(node, _FUNCTIONS | ast.ClassDef):
                kept.add(node.name)
                defined.add(node.name)
            elif isinstance(node, ast.keyword) and node.arg:
                passed.add(node.arg)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                kept |= words(node.value)
            elif isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "level", 0):
                kept |= {word for alias in node.names for word in words(f"{alias.name} {alias.asname or ''}")}
            elif isinstance(node, ast.Attribute):
                used[node.attr] = used.get(node.attr, 0) + 1
                if isinstance(node.ctx, ast.Store):
                    own.add(node.attr)
                    kept |= set() if stubs else {node.attr}
            elif isinstance(node, ast.Name):
                used[node.id] = used.get(node.id, 0) + 1
        own |= _globals(tree)
    if not stubs:
        kept |= {name for name in own if name[:1] != "_"}
        public = set(public) | {node.name for tree in trees.values() for node in ast.walk(tree)
                                if isinstance(node, _FUNCTIONS) and node.name[:1] != "_"}
    # A name of the firmware that a function has, or a public attribute, means something else already.
    taken = set(used) | kept - set(_FIRMWARE) | defined | own & set(public) | passed
    taken |= {arg.arg for tree in trees.values() for arg in ast.walk(tree) if isinstance(arg, ast.arg)}
    names = sorted((name for name in own - kept - passed if name[:2] != "__"),
                   key=lambda name: (-used.get(name, 0) * len(name), name))
    free = [name for name in _FIRMWARE if name not in taken]
    exchange = _Names(dict(zip(names, free, strict=False)), kept | passed, set(public))
    return {path: ast.unparse(exchange.visit(tree)) + "\n" for path, tree in trees.items()}


def _globals(tree):
    # Return the names that a module and its classes bind by assignments, in their own scopes.
    found = set()
    for node in tree.body:
        found |= _bound(node)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for child in node.body:
                found |= _bound(child)
    return found


def _bound(node):
    if isinstance(node, _FUNCTIONS | ast.ClassDef | ast.Lambda):
        return set()
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Store) else set()
    return set().union(*map(_bound, ast.iter_child_nodes(node)))


class _Names(ast.NodeTransformer):
    """Exchanges names, and those of parameters."""

    def __init__(self, names, kept, public):
        self.names = names
        self.kept = kept
        self.public = public

    def _new(self, name):
        return self.names.get(name, name)

    def visit_Name(self, node):
        node.id = self._new(node.id)
        return node

    def visit_Attribute(self, node):
        self.generic_visit(node)
        node.attr = self._new(node.attr)
        return node

    def visit_arg(self, node):
        node.arg = self._new(node.arg)
        return node

    def visit_Global(self, node):
        node.names = [self._new(name) for name in node.names]
        return node

    visit_Nonlocal = visit_Global

    def visit_ExceptHandler(self, node):
        self.generic_visit(node)
        node.name = node.name and self._new(node.name)
        return node

    def visit_ImportFrom(self, node):
        if node.level:
            for alias in node.names:
                alias.name = self._new(alias.name)
                alias.asname = alias.asname and self._new(alias.asname)
        return node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        inner = _FUNCTIONS | ast.Lambda | ast.ClassDef
        nested = any(isinstance(child, inner) for child in ast.walk(node) if child != node)
        if node.name not in self.public and not nested:
            inside = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
            args = [arg for arg in node.args.args if arg.arg not in self.kept]
            inside.update(arg.arg for arg in node.args.args if arg not in args)
            free = (name for name in _STATIC if name not in inside)
            names = {arg.arg: next(free) for arg in args}
            for child in ast.walk(node):
                if isinstance(child, ast.arg):
                    child.arg = names.get(child.arg, child.arg)
                elif isinstance(child, ast.Name):
                    child.id = names.get(child.id, child.id)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef
