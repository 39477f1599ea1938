"""Put packages/tinyweb-wifi/page.html into two of its modules: python tools/wifi_page.py [--check]

page.html is written to be read. A board has it without most line breaks, in strings of 300 bytes at most: its first
part in tinyweb_wifi_style.py, the others in tinyweb_wifi_page.py, so that never all of it is in the heap. They are not
compressed: to inflate them takes 2.5 KB of heap, 1.3 KB of it in one piece, more than the page itself. --check changes
nothing, and fails where the modules have another page.
"""

import ast
import re
import sys

import project
from project import ProjectError

FOLDER = project.ROOT / "packages" / "tinyweb-wifi"
PAGE = FOLDER / "page.html"
MODULES = FOLDER / "tinyweb_wifi_style.py", FOLDER / "tinyweb_wifi_page.py"
LINE = 300  # bytes that a board has in its heap at once
BLOCK = re.compile(r"^_PAGE = \(\n.*?^\)\n", re.M | re.S)


def small(text):
    """Return a page without the line breaks that change nothing. Lines that a board acts on stay, and none is long."""
    lines = [""]
    alone = True
    for line in text.splitlines():
        begin = line[0] in "|-"
        if alone or begin or "%s" in lines[-1] + line or len(lines[-1]) + len(line) > LINE:
            lines.append("")
        lines[-1] += line
        alone = begin
    return "".join(line + "\n" for line in lines if line)


def held():
    """Return the page (str) that the modules hold."""
    parts = [ast.literal_eval(ast.parse(module.read_text()).body[-1].value) for module in MODULES]
    return "".join(line.decode() + "\n" for part in parts for line in part)


def literal(line):
    """Return a line of the page (bytes) as lines of source."""
    parts = [""]
    for byte in line:
        char = repr(bytes((byte,)))[2:-1].replace('"', '\\"').replace("\\'", "'")
        if len(parts[-1]) + len(char) > 108:
            parts.append("")
        parts[-1] += char
    return "\n".join(f'    b"{part}"' for part in parts) + ",\n"


def main(argv=None):
    page = small(PAGE.read_text())
    if "--check" in (sys.argv[1:] if argv is None else argv):
        if held() != page:
            raise ProjectError("The modules of tinyweb-wifi have another page: python tools/wifi_page.py")
        return
    lines = page.encode().splitlines()
    end = [line[:1] for line in lines].index(b"|", 1)  # of the first part
    for module, part in zip(MODULES, (lines[:end], lines[end:]), strict=True):
        source = "".join(map(literal, part))
        module.write_text(BLOCK.sub(lambda _, source=source: f"_PAGE = (\n{source})\n", module.read_text()))
    print(f"{len(page)} bytes")


if __name__ == "__main__":
    project.run(main)
