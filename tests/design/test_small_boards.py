# What the smallest board lacks: MicroPython for the ESP8266 is built without some methods of str and bytes, without
# slices in steps and without attributes on functions. Code that uses them fails there only, on a line that no test on
# Linux finds.
import ast

import project
import pytest

METHODS = {"splitlines", "partition", "rpartition", "center"}
SOURCES = sorted(path for path in project.ROOT.glob("packages/**/*.py")
                 if path.name not in ("manifest.py", "compat_cpython.py"))
SOURCES += sorted(project.ROOT.glob("firmware/frozen/*.py"))


def functions(tree):
    """Give the names of all functions that are defined in a module."""
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def lacking(source):
    """Give [(line, what)] of what an ESP8266 cannot do."""
    tree = ast.parse(source)
    names = functions(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if node.attr in METHODS:
                found.append((node.lineno, f".{node.attr}"))
            stored = not isinstance(node.ctx, ast.Load)
            if stored and isinstance(node.value, ast.Name) and node.value.id in names:
                found.append((node.lineno, f"{node.value.id}.{node.attr} ="))
        elif isinstance(node, ast.Slice) and node.step is not None:
            found.append((node.lineno, "a slice with a step"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("setattr", "slice"):
            if node.func.id == "slice" and len(node.args) == 3:
                found.append((node.lineno, "a slice with a step"))
            elif node.func.id == "setattr" and isinstance(node.args[0], ast.Name) and node.args[0].id in names:
                found.append((node.lineno, f"setattr({node.args[0].id}"))
    return sorted(found)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(project.ROOT).as_posix())
def test_nothing_that_an_esp8266_lacks_is_used(path):
    assert lacking(path.read_text()) == []


@pytest.mark.parametrize("source, want", [
    ("a, _, b = text.partition(' ')", [(1, ".partition")]),
    ("for line in data.splitlines():\n    line.rpartition(b':')", [(1, ".splitlines"), (2, ".rpartition")]),
    ("x = 'x'.center(9)", [(1, ".center")]),
    ("y = x[::-1]\nz = x[1:5:2]\nok = x[1:5], x[:], x[1]", [(1, "a slice with a step"), (2, "a slice with a step")]),
    ("y = x[slice(0, 5, 2)], x[slice(0, 5)]", [(1, "a slice with a step")]),
    ("def f():\n    pass\nf.count = 1\nprint(f.__name__)", [(3, "f.count =")]),
    ("async def f():\n    f.calls += 1\nsetattr(f, 'x', 1)\nsetattr(g, 'x', 1)", [(2, "f.calls ="), (3, "setattr(f")]),
])
def test_the_rule_sees_what_it_is_for(source, want):
    assert lacking(source) == want
