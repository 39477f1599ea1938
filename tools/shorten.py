"""Give private names of the packages names that every firmware has, for the `.mpy` flavour of the package index.

    python tools/shorten.py            which name of a .mpy file stands for which of the sources

CONTRACT. shorten(texts, public, first) takes {path: source text} of one package and returns the same, where

- attributes, globals, functions and classes of the package's own, and
- parameters that nobody passes by name

have other names. Each name in `public` keeps its own (see public_names(): what stubs and pages for authors of
extensions say, and what other packages use), so do those in SHOWN, each that a string of the package may name, and each
that the interpreter's own objects may have. Modules keep their names. The same texts give the same names.

Why: MicroPython keeps each name of a module for good: 8 bytes of heap and its text, and 1.1 KB in one piece when there
are 140 of them, 2.2 KB when there are 300 (32 bit). The names of its firmware cost nothing.
"""

import ast
import re

from merge import parse
from project import ROOT, packages, run

# What each firmware with a network has: names that a .mpy file of version 6 refers to by a number; those of asyncio,
# which the core needs; and those of modules that every port builds, the ESP8266's too. Names of the language itself are
# not among them.
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
    " awrite awritestr backlog bind buf call_exception_handler cancel cb connect context coro create_task"
    " cur_task current_task data default_exception_handler done drain dt er errno exc exc_type flags gather"
    " get_event_loop get_exception_handler get_extra_info getaddrinfo handler host idx ioctl ipoll is_set listen"
    " locked loop main_task modify new_event_loop off open_connection out_buf peek peername ph_key poll poller port"
    " print_exception push queue_read queue_write readexactly register release req return_exceptions run run_forever"
    " run_until_complete runq_len server_hostname set_exception_handler setblocking setsockopt sgen sleep sleep_ms"
    " socket ssl start_server state stderr stream_awrite sz task tb timeout unregister wait wait_closed wait_for"
    " wait_for_ms wait_io_event waiter waiting waitq_len wrap_socket"
).split()
_MODULES = (
    "a2b_base64 addressof appendleft argv b2a_base64 byteorder bytearray_at bytes_at calcsize chdir copysign deque"
    " difference difference_update discard enumerate frexp fromkeys frozenset getcwd getrandbits heap_lock heap_unlock"
    " heapify heappop heappush heapq hexlify ilistdir intersection intersection_update isdisjoint isenabled isfinite"
    " isinf isnan issubset issuperset kbd_intr ldexp listdir localtime makefile mem16 mem32 mem8 mem_alloc mem_info"
    " mkdir mktime mount opt_level pack_into pend_throw popleft property qstr_info radians recvfrom rename reversed"
    " rmdir schedule sendto settimeout sizeof sleep_us stack_use statvfs symmetric_difference"
    " symmetric_difference_update ticks_add ticks_cpu ticks_us time_pulse_us trunc umount unhexlify union unlink"
    " unpack_from version_info ARRAY BFINT16 BFINT32 BFINT8 BFUINT16 BFUINT32 BFUINT8 BF_LEN BF_POS BIG_ENDIAN EAGAIN"
    " EALREADY EBADF ECONNABORTED ECONNREFUSED ECONNRESET EEXIST EHOSTUNREACH EINPROGRESS EINVAL EIO EISDIR ENOBUFS"
    " ENODEV ENOENT ENOMEM ENOTCONN EOPNOTSUPP EPERM ETIMEDOUT FLOAT32 FLOAT64 INT16 INT32 INT64 INT8 LITTLE_ENDIAN"
    " NATIVE PTR UINT16 UINT32 UINT64 UINT8 VOID acos asin atan atan2 ceil cos degrees errorcode fabs floor fmod modf"
    " sqrt tan uctypes"
).split()
# Names of a file that no traceback shows: of attributes alone. Each is a number in a .mpy file, too.
_EXCEPTIONS = (
    "ArithmeticError AssertionError Ellipsis GeneratorExit IndentationError IndexError KeyError LookupError NameError"
    " NoneType NotImplementedError OverflowError SyntaxError SystemExit ZeroDivisionError"
).split()
# The shorter ones first: a file has the text of all but _STATIC.
_FIRMWARE = [*_EXCEPTIONS, *_STATIC, *sorted(_ASYNCIO + _MODULES, key=len)]
# Words that programs may well use for attributes of their own on the application, a request or a response.
_TAKEN = (
    "abs all any args builtins clear close connect const context copy count data dir end flags format get hash id index"
    " insert items key keys list listen locked main map mount next object open peek poll pop push read recv register"
    " remove rename replace reverse round run schedule send set sleep sort split start step stop str sum"
    " task time timeout type union update value values wait write zip"
).split()
# A global of a package may not hide what a program has from a builtin or from `import *`.
_BUILTIN = (
    "abs all any bin bool bytearray bytes callable chr classmethod dict dir divmod enumerate eval exec filter"
    " frozenset getattr globals hasattr hash hex id int isinstance issubclass iter len list locals map max min next"
    " object oct open ord pow print property range repr reversed round set setattr slice sorted staticmethod str sum"
    " super tuple type zip"
).split() + _EXCEPTIONS
# Functions that keep their names: each traceback of a handler begins with it.
SHOWN = {"serve_connection"}
_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def words(text):
    """Return the names that stand in a text."""
    return set(re.findall(r"\w+", text))


