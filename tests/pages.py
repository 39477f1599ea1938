# The repository's Markdown pages, taken apart: their blocks of code, and what stands in their text as code.
import ast
import dataclasses
import re

import markdown_it
import website

WHOLE = re.compile(r"^(app|asyncio)\.run\(", re.M)


@dataclasses.dataclass
class Block:
    """A block of code: `notes` are the comments right above it, `<!-- ... -->`, without their marks."""

    page: str
    line: int
    language: str
    text: str
    notes: list

    @property
    def name(self):
        return f"{self.page}:{self.line}"

    @property
    def is_program(self):
        if self.language != "python" or any(note.startswith("test: ") for note in self.notes):
            return False
        return "import tinyweb\n" in self.text and bool(WHOLE.search(self.text))


def _tokens(path):
    return markdown_it.MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


def _language(token):
    if token.type == "fence":
        return token.info or "none"
    try:
        calls = [node for node in ast.walk(ast.parse(token.content)) if isinstance(node, ast.Call)]
    except SyntaxError:
        calls = []
    return "python" if calls else "indented"


def blocks():
    """Give all blocks of all pages. An indented one that is not Python has the language "indented"."""
    found = []
    for path in website.pages():
        notes = []
        for token in _tokens(path):
            if token.type == "html_block":
                notes = re.findall(r"<!-- (.*?) -->", token.content)
            elif token.type in ("fence", "code_block"):
                page = path.relative_to(website.ROOT).as_posix()
                found.append(Block(page, token.map[0] + 1, _language(token), token.content, notes))
                notes = []
            else:
                notes = []
    return found


def words():
    """Walk what stands as `code` in the text: (page:line, code)."""
    for path in website.pages():
        for token in _tokens(path):
            for child in token.children or ():
                if child.type == "code_inline":
                    yield f"{path.relative_to(website.ROOT).as_posix()}:{token.map[0] + 1}", child.content
