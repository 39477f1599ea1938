# A plugin for pytest that writes down which lines of packages/ MicroPython runs: its builds have no sys.settrace, so no
# tool measures that. Before each statement stands a call that writes the statement's line to a file, the first time.
#
#     TINYWEB_MARKS=folder PYTHONPATH=tests python -m pytest -p marks -k "not cpython" tests/app
#
# leaves the lines in folder/lines, one "path:line" a line, several times where several programs ran them. Marked code
# is larger, and so is the heap that it gets, but for one that is too small on purpose.
import ast
import os
import pathlib
import shutil

import harness

FOLDER = pathlib.Path(os.environ.get("TINYWEB_MARKS", "build/coverage/marks")).resolve()
TIMES = 4
TOO_LITTLE = ("30k", "36k", "41k", "44k")  # as in tests/app/test_first_hour.py
RECORDER = """
import builtins

_file = open({path!r}, "ab")
_seen = dict()  # a set that finds no memory to grow is broken then, and MicroPython crashes


def mark(line):
    if line not in _seen:
        _file.write(line)
        try:
            _seen[line] = None
        except MemoryError:
            pass  # then it is written again


builtins._mark = mark
"""


class _Marker(ast.NodeTransformer):
    """Puts a mark before each statement, and at the start of each except."""

    def __init__(self, path):
        self.path = path

    def mark(self, node):
        line = f"{self.path}:{node.lineno}\n".encode()
        return ast.Expr(ast.Call(ast.Name("_mark", ast.Load()), [ast.Constant(line)], []))

    def generic_visit(self, node):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                marked = [self.mark(node)] if isinstance(node, ast.ExceptHandler) else []
                for statement in block:
                    marked += [self.mark(statement), self.visit(statement)]
                setattr(node, name, marked)
        for handler in getattr(node, "handlers", ()):
            self.visit(handler)
        return node


def marked(path):
    """Give the text of a file of packages/ with its marks."""
    tree = _Marker(path.relative_to(harness.ROOT)).visit(ast.parse(path.read_text()))
    return "import marks\ndel marks\n" + ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def pytest_configure(config):
    board_folder, compile_mpy, launch = harness.board_folder, harness.compile_mpy, harness.launch
    lib = FOLDER / "lib"
    lib.mkdir(parents=True, exist_ok=True)
    (lib / "marks.py").write_text(RECORDER.format(path=str(FOLDER / "lines")))

    def compile_marked(source, target, level="-O3"):
        if harness.PACKAGES in source.parents:
            text = marked(source)
            source = harness.scratch() / source.name  # each process of the tests has its own
            source.write_text(text)
        compile_mpy(source, target, level)

    def marked_folder():
        folder = board_folder()
        if not os.path.exists(f"{folder}/marks.py"):  # a program that starts meanwhile must not find it empty
            shutil.copy(lib / "marks.py", folder)
        return folder

    def launch_marked(source, interpreter="micropython", heap=harness.HEAP, path=None, **more):
        if interpreter == "micropython":
            path = [*([marked_folder()] if path is None else path), str(lib)]
            if heap and heap not in TOO_LITTLE:
                heap = f"{int(heap[:-1]) * TIMES}{heap[-1]}"
        return launch(source, interpreter, heap, path=path, **more)

    harness.board_folder = marked_folder
    harness.compile_mpy, harness.launch = compile_marked, launch_marked
