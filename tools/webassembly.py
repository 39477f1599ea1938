"""MicroPython for WebAssembly, a build of each release since 1.21: 32-bit as boards are, run by node on the PC.

    python tools/webassembly.py      install what tests/webassembly/package-lock.json pins, by npm

They have no sockets: the pure modules run there, and what an import takes of a board's heap is measured there. Without
node they are left out, which tools/have.py tells; with CI=true everything must be there.
"""

import json
import pathlib
import shutil
import subprocess
import sys

import have
import project
from project import ProjectError

SOURCE = project.ROOT / "tests" / "webassembly"
# beside the other host tools: not within a folder whose files are copied, compiled or counted
FOLDER = project.ROOT / ".venv" / "webassembly"
# run first: the names that the packages import and these builds lack
NO_SOCKETS = SOURCE / "no_sockets.py"
FILES = ("package.json", "package-lock.json")


def releases():
    """Give {release, as in "1.29": folder of its build}, oldest first."""
    names = json.loads((SOURCE / "package.json").read_text())["dependencies"]
    return {name.rpartition("-")[2]: FOLDER / "node_modules" / name for name in names}


def latest():
    """Give the folder of the newest build."""
    return list(releases().values())[-1]


def installed():
    """Are the builds there, as they are pinned, and node to run them?"""
    if not have.find("node"):
        return False
    try:
        return all((FOLDER / name).read_bytes() == (SOURCE / name).read_bytes() for name in FILES)
    except OSError:
        return False


def install():
    """Let npm install the builds; raises ProjectError where it cannot."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(SOURCE / name, FOLDER / name)
    command = [have.find("npm"), "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=FOLDER, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        # the files are the stamp of an installation that has succeeded
        (FOLDER / FILES[0]).unlink()
        raise ProjectError("npm cannot install MicroPython for WebAssembly: is the network there?")


def run(build, lib, *programs, timeout=60):
    """Run programs (paths) on a build (a folder of releases()) with the folder `lib` as /lib. Gives what they print.

    They share their names; between two of them garbage is collected. Raises ProjectError where one fails.
    """
    command = [have.find("node"), SOURCE / "run.mjs", build, lib, *programs]
    done = subprocess.run(
        [str(part) for part in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout
    )
    if done.returncode:
        raise ProjectError(f"{pathlib.Path(build).name}: {done.stdout}{done.stderr}")
    return done.stdout


def main():
    if installed() or not (have.find("node") and have.find("npm")):
        return
    print("Installing what tests/webassembly/package-lock.json pins", flush=True)
    try:
        install()
    except ProjectError as error:
        if have.in_ci():
            raise
        print(f"Left out, MicroPython 1.21 to 1.29 for WebAssembly: {error}", file=sys.stderr)


if __name__ == "__main__":
    project.run(main)