def _spelt(text):
    # Return the names that a string may give to getattr() and its like: what is one word, and name:module in a table.
    # The words of a sentence are none.
    return {text} if text.isidentifier() else words(" ".join(re.findall(r"\w+:\w+", text)))


def public_names(package):
    """Return the names that other packages, and programs, use of a package (set)."""
    found = set()
    # what a page for authors of extensions shows as code
    for code in re.findall(r"(?s)```.*?```|`[^`]+`", (ROOT / "docs" / "new-package.md").read_text(encoding="utf-8")):
        found |= words(code)
    stubs = [*ROOT.glob("packages/*/**/*.pyi")]
    others = [path for path in ROOT.glob("packages/*/*.py") if path.parent.name != package.folder.name]
    for path in stubs + others:
        for node in ast.walk(parse(str(path), path.read_text(encoding="utf-8"))):
            if path in stubs or isinstance(node, ast.Attribute | ast.keyword | ast.alias):
                found |= set() if _is_own(node) else _names(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= _spelt(node.value)
    # With these a stub says that a program may set what it likes: no name of the code.
    return found - {"__getattr__", "__setattr__"}


def _is_own(node):
    # Return whether a node is self._name: a private attribute of the file's own class.
    return (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
            and node.attr[:1] == "_" and node.attr[:2] != "__")


def _names(node):
    # Return the names that a node of a syntax tree has itself.
    if isinstance(node, ast.alias):
        return words(f"{node.name} {node.asname or ''}")
    for kind, name in ((ast.Name, "id"), (ast.Attribute, "attr"), (ast.arg | ast.keyword, "arg"),
                       (_FUNCTIONS | ast.ClassDef, "name")):
        if isinstance(node, kind):
            return {getattr(node, name)} - {None}
    return set()


def shorten(texts, public, stubs, first=(), tell=None):
    """Return {path: source text} with other names, see above.

    stubs: whether the package's stubs tell all that is public in it. Otherwise only what begins with an underscore is
    private, and of attributes only those of self: others may be of an object of the core. first: the paths whose names
    matter most, as they are loaded most often.
    tell: called with {old name: new name}, parameters not among them.
    """
    trees = {path: parse(path, text) for path, text in texts.items()}
    exchange = _exchange(trees, set(public), stubs, first)
    if tell:
        tell(exchange.names)
    return {path: ast.unparse(exchange.visit(tree)) + "\n" for path, tree in trees.items()}


def _exchange(trees, public, stubs, first):
    used = {}
    rank = {}
    kept = public | set(_FIRMWARE)
    own = set()
    top = set()  # of modules
    passed = set()  # as keywords
    for path, tree in trees.items():
        kept |= words(path)
        aliases = set()
        place = first.index(path) if path in first else len(first)
        for node in ast.walk(tree):
            for name in _names(node):
                used[name] = used.get(name, 0) + 1
                rank[name] = min(rank.get(name, place), place)
            if isinstance(node, _FUNCTIONS | ast.ClassDef):
                own.add(node.name)
            elif isinstance(node, ast.keyword) and node.arg:
                passed.add(node.arg)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                kept |= _spelt(node.value)
            elif isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "level", 0):
                within = _is_within(node, trees)  # then what is private stays within the package
                kept |= {word for alias in node.names for word in words(alias.name) if not (within and word[0] == "_")}
                aliases |= {alias.asname for alias in node.names if alias.asname}
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                own.add(node.attr)
                kept |= set() if stubs or _is_own(node) else {node.attr}
        own |= _globals(tree) | aliases
        top |= {name for node in tree.body for name in _bound(node)} | aliases
        top |= {node.name for node in ast.walk(tree) if isinstance(node, _FUNCTIONS | ast.ClassDef)}
    if not stubs:
        kept |= {name for name in own if name[:1] != "_"}
    arguments = {node.arg for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.arg)}
    taken = set(used) | (kept - set(_FIRMWARE)) | passed | arguments | set(_TAKEN)
    own -= SHOWN
    private = {name for name in own - top if name[:1] == "_"}
    names = sorted((name for name in own - kept - passed if name[:2] != "__"),
                   key=lambda name: (rank[name], name not in private, -used[name] * len(name), name))
    free = [name for name in _FIRMWARE if name not in taken]
    # A private attribute may be one of an object that programs set attributes of their own on: it gets no plain word.
    words_first = sorted(free, key=lambda name: not _is_word(name))
    pairs = {}
    for name in names:
        for new in free if name in private else words_first:
            if not (_is_word(new) if name in private else new in _BUILTIN and name in top):
                pairs[name] = new
                free.remove(new)
                words_first.remove(new)
                break
    return _Names(pairs, kept - set(_FIRMWARE) | public, passed, trees)


