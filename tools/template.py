"""Compile templates of tinyweb-template to Python modules, as load() does it on a board.

    python tools/template.py www/*.html            www/status.html becomes www/status_html.py
    python tools/template.py --mpy www/*.html      the same as www/status_html.mpy: less heap, no compiler on the board
    python tools/template.py --check www/*.html    only look for mistakes

A file that other templates include needs no module of its own: name the pages. The modules go to the board beside
their templates, or without them, or are frozen into the firmware: load("www/status.html") finds them everywhere.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import project
from project import ProjectError

sys.path.append(str(project.ROOT / "packages" / "tinyweb-template"))

import tinyweb_template_loader  # noqa: E402


def module_of(path):
    """Return the path of the module that a template is compiled to."""
    return path.with_name(path.name.replace(".", "_") + ".py")


def is_made(path):
    """Return whether a file was made by load() or by this tool, as its first line tells."""
    try:
        with open(path, "rb") as file:
            return b" by tinyweb-template: " in file.readline(300)
    except OSError:
        return False


def said(error):
    """Return an error as a sentence; an OSError of the compiler has a number and a name alone, as on a board."""
    number = isinstance(error, OSError) and error.errno
    return f"{error.args[-1]}: {os.strerror(number)}" if number and not error.filename else str(error)


def compile_template(path, mpy=False):
    """Compile one template, and return the path of what was written. Raises ProjectError for a mistake in it."""
    if path.is_dir():
        raise ProjectError(f"{path} is a folder: name its templates, as in {path / '*.html'}")
    target = module_of(path)
    if target.exists() and not is_made(target):
        raise ProjectError(f"{target} was not made of a template: it stays as it is")
    try:
        if not mpy:
            tinyweb_template_loader.write(str(path), str(target))
            return target
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, target.name)
            tinyweb_template_loader.write(str(path), source)
            made = target.with_suffix(".mpy")
            command = [project.mpy_cross(), "-O3", "-s", target.name, "-o", str(made), source]
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise ProjectError(f"{path}: {(done.stdout + done.stderr).strip()}")
    except (ValueError, OSError) as error:
        raise ProjectError(said(error)) from None
    # MicroPython would take an older .py first.
    target.unlink(missing_ok=True)
    return made


def main(argv=None):
    parser = project.parser("template", __doc__)
    parser.add_argument("template", type=pathlib.Path, nargs="+")
    parser.add_argument("--mpy", action="store_true", help="write .mpy files")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(argv)
    failed = False
    for path in options.template:
        try:
            if options.check and not path.is_dir():
                with tempfile.TemporaryDirectory() as folder:
                    tinyweb_template_loader.write(str(path), os.path.join(folder, "page.py"))
            else:
                made = compile_template(path, options.mpy)
                print(f"{made.stat().st_size:8} {made}")
        except (ProjectError, ValueError, OSError) as error:
            print(f"tinyweb: {said(error)}", file=sys.stderr)
            failed = True
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
