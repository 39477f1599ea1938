"""The emulated board, running: `with Board(image, {"main.py": text}) as board:`, then board.port, wait(), text()."""

import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import ports
from project import ProjectError

BLOCK, BLOCKS = 4096, 256  # as in port/_boot.py
ADDRESS = 0x21800000


class BoardError(ProjectError):
    """The board did not start, or did not do what was waited for; the text ends with its console."""


def check():
    """Raise ProjectError where the emulator is missing."""
    if not shutil.which("qemu-system-arm"):
        raise ProjectError("qemu-system-arm is not installed (Debian, Ubuntu: apt install qemu-system-arm)")


def file_system(files):
    """Return a littlefs image with these files: {"lib/x.py": bytes or str}; raises ProjectError if they do not fit."""
    import littlefs  # only here: it comes with the host tools of firmware/

    image = littlefs.LittleFS(block_size=BLOCK, block_count=BLOCKS, disk_version=0x00020000)
    files = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    try:
        for name, content in files.items():
            folder = name.rpartition("/")[0]
            if folder:
                image.makedirs("/" + folder, exist_ok=True)
            with image.open("/" + name, "wb") as file:
                file.write(content)
    except littlefs.LittleFSError as error:
        if error.code != littlefs.LittleFSError.Error.LFS_ERR_NOSPC:
            raise
        total = sum(map(len, files.values()))
        said = f"the board's flash of {BLOCK * BLOCKS:,} bytes is too small: {len(files)} files have {total:,}"
        raise ProjectError(said) from None
    return bytes(image.context.buffer)


def folder(path):
    """Return {name: bytes} of a folder's files."""
    path = pathlib.Path(path)
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


def check_port(port):
    """Raise ProjectError if a port is taken."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except (OSError, OverflowError):
        raise ProjectError(f"port {port} of 127.0.0.1 is taken, or none: choose another (--port)") from None


class Board:
    """An emulated board that runs. Its port 80 is `port` of 127.0.0.1; `terminal` is its serial port, if asked for."""

    def __init__(self, image, files=None, port=0, echo=None, terminal=False, romfs=None, outward=False):
        """Start it. port: 0 for a free one. echo: called with what the console shows. terminal: the console is a
        serial port for other programs instead of text(). romfs: the path of an image that it mounts as /rom. outward:
        it can connect to the PC, at 10.0.2.2.
        """
        check()
        if port:
            check_port(port)
        self.port = port or ports.free_port()
        self.echo = echo
        self.console = bytearray()
        self.disk = tempfile.NamedTemporaryFile(suffix=".littlefs")
        self.disk.write(file_system(files or {}))
        self.disk.flush()
        command = ["qemu-system-arm", "-machine", "mps2-an385", "-display", "none", "-monitor", "none"]
        command += ["-serial", "pty" if terminal else "stdio", "-kernel", str(image)]
        command += ["-nic", f"user,model=lan9118,restrict={'off' if outward else 'on'},"
                    f"hostfwd=tcp:127.0.0.1:{self.port}-:80"]
        command += ["-device", f"loader,file={self.disk.name},addr={ADDRESS:#x},force-raw=on"]
        if romfs:
            command += ["-device", f"loader,file={romfs},addr={ADDRESS + BLOCK * BLOCKS:#x},force-raw=on"]
        pipe = subprocess.PIPE
        self.complaints = tempfile.TemporaryFile()
        self.qemu = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=self.complaints, bufsize=0)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.terminal = self.wait(r"(/dev/\S+)")[1] if terminal else None

    def _read(self):
        while data := self.qemu.stdout.read(4096):
            self.console += data
            if self.echo:
                self.echo(data)

    def text(self):
        """Return what the console has shown so far."""
        return self.console.decode(errors="replace").replace("\r\n", "\n")

    def send(self, data):
        """Type on the console; b"\\x03" is Ctrl-C."""
        self.qemu.stdin.write(data)

    def wait(self, pattern, seconds=60):
        """Wait until the console has shown what matches a regular expression; return the match."""
        end = time.monotonic() + seconds
        while True:
            alive = self.qemu.poll() is None
            match = re.search(pattern, self.text())
            if match:
                return match
            if not alive:
                self.complaints.seek(0)
                said = self.complaints.read().decode(errors="replace").strip()
                raise BoardError(f"the emulator ended with status {self.qemu.returncode}: {said}\n{self.text()}")
            if time.monotonic() > end:
                raise BoardError(f"no {pattern!r} within {seconds} s. The console:\n{self.text()}")
            time.sleep(0.02)

    def close(self):
        """End the emulator: this one, by its own handle."""
        self.qemu.terminate()
        try:
            self.qemu.wait(5)
        except subprocess.TimeoutExpired:
            self.qemu.kill()
            self.qemu.wait()
        self.reader.join(5)
        self.qemu.stdin.close()
        self.qemu.stdout.close()
        self.complaints.close()
        self.disk.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
