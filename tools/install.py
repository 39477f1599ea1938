"""Put packages onto a board, over USB: tinyweb install PORT [PACKAGE ...]

    tinyweb install /dev/ttyUSB0                                  tinyweb-core
    tinyweb install COM3 tinyweb-static tinyweb-events            and what they need
    tinyweb install auto tinyweb-rest --py                        the first board that mpremote finds; sources

They are the packages of this release, as .mpy files, and no network is needed, neither for the board nor for the PC.
The board runs MicroPython already. PORT is what mpremote takes: a device, or `auto`.
"""

import pathlib
import subprocess
import sys
import tempfile

import demo
import index
import project
from project import ProjectError


def install(port, names, sources=False, target=None):
    """Let mpremote install packages from an index that is made, and served on loopback, for this."""
    packages = project.chosen(names)
    if port in [package.name for package in project.packages()]:
        raise ProjectError(f"the port comes first: {project.command('install')} PORT {port}")
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work, "index")
        index.build(packages, folder)
        with demo.served(folder) as url:
            options = ["--no-mpy"] if sources else ["--mpy"]
            options += ["--target", target] if target else []
            command = [sys.executable, "-m", "mpremote", "connect", port, "mip", "install", *options, "--index", url]
            done = subprocess.run([*command, *names], check=False)
    if done.returncode:
        status = done.returncode
        raise ProjectError(f"mpremote ended with status {status}: is this the port, and is no other program using it?")
    print(f"{port} has {', '.join(f'{package.name} {package.version}' for package in packages)}.")
    print(f"Your program: mpremote connect {port} cp main.py : + reset")


def main(argv=None):
    parser = project.parser("install", __doc__)
    parser.add_argument("port", help="of the board, such as /dev/ttyUSB0, COM3 or auto")
    parser.add_argument("package", nargs="*", default=["tinyweb-core"], help="default: tinyweb-core")
    parser.add_argument("--py", action="store_true", help="sources: larger, and tracebacks have line numbers")
    parser.add_argument("--target", help="a folder of the board (default: mip's, /lib)")
    args = parser.parse_args(argv)
    install(args.port, args.package, args.py, args.target)


if __name__ == "__main__":
    project.run(main)