def _is_within(node, paths):
    # Return whether an import takes names from another file of the package.
    return isinstance(node, ast.ImportFrom) and (node.level > 0 or f"{node.module}.py" in paths)


def _is_word(name):
    return re.fullmatch("[a-z]{1,8}", name)


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

    def __init__(self, names, kept, passed, paths):
        self.names = names
        self.kept = kept
        self.passed = passed
        self.paths = paths

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

    def visit_Import(self, node):
        for alias in node.names:
            alias.asname = alias.asname and self._new(alias.asname)
        return node

    def visit_ImportFrom(self, node):
        for alias in node.names:
            if _is_within(node, self.paths):
                alias.name = self._new(alias.name)
        return self.visit_Import(node)

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        inner = _FUNCTIONS | ast.Lambda | ast.ClassDef
        nested = any(isinstance(child, inner) for child in ast.walk(node) if child != node)
        name = node.name
        node.name = self._new(name)
        if name not in self.kept and not nested:
            inside = {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
            # A function that stands for a public one gets keywords by **: such parameters have defaults.
            defaults = node.args.args[len(node.args.args) - len(node.args.defaults) :]
            args = [arg for arg in node.args.args
                    if arg.arg not in self.passed and not (arg in defaults and arg.arg in self.kept)]
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

    def visit_ClassDef(self, node):
        self.generic_visit(node)
        node.name = self._new(node.name)
        return node


def main():
    """Print each exchanged name of each package."""
    import index  # which imports this module

    for package in packages():
        def tell(names, package=package.name):
            for old in sorted(names):
                print(f"{package}: {old} is {names[old]}")

        index.sources(package, tell)


if __name__ == "__main__":
    run(main)
