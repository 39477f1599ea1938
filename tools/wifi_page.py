"""Put packages/tinyweb-wifi/page.html into two of its modules: python tools/wifi_page.py [--check]

page.html is written to be read: each of its parts begins with a line "|NAME". A board has them without line breaks, as
constants _NAME: the first part in tinyweb_wifi_style.py, in pieces of 150 bytes at most, the others in
tinyweb_wifi_page.py, so that never all of it is in the heap. They are not compressed: to inflate them takes 2.5 KB of
heap, 1.3 KB of it in one piece, more than the page itself. --check changes nothing, and fails where the modules have
another page.
"""

import ast
import re
import sys

import project
from project import ProjectError

FOLDER = project.ROOT / "packages" / "tinyweb-wifi"
PAGE = FOLDER / "page.html"
STYLE = FOLDER / "tinyweb_wifi_style.py"
TEXTS = FOLDER / "tinyweb_wifi_page.py"
PIECE = 150  # bytes that a full heap still has in one piece
MARK = "# By tools/wifi_page.py:\n"


def parts(text):
    """Return {name: lines} of a page."""
    found = re.split(r"^\|(\w+)\n", text, flags=re.M)[1:]
    return {name: lines.splitlines() for name, lines in zip(found[::2], found[1::2], strict=True)}


def pieces(lines):
    """Return the lines as few texts, none of which is long."""
    found = [""]
    for line in lines:
        if len(found[-1]) + len(line) > PIECE:
            found.append("")
        found[-1] += line
    return found


def literal(text):
    """Return a text as a literal (bytes) of one or more lines of source."""
    lines = [""]
    for byte in text.encode():
        char = repr(bytes((byte,)))[2:-1].replace('"', '\\"').replace("\\'", "'")
        if len(lines[-1]) + len(char) > 108:
            lines.append("")
        lines[-1] += char
    return "\n".join(f'    b"{line}"' for line in lines)


def sources():
    """Return {path: text} of the modules with the page in them."""
    page = parts(PAGE.read_text())
    style = "".join(literal(piece) + ",\n" for piece in pieces(page.pop("STYLE")))
    texts = "".join(f"_{name} = (\n{literal(''.join(lines))}\n)\n" for name, lines in page.items())
    return {
        path: path.read_text().partition(MARK)[0] + MARK + text
        for path, text in ((STYLE, f"_STYLE = (\n{style})\n"), (TEXTS, texts))
    }


def main(argv=None):
    if "--check" in (sys.argv[1:] if argv is None else argv):
        # Not as texts: ruff has its own way to break lines.
        if any(ast.dump(ast.parse(path.read_text())) != ast.dump(ast.parse(text)) for path, text in sources().items()):
            raise ProjectError("The modules of tinyweb-wifi have another page: python tools/wifi_page.py")
        return
    for path, text in sources().items():
        path.write_text(text)


if __name__ == "__main__":
    project.run(main)
