"""tinyweb COMMAND ...: see main(). In a clone it is also `python host/tinyweb_host COMMAND ...`."""

import ast
import importlib
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
# Where pip has installed it, the repository's files lie beside this one; in a clone this file is in the repository.
TREE = HERE / "tree" if (HERE / "tree").is_dir() else HERE.parents[1]

# command: (module, its line of help, what it needs of the extra `firmware`)
COMMANDS = {
    "dev": ("dev", "serve a program while you write it: it starts again whenever a file is saved", ()),
    "install": ("install", "put packages onto a board, over USB", ()),
    "pack": ("pack", "turn a folder of web pages into a module of bytes", ()),
    "template": ("template", "compile templates of tinyweb-template to modules", ()),
    "user": ("user", "make what tinyweb-auth keeps of a user's password", ()),
    "openapi": ("openapi", "describe a program's resources as an OpenAPI document", ()),
    "index": ("index", "build an index of the packages for mip, for a web host of your own", ()),
    "romfs": ("recipes.romfs", "make a ROMFS of packages and pages, for an official image", ("littlefs",)),
    "preload": ("recipes.preload", "put packages, your program and pages into an official image", ("littlefs",)),
    "build": ("recipes.build", "build MicroPython with the packages frozen into it", ()),
    "flash": ("recipes.flash", "put an image that was built onto a board", ("esptool",)),
}


def text():
    lines = "".join(f"  {name:10}{line}\n" for name, (_, line, _) in COMMANDS.items())
    return f"usage: tinyweb COMMAND ...\n\n{lines}\ntinyweb COMMAND --help tells more; tinyweb --version the version.\n"


def main(argv=None):
    """Run a subcommand: tinyweb COMMAND ... Ends with status 0, 1 for what went wrong, 2 for a wrong call."""
    argv = sys.argv[1:] if argv is None else argv
    # as a script that Python starts in this folder, or as a module of this package
    others = [path for path in sys.path if os.path.abspath(path or ".") != str(HERE)]
    sys.path[:] = [str(TREE / "tools"), str(TREE / "firmware"), *others]
    import project

    project.called = True
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(text(), end="")
    elif argv[0] in ("-V", "--version"):
        print("tinyweb {}".format(project.settings()[0]))
    elif argv[0] not in COMMANDS:
        sys.stderr.write(f"tinyweb: there is no command {argv[0]!r}\n\n{text()}")
        sys.exit(2)
    else:
        project.run(run, *argv)


def origin():
    """Return what this was installed from, as a URL that pip takes."""
    import project

    url = "git+https://github.com/" + project.settings()[1]
    try:
        found = json.loads(importlib.metadata.distribution("tinyweb").read_text("direct_url.json") or "{}")
    except importlib.metadata.PackageNotFoundError:
        return url  # this is a clone
    return ("git+" if "vcs_info" in found else "") + found["url"] if "url" in found else url


def run(name, *argv):
    import project

    module, _, needs = COMMANDS[name]
    lacking = [need for need in needs if not importlib.util.find_spec(need)]
    if lacking:
        line = f'pip install "tinyweb[firmware] @ {origin()}"'
        sentence = f"tinyweb {name} needs {', '.join(lacking)}, which is not installed: {line}"
        if {"-h", "--help"} & set(argv):  # without the options, which only the module itself knows
            file = TREE.joinpath("firmware", *module.split(".")).with_suffix(".py")
            text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
            print(f"{text.replace(project.TOOLS[name], project.command(name))}\n\n{sentence}")
            return
        raise project.ProjectError(sentence)
    tool = importlib.import_module(module)
    sys.argv[:] = [f"tinyweb {name}", *argv]
    tool.main(list(argv))


if __name__ == "__main__":
    main()
