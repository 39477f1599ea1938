"""Put packages/tinyweb-wifi/page.html into tinyweb_wifi_page.py: python tools/wifi_page.py [--check]

page.html is written to be read. A board has it without most line breaks, and compressed: MicroPython's module deflate
inflates it, with a window of 512 bytes. --check changes nothing, and fails where the module has another page.
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
WINDOW = 9  # the same in lines() of the module
LINE = 300  # bytes that a board has in its heap at once
BLOCK = re.compile(r"^PAGE = \(\n.*?^\)\n", re.M | re.S)


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


def inflated():
    """Return the page (str) that the module holds."""
    tree = ast.parse(MODULE.read_text())
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
    MODULE.write_text(BLOCK.sub(lambda _: f"PAGE = (\n{literal(data)})\n", MODULE.read_text()))
    print(f"{len(page)} bytes, {len(data)} compressed")


if __name__ == "__main__":
    project.run(main)
