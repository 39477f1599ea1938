"""Serve an example while it is being written: it starts again whenever one of its files, or of packages/, is saved.

    make dev EXAMPLE=hello                        on MicroPython, at http://127.0.0.1:8081/
    make dev EXAMPLE=hello INTERPRETER=cpython    on CPython
    make dev EXAMPLE=path/to/folder               a folder of your own with a main.py
    make dev EXAMPLE=hello PORT=8082 HOST=0.0.0.0 another port; reachable from the phones on the same network

The program runs in its folder, from the sources in packages/, with debug on. What it prints is shown, with a line for
each request and tracebacks that name files as seen from the project's root. Ctrl-C ends it.
"""

import os
import pathlib
import sys
import threading
import time

import demo
import project
import template
from project import ProjectError

EXAMPLES = project.ROOT / "examples"
PACKAGES = project.ROOT / "packages"
# What people write. Other files may well be what the program itself writes: they start nothing again.
WATCHED = {".py", ".html", ".htm", ".css", ".js", ".mjs", ".svg", ".pem"}
PAUSE = 0.2  # seconds between two looks at the files


def find(name):
    """Give the folder of an example by its name, or of a program of one's own by its path."""
    names = sorted(path.parent.name for path in EXAMPLES.glob("*/main.py"))
    if not name:
        raise ProjectError("name an example, as in make dev EXAMPLE=hello: " + ", ".join(names))
    folder = EXAMPLES / name if name in names else pathlib.Path(name).absolute()
    if folder.name == "main.py" and folder.is_file():
        folder = folder.parent
    if not (folder / "main.py").is_file():
        raise ProjectError(f"there is no example {name!r}, nor a folder of that name with a main.py; the examples are "
                           + ", ".join(names))
    return folder


def interpreter(name):
    """Give (command, environment, its name for people) of the interpreter called `name`."""
    folders = [str(path) for path in sorted(PACKAGES.iterdir()) if path.is_dir()]
    if name == "micropython":
        path, version = demo.micropython()
        return [path], {"MICROPYPATH": ":".join([*folders, ".frozen"])}, version
    if name == "cpython":
        environ = {"PYTHONPATH": os.pathsep.join(folders), "PYTHONDONTWRITEBYTECODE": "1"}
        return [sys.executable, "-u"], environ, "CPython {}.{}.{} on {}".format(*sys.version_info[:3], sys.platform)
    raise ProjectError(f"INTERPRETER is micropython or cpython, not {name!r}")


def snapshot(folders):
    """Give {path: (time, size)} of all files that are watched."""
    found = {}
    for folder in folders:
        for top, inner, files in os.walk(folder):
            inner[:] = [name for name in inner if name[0] != "." and name != "__pycache__"]
            for path in (pathlib.Path(top, name) for name in files if name[0] != "."):
                # A template is watched; what the program itself has compiled of it starts nothing again.
                if path.suffix in WATCHED and not (path.suffix == ".py" and template.is_made(path)):
                    try:
                        found[path] = (path.stat().st_mtime_ns, path.stat().st_size)
                    except OSError:
                        continue  # an editor has just put another in its place
    return found


def changed(before, now):
    """Give a path that differs between two snapshots, None where they are equal."""
    return next((path for path in sorted({**before, **now}) if before.get(path) != now.get(path)), None)


class Program:
    """A program that runs. What it prints is shown, as long as nobody ends it."""

    def __init__(self, folder, command, environ, host, port):
        url = demo.url_for_people(host, port).removeprefix("http")
        file = demo.relative(folder / "main.py")
        self.process = demo.launch(
            [*command, str(project.ROOT / "tools" / "dev_run.py"), file, host, str(port), url], folder,
            HOST=host, PORT=str(port), **environ)
        self.ending = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            if not self.ending.is_set():
                print(line.replace(f"{project.ROOT}{os.sep}", ""), end="", flush=True)

    def ended(self):
        """Give the status if it has ended by itself and all it said is shown, else None."""
        if self.process.poll() is not None and not self.reader.is_alive():
            return self.process.returncode
        return None

    def end(self):
        self.ending.set()
        demo.end(self.process)
        self.reader.join(1)


def wait(program, folders, files):
    """Wait until a file has been saved; gives (its path, the files as they are now). Tells if the program ends."""
    told = False
    while True:
        time.sleep(PAUSE)
        now = snapshot(folders)
        path = changed(files, now)
        if path:
            # an editor may be in the middle of it, or save several files at once
            while changed(files := snapshot(folders), now):
                now = files
                time.sleep(PAUSE / 2)
            return path, now
        if not told and program.ended() is not None:
            told = True
            print(f"It has ended with status {program.ended()}. Save a file to start it again.", flush=True)


def dev(name, kind, another):
    folder = find(name)
    command, environ, version = interpreter(kind or "micropython")
    host, port = demo.address(another)
    folders = [folder, PACKAGES] if project.WORK == project.ROOT else [folder]
    watched = " and ".join("this folder" if demo.relative(path) == "." else demo.relative(path) for path in folders)
    print(f"{demo.relative(folder / 'main.py')} on {version}, from the files in {watched}. Ctrl-C ends it.", flush=True)
    files = snapshot(folders)
    while True:
        program = Program(folder, command, environ, host, port)
        try:
            path, files = wait(program, folders, files)
        except BaseException:  # Ctrl-C, or a signal
            demo.ignore_signals()
            raise
        finally:
            program.end()
        print(f"\n{demo.relative(path)} has changed: starting again.", flush=True)


HELP = """Serve a program while it is being written: tinyweb dev [FOLDER]

    tinyweb dev                              the main.py of this folder, at http://127.0.0.1:8081/
    tinyweb dev --host 0.0.0.0               reachable from the phones on the same network
    tinyweb dev hello                        an example, by its name

It starts again whenever a file is saved, with debug on, and shows what it prints and a line for each request. It runs
on MicroPython where there is one (for Linux and macOS), else on CPython. Ctrl-C ends it.
"""


def main(argv=None):
    parser = project.parser("dev", HELP)
    parser.add_argument("folder", nargs="?", default=".", help="a folder with a main.py, or the name of an example")
    parser.add_argument("--port", default="8081")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 for all interfaces")
    parser.add_argument("--interpreter", choices=("micropython", "cpython"))
    args = parser.parse_args(argv)
    os.environ.update(HOST=args.host, PORT=args.port)
    kind = args.interpreter or ("micropython" if demo.find_micropython() else "cpython")
    again = f"{project.command('dev')} {'' if args.folder == '.' else args.folder + ' '}--port 8082"
    demo.until_ended(lambda: dev(args.folder, kind, again), "Ended.")


if __name__ == "__main__" and sys.argv[1:]:
    project.run(main)
elif __name__ == "__main__":
    # as make dev calls it
    example = os.environ.get("EXAMPLE")
    arguments = example, os.environ.get("INTERPRETER"), f"make dev EXAMPLE={example} PORT=8082"
    project.run(demo.until_ended, lambda: dev(*arguments), "Ended.")
