"""What each line of Python costs. Every statement inside a function of the staged modules is preceded by a write of
its own number to a file; callgrind starts a new part at each such write, so part n is what was done from mark n to the
next one: by that statement, by MicroPython's own modules (asyncio among them) for it, but not by marked lines that it
called. The price of a mark itself is measured (two in a row) and taken off.

The counts are exact, but the marks add allocations of none and time of some: read shares here, totals elsewhere.
What a server does by the clock (a watchdog) shows far too often: callgrind makes seconds of what takes a moment."""

import ast
import collections
import re
import subprocess
import tempfile
from pathlib import Path

from .client import Client
from .tools import Program, environment, find, interpreter, stage

_MARK = "_mark"
_HEADER = "from linemarks import mark as %s\n" % _MARK
# Behind the start, the only writes to files in these programs are the marks; sockets have a write of their own.
_FUNCTION = "vfs_posix_file_write"
_MODULE = """
import io
_file = open("marks", "wb")
mark = _file.write
"""
_ASKED = 6
_COUNTED = 4


class _Marker(ast.NodeTransformer):
    """Puts a mark before each statement of each function; module and class bodies run once and stay as they are."""

    def __init__(self, path, places):
        self.path, self.places, self.depth, self.function = path, places, 0, []

    def _marked(self, body):
        result = []
        for statement in body:
            text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if not text and not isinstance(statement, (ast.Global, ast.Nonlocal)):
                self.places.append((self.path, statement.lineno, ".".join(self.function)))
                number = b"%05d" % (len(self.places) - 1)
                result.append(ast.Expr(ast.Call(ast.Name(_MARK, ast.Load()), [ast.Constant(number)], [])))
            result.append(self.visit(statement))
        return result

    def generic_visit(self, node):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.function.append(node.name)
            self.depth += 1
            node.body = self._marked(node.body)
            self.depth -= 1
            self.function.pop()
            return node
        if isinstance(node, ast.ClassDef):
            outer, self.depth = self.depth, 0
            self.function.append(node.name)
            node.body = [self.visit(statement) for statement in node.body]
            self.function.pop()
            self.depth = outer
            return node
        if self.depth:
            for name in ("body", "orelse", "finalbody"):
                block = getattr(node, name, None)
                if isinstance(block, list) and block:
                    setattr(node, name, self._marked(block))
            for handler in getattr(node, "handlers", ()):
                handler.body = self._marked(handler.body)
            return node
        return super().generic_visit(node)

    visit_Lambda = visit_IfExp = lambda self, node: node


def _parts(text):
    """The cost of each part of a callgrind file of combined dumps."""
    return [int(total) for total in re.findall(r"^totals: (\d+)", text, re.M)]


def measure(server, workload, heap):
    """(places, costs, counts, price): for each (path, line, function) its instructions and passes for a request."""
    places = []

    def transform(path, text):
        tree = _Marker(path, places).visit(ast.parse(text))
        ast.fix_missing_locations(tree)
        at = 0
        for statement in tree.body:  # a future statement or the docstring stays in front
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                at += 1
                continue
            break
        tree.body[at:at] = ast.parse(_HEADER).body
        return ast.unparse(tree)

    with tempfile.TemporaryDirectory() as board:
        name = stage(server, workload, board, transform)
        if name is None:
            return None
        (Path(board) / "linemarks.py").write_text(_MODULE)
        out = Path(board) / "out"
        before = [
            find("valgrind"), "--tool=callgrind", "--quiet", "--combine-dumps=yes", "--dump-line=no",
            "--dump-before=" + _FUNCTION, "--callgrind-out-file=%s" % out,
        ]  # fmt: skip
        with Program(board, name, workload, heap, before) as program:
            client = Client(program, timeout=300, settle=True)
            marks = Path(board) / "marks"
            seen = []
            for number in range(_ASKED):
                client.send(workload, 1, number)
                program.wait_asleep(60)
                seen.append(marks.stat().st_size // 5)
            program.end()
            client.close()
        numbers = marks.read_bytes()
        sequence = [int(numbers[at : at + 5]) for at in range(0, len(numbers), 5)]
        # A part begins at each mark. What the program printed at its start are writes, too: those parts come first.
        parts = _parts(out.read_text())[-len(sequence) :]
    costs, counts = collections.Counter(), collections.Counter()
    first, last = seen[_ASKED - _COUNTED - 1], seen[_ASKED - 1]
    for at in range(first, last):
        costs[sequence[at]] += parts[at]
        counts[sequence[at]] += 1
    return places, costs, counts


def price(heap):
    """What one mark costs: the smallest part there is when two follow each other, in the same interpreter."""
    with tempfile.TemporaryDirectory() as board:
        out = Path(board) / "out"
        (Path(board) / "linemarks.py").write_text(_MODULE)
        (Path(board) / "marked.py").write_text(_HEADER + "def f():\n" + "    _mark(b'00000')\n" * 6 + "f()\n")
        subprocess.run(
            [find("valgrind"), "--tool=callgrind", "--quiet", "--combine-dumps=yes", "--dump-line=no",
             "--dump-before=" + _FUNCTION, "--callgrind-out-file=%s" % out,
             *interpreter(), "-X", "heapsize=" + heap, "-m", "marked"],
            cwd=board, env=environment(), check=True, capture_output=True, timeout=60,
        )  # fmt: skip
        return min(_parts(out.read_text())[1:-1])


def show(server, workload, heap, everything=False, top=60):
    """Print the table."""
    found = measure(server, workload, heap)
    if found is None:
        print("%s has no program for %s" % (server.name, workload.name))
        return
    places, costs, counts = found
    mark = price(heap)
    rows = []
    for number, cost in costs.items():
        path, line, function = places[number]
        passes = counts[number] / _COUNTED
        rows.append((cost / _COUNTED - passes * mark, passes, path, line, function))
    total = sum(row[0] for row in rows)
    print("%s %s: %.0f instructions in %d lines (marks of %d taken off)" % (
        server.name, workload.name, total, len(rows), mark))  # fmt: skip
    rows.sort(key=(lambda row: (str(row[2]), row[3])) if everything else (lambda row: -row[0]))
    sources = {}
    print("%9s %6s %7s  line" % ("instr.", "share", "passes"))
    for cost, passes, path, line, function in rows if everything else rows[:top]:
        if path not in sources:
            sources[path] = path.read_text().splitlines()
        text = sources[path][line - 1].strip()
        print("%9.0f %5.1f%% %7.2f  %s:%d %s: %s" % (
            cost, 100 * cost / total, passes, path.name, line, function, text[:90]))  # fmt: skip
