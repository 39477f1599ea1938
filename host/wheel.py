"""What is in the wheel that `pip install` of this repository builds; hatchling calls it.

- tinyweb, tinyweb_NAME: the packages as CPython imports them. The stubs of those that are single modules are in
  tinyweb_NAME-stubs, where type checkers and editors look (PEP 561): a module cannot carry a py.typed.
- tinyweb_testing: for tests of programs.
- tinyweb_host: the command `tinyweb`. Its tools, and the files for boards, are in tinyweb_host/tree, where they stand
  in the repository.
"""

import pathlib

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TREE = ("packages", "manifest.py", "tools", "firmware", "examples", "pyproject.toml", "docs/new-package.md")


def contents(root):
    """Return {path on disk: path in the wheel}, of files and of whole folders."""
    found = {str(root / name): f"tinyweb_host/tree/{name}" for name in TREE}
    found.update((str(root / "host" / name), name) for name in ("tinyweb_host", "tinyweb_testing"))
    for package in sorted((root / "packages").glob("tinyweb-*")):
        for path in package.iterdir():
            if path.is_dir() and path.name != "__pycache__" or path.suffix == ".py" and path.name != "manifest.py":
                found[str(path)] = path.name
            elif path.suffix == ".pyi":
                found[str(path)] = f"{path.stem}-stubs/__init__.pyi"
    return found


class Wheel(BuildHookInterface):
    def initialize(self, version, build_data):
        if version == "editable":
            raise RuntimeError("an editable install is not offered: work in the clone, with make and .venv")
        build_data["force_include"] = contents(pathlib.Path(self.root))
