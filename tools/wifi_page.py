"""Write packages/tinyweb-wifi/tinyweb_wifi_page.py from its page.html: python tools/wifi_page.py [--check]

page.html is written to be read. A board sends it without the line breaks between tags and rules, and has it compressed:
MicroPython's module deflate inflates it, with a window of 1 KiB. --check changes nothing, and fails where the module
has another page.
"""

import ast
import re
import sys
import zlib

import project
from project import ProjectError

FOLDER = project.ROOT / "packages" / "tinyweb-wifi"
PAGE = FOLDER / "page.html"
MODULE = FOLDER / "tinyweb_wifi_page.py"
WINDOW = 10  # the same in _parts() of tinyweb_wifi_setup
HEAD = """\
# The page of the set-up network: page.html, compressed by tools/wifi_page.py. Loaded while it is made. Each "|"
# ends a part: the head, the form, what is shown while the board joins; then names and texts of what phones ask for.

PAGE = (
"""


def small(text):
    """Return a page without the line breaks that change nothing."""
    return re.sub(r"\n(?=[<|:@.\[}\w])", "", text.strip())


def inflated():
    """Return the page (str) that the module holds; "" without one."""
    try:
        tree = ast.parse(MODULE.read_text())
    except (OSError, SyntaxError):
        return ""
    return zlib.decompress(ast.literal_eval(tree.body[-1].value), -15).decode()


def literal(data):
    """Return bytes as lines of source."""
    lines = []
    line = ""
    for byte in data:
        char = repr(bytes((byte,)))[2:-1].replace('"', '\\"').replace("\\'", "'")
        if len(line) + len(char) > 108:
            lines.append(line)
            line = ""
        line += char
    return "".join(f'    b"{line}"\n' for line in (*lines, line))


def main(argv=None):
    page = small(PAGE.read_text())
    if "--check" in (sys.argv[1:] if argv is None else argv):
        if inflated() != page:
            raise ProjectError("tinyweb_wifi_page.py has another page: python tools/wifi_page.py")
        return
    packer = zlib.compressobj(9, zlib.DEFLATED, -WINDOW, 9)
    data = packer.compress(page.encode()) + packer.flush()
    MODULE.write_text(f"{HEAD}{literal(data)})\n")
    print(f"{len(page)} bytes, {len(data)} compressed")


if __name__ == "__main__":
    project.run(main)
