"""How large the packages are, on flash and in a board's heap: python tools/sizes.py [--write]

It prints the table of docs/figures.md; --write puts it there, and each package's lines into its own README.md. Files
are counted as the index ships them. Heap is what stays after an import and a collection on MicroPython for WebAssembly,
32-bit as boards are, the newest of tests/webassembly/package.json; asyncio, json, socket and time stand in a board's
firmware and do not count. Needs node.
"""

import argparse
import re
import tempfile
from pathlib import Path

import index
import project
import webassembly
from project import ProjectError

# What may differ before a test asks for a new table: a README need not follow every byte of a day's work.
TOLERANCE = 0.1
HEAD = (
    "| package | `.py` | `.mpy` | heap after import: `.mpy` | from `.py` |",
    "|---|--:|--:|--:|--:|",
)
COLLECT = "\nimport gc\ngc.collect()\n"
BEFORE = "import gc\nbefore = 0\nbefore = gc.mem_alloc()\n"
AFTER = "print(gc.mem_alloc() - before)\n"


def unpack(contents, folder):
    """Write (path on the board, bytes) pairs to a folder."""
    for target, data in contents:
        path = Path(folder, target)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def heap(contents, first, code):
    """Give the bytes of heap that `code` keeps on a board with these files, after the code `first`."""
    with tempfile.TemporaryDirectory() as work:
        unpack(contents, Path(work, "lib"))
        programs = [webassembly.NO_SOCKETS]
        for number, text in enumerate((first + COLLECT, BEFORE, code + COLLECT, AFTER)):
            programs.append(Path(work, f"{number}.py"))
            programs[-1].write_text(text)
        return int(webassembly.run(webassembly.latest(), Path(work, "lib"), *programs))


def all_modules(contents):
    """Return code that imports every module of a package, in one flavour."""
    names = (target.rpartition(".")[0].replace("/", ".").replace(".__init__", "") for target, _ in contents)
    return "".join(f"import {name}\n" for name in names)


def measure(packages):
    """Give [(name, bytes as .py, as .mpy, heap from .mpy, from .py)], the core with all of its lazy modules too."""
    everything = {"mpy": [], "py": []}
    rows = []
    for package in packages:
        kinds = {"py" if kind == "py" else "mpy": contents for kind, contents in index.flavours(package).items()}
        for kind, contents in kinds.items():
            everything[kind] += contents
        sizes = [sum(len(data) for _, data in kinds[kind]) for kind in ("py", "mpy")]
        first = "import tinyweb" if package.deps else ""
        cases = [(package.name, first, dict.fromkeys(kinds, f"import {package.module}"))]
        if not package.deps:
            loads = {kind: all_modules(contents) for kind, contents in kinds.items()}
            cases.append((f"{package.name}, every lazy module loaded", "", loads))
        for name, before, code in cases:
            heaps = [heap(everything[kind], before, code[kind]) for kind in ("mpy", "py")]
            rows.append((name, *sizes, *heaps))
    return rows


def table(rows):
    """Give the lines of the table."""
    yield from HEAD
    for name, *numbers in rows:
        package = name.partition(",")[0]
        label = name.replace(package, f"[{package}](../packages/{package})", 1)
        yield "| " + " | ".join([label, *(f"{number:,}" for number in numbers)]) + " |"


def sentence(row):
    """Give what a package's own README says of its size."""
    _, plain, compiled, heap_compiled, heap_plain = row
    return (
        f"Size: {compiled:,} bytes as `.mpy`, {plain:,} as `.py`. Imported, it keeps {heap_compiled:,} bytes of a\n"
        f"32-bit board's heap from `.mpy`, {heap_plain:,} from `.py`; frozen into the firmware, a small part of that."
    )


def place(text, name, new, path):
    """Put a counted passage into a text, between its two marks."""
    begin, end = f"<!-- {name}: python tools/sizes.py --write -->\n", f"<!-- /{name} -->"
    pattern = re.escape(begin) + ".*?" + re.escape(end)
    text, count = re.subn(pattern, lambda _: f"{begin}{new}\n{end}", text, flags=re.S)
    if count != 1:
        raise ProjectError(f"{path} has {count} places {begin.strip()} where one is expected")
    return text


def wanted(rows, root=project.ROOT):
    """Give {path: text} of the texts with these sizes in them."""
    passages = {root / "docs" / "figures.md": ("sizes", "\n".join(table(rows)))}
    for row in rows:
        path = root / "packages" / row[0] / "README.md"
        if path.exists():
            passages[path] = ("size", sentence(row))
    return {path: place(path.read_text(), name, new, path) for path, (name, new) in passages.items()}


def main(argv=None):
    parser = argparse.ArgumentParser(description="Tell how large the packages are, on flash and in the heap.")
    parser.add_argument("--write", action="store_true", help="write it into docs/figures.md and packages/*/README.md")
    args = parser.parse_args(argv)
    if not webassembly.installed():
        raise ProjectError("MicroPython for WebAssembly is not installed (python tools/webassembly.py; it needs node)")
    rows = measure(project.packages())
    print(*table(rows), sep="\n")
    if args.write:
        for path, text in wanted(rows).items():
            path.write_text(text)


if __name__ == "__main__":
    project.run(main)
