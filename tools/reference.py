"""Write docs/reference.md from the type stubs beside the packages: python tools/reference.py [--check]

The stubs say what there is: names, parameters, defaults, and in their docstrings units, bounds, errors and RFCs. A test
holds them equal to the code, another one this page equal to them, so what stands there cannot drift.
"""

import argparse
import ast
import re

import project
from project import ProjectError

PAGE = project.ROOT / "docs" / "reference.md"
# stub, heading, the class, and how programs call their object of it; without a class, the module's functions
PARTS = [
    ("tinyweb-core/tinyweb/server.pyi", "The server", "webserver", "app"),
    ("tinyweb-core/tinyweb/request.pyi", "The request", "request", "req"),
    ("tinyweb-core/tinyweb/response.pyi", "The response", "response", "resp"),
    ("tinyweb-core/tinyweb/response.pyi", "A link", "Link", "link"),
    ("tinyweb-core/tinyweb/http.pyi", "Errors", "HTTPException", None),
    ("tinyweb-core/tinyweb/http.pyi", "tinyweb.http, for extensions and programs of 1.x", None, "tinyweb.http"),
]
# How programs call an object of an extension's class; a class that is not here is called as itself in lower case.
OBJECTS = {"Guard": "auth", "Basic": "auth", "Bearer": "auth", "Digest": "auth", "Session": "login", "WebSocket": "ws"}
# What a program does not make by itself: it is handed these, or makes one of a derived class.
MADE = ("Guard", "Link", "Stream", "WebSocket")
INTRO = """# Reference

Every public name. `python tools/reference.py` makes this page from the type stubs, and a test compares the stubs with
the code. [The guide](guide.md) has whole programs; [REST resources](rest.md) and [Files](static.md) describe
extensions, [A new package](new-package.md) what an extension may use. A call that has to be awaited has `await` in
front of it.
"""


def signature(node, called):
    """Give a call as a program writes it, with the defaults."""
    arguments = node.args
    positional = arguments.posonlyargs + arguments.args
    defaults = [None] * (len(positional) - len(arguments.defaults)) + arguments.defaults
    pairs = list(zip(positional, defaults, strict=True)) + list(
        zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    )
    words = []
    for argument, default in pairs:
        if argument.arg != "self":
            words.append(argument.arg + (f"={ast.unparse(default)}" if default else ""))
    if arguments.vararg:
        words.append("*" + arguments.vararg.arg)
    if arguments.kwarg:
        words.append("**" + arguments.kwarg.arg)
    text = f"{called}({', '.join(words)})"
    if len(text) > 100:
        text = f"{called}(\n" + "".join(f"    {word},\n" for word in words) + ")"
    return text.replace("'", '"')


def awaited(node):
    """Is the call to be awaited?"""
    return isinstance(node, ast.AsyncFunctionDef) or bool(re.match("Awaitable|Coroutine", ast.unparse(node.returns)))


def prose(docstring):
    """Give a docstring as Markdown: other pages become links, named by their titles."""

    def link(match):
        title = (project.ROOT / match[0]).read_text(encoding="utf-8").partition("\n")[0].lstrip("# ").partition(":")[0]
        return f"[{title}]({match[1]})"

    return re.sub(r"\bdocs/(\w+\.md)", link, docstring)


def documented(body):
    """Give (node, docstring) of the documented names of a class or module; an attribute has its docstring behind it."""
    for node, behind in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if (node.name[:1] != "_" or node.name == "__call__") and ast.get_docstring(node):
                yield node, ast.get_docstring(node)
        elif isinstance(node, ast.AnnAssign) and isinstance(behind, ast.Expr):
            yield node, " ".join(line.strip() for line in behind.value.value.splitlines() if line.strip())


def keyword_defaults(body):
    """Give {name: default as written} of the constructor's options."""
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            pairs = zip(node.args.args[::-1], node.args.defaults[::-1], strict=False)
            return {argument.arg: ast.unparse(default) for argument, default in pairs}
    return {}


