# A plugin for pytest that writes down which lines of packages/ MicroPython runs: its builds have no sys.settrace, so no
# tool measures that. Before each statement stands a call that writes the statement's number to a file, the first time.
#
#     TINYWEB_MARKS=folder PYTHONPATH=tests python -m pytest -p marks -k micropython tests/app
#
# leaves the lines in folder/lines, one "path:line" a line, more than once where several programs ran them. The heap of
# each program is larger than told: with the marks the code is more than twice as long.
import ast
import functools
import os
import pathlib

import harness

FOLDER = pathlib.Path(os.environ["TINYWEB_MARKS"])
TIMES = 4
RECORDER = """
_file = open({path!r}, "ab")
_seen = set()


def mark(line):
    if line not in _seen:
        # without an allocation if there is no room for one: then the line is written again
        _file.write(line)
        try:
            _seen.add(line)
        except MemoryError:
            pass
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
    return "from marks import mark as _mark\n" + ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def pytest_configure(config):
    compile_mpy, board_folder, launch = harness.compile_mpy, harness.board_folder, harness.launch
    FOLDER.mkdir(parents=True, exist_ok=True)
    recorder = FOLDER / "marks.py"
    recorder.write_text(RECORDER.format(path=str(FOLDER.resolve() / "lines")))

    def compile_marked(source, target, level="-O3"):
        if harness.PACKAGES in source.parents:
            text = marked(source)
            source = FOLDER / source.name
            source.write_text(text)
        compile_mpy(source, target, level)

    @functools.cache
    def marked_folder():
        folder = board_folder()
        compile_mpy(recorder, pathlib.Path(folder) / "marks.mpy")
        return folder

    def launch_roomy(source, interpreter="micropython", heap=harness.HEAP, **more):
        return launch(source, interpreter, heap and f"{int(heap[:-1]) * TIMES}{heap[-1]}", **more)

    harness.compile_mpy, harness.board_folder, harness.launch = compile_marked, marked_folder, launch_roomy
