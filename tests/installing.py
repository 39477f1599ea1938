# The lines that the pages tell people to type to install TinyWeb, and the git host that they ask.
import re
import shlex

import index
import pages

PAGES = ("README.md", "docs/install.md", "firmware/README.md", "packages/")
LINES = {}  # line: the first place where it stands
for _block in pages.blocks():
    if _block.page.startswith(PAGES) and _block.language in ("sh", "indented"):
        for _line in _block.text.splitlines():
            if _line.strip() and not _line.startswith("make "):
                LINES.setdefault(_line.strip(), _block.name)
CODE = [block for block in pages.blocks() if block.page.startswith(PAGES) and "mip.install(" in block.text]

# mip and mpremote ask a local server in the place of the git host: the address in front of a path is all that changes.
LOCAL_HOST = """
rewrite = {module}._rewrite_url


def local(url, branch=None):
    url = rewrite(url, branch)
    return {url!r} + url[url.index("/", 8):] if url.startswith("https://") else url


{module}._rewrite_url = local
"""


def lines(*beginnings):
    """Give the lines that begin with one of these."""
    return [line for line in LINES if line.startswith(beginnings)]


def targets(package, ending):
    """Return the paths on a board of a package's files: as .py, or as the .mpy files of the index."""
    if ending == ".py":
        return {target for target, _ in package.files}
    return {target.replace(".py", ending) for target in index.sources(package)}


def words(line):
    """Give a line as a list of words, what explains it left out."""
    return shlex.split(re.split(r"\s{2,}#", line)[0])