def attributes(body, owner):
    """Give the table of the documented attributes."""
    defaults = keyword_defaults(body)
    rows = []
    for node, text in documented(body):
        if isinstance(node, ast.AnnAssign):
            kind = re.sub(r"Callable\[.*\]", "function", ast.unparse(node.annotation)).replace("|", "\\|")
            default = f"{defaults.get(node.target.id, '')} | " if defaults else ""
            rows.append(f"| `{owner}.{node.target.id}` | {kind} | {default}{prose(text)} |\n")
    columns = ["attribute", "type", *(["default"] if defaults else []), ""]
    head = "| {} |\n{}|\n".format(" | ".join(columns).rstrip(), "|---" * len(columns))
    return head + "".join(rows) + "\n" if rows else ""


def calls(body, owner, level="###"):
    """Walk the documented functions or methods."""
    for node, text in documented(body):
        if not isinstance(node, ast.AnnAssign):
            name = owner if node.name == "__call__" else f"{owner}.{node.name}"
            if any(ast.unparse(decorator) == "property" for decorator in node.decorator_list):
                code = name
            else:
                code = ("await " if awaited(node) else "") + signature(node, name)
            yield f"{level} {name}\n\n```python\n{code}\n```\n\n{prose(text)}\n"


def classes(body, module):
    """Walk the public classes of an extension."""
    for node in body:
        if isinstance(node, ast.ClassDef) and ast.get_docstring(node):
            name = f"{module}.{node.name}"
            owner = OBJECTS.get(node.name, node.name.lower())
            text = f"### {name}\n\n"
            made = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}.get("__init__")
            if made and node.name not in MADE:
                # an iterator is not kept
                given = name if owner == node.name else f"{owner} = {name}"
                text += f"```python\n{signature(made, given)}\n```\n\n"
            text += prose(ast.get_docstring(node)) + "\n\n"
            if made and ast.get_docstring(made):
                text += prose(ast.get_docstring(made)) + "\n\n"
            yield text + attributes(node.body, owner) + "\n".join(calls(node.body, owner, "####"))


def part(path, heading, cls, owner):
    """Give one part of the page."""
    tree = ast.parse((project.ROOT / "packages" / path).read_text(encoding="utf-8"))
    text = f"## {heading}\n\n"
    body = tree.body
    if cls:
        node = next((node for node in body if isinstance(node, ast.ClassDef) and node.name == cls), None)
        if not node:
            raise ProjectError(f"{path} has no class {cls}")
        body = node.body
        # What has no constructor is made by the server.
        for item in body:
            if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                how = "raise " if cls == "HTTPException" else f"{owner} = "
                text += f"```python\n{how}{signature(item, f'tinyweb.{cls}')}\n```\n\n"
        text += prose(ast.get_docstring(node)) + "\n\n"
    blocks = [*calls(body, owner), *(() if cls or heading != owner else classes(body, owner))]
    return text + attributes(body, owner) + "\n".join(block.rstrip() + "\n" for block in blocks)


def extensions():
    """Give the parts of all packages but the core."""
    names = [package.name for package in project.packages() if package.name != "tinyweb-core"]
    modules = [(name, name.replace("-", "_")) for name in names]
    return [(f"{name}/{module}.pyi", module, None, module) for name, module in modules]


def page():
    """Give the whole page."""
    return INTRO + "".join("\n" + part(*item).rstrip() + "\n" for item in PARTS + extensions())


def main(argv=None):
    parser = argparse.ArgumentParser(description="Write docs/reference.md from the type stubs.")
    parser.add_argument("--check", action="store_true", help="change nothing; status 1 if the page differs")
    args = parser.parse_args(argv)
    text = page()
    if args.check:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            raise ProjectError("docs/reference.md differs from the stubs: run `python tools/reference.py`")
    else:
        PAGE.write_text(text, encoding="utf-8")
        print("wrote docs/reference.md")


if __name__ == "__main__":
    project.run(main)
