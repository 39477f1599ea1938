# A serial port with a MicroPython board behind it, for mpremote: a pseudo-terminal bridged to the real MicroPython.
#
# mpremote opens `device` as it would open a USB serial port. Behind it MicroPython runs on a terminal of its own, and
# three things are made as on a board:
# - nothing is translated: no echo, no "\n" to "\r\n" (MicroPython sends "\r\n" itself, the raw REPL needs it exactly);
# - Ctrl-C interrupts code that runs: it goes as the signal SIGINT, but as a byte where MicroPython shows a prompt;
# - a soft reset (Ctrl-D in the raw REPL) ends the process here; it is started again, and as on a board it says
#   "soft reboot" and is back in the raw REPL.
import os
import pty
import select
import signal
import subprocess
import threading
import tty

import harness


class Bridge:
    """The board and its serial port. A context manager; `device` is the path for `mpremote connect`."""

    def __init__(self, folder, heap="320k"):
        self.folder = folder
        self.command = [*harness.micropython(), "-X", "heapsize=" + heap]
        self.environ = dict(os.environ, MICROPYPATH=".frozen:{}/lib".format(folder))
        (folder / "lib").mkdir(parents=True, exist_ok=True)
        self.host, self._port = pty.openpty()  # the side of mpremote; the port stays open when mpremote closes it
        tty.setraw(self._port)
        self.device = os.ttyname(self._port)
        self.resets = 0
        self._wake, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._start()
        self._thread.start()
        return self

    def __exit__(self, *_):
        os.close(self._stop)
        self._thread.join(10)
        self._end()
        for file in self.host, self._port, self._wake:
            os.close(file)

    def _start(self):
        self.board, terminal = pty.openpty()
        tty.setraw(terminal)
        self._tail = b""  # what MicroPython said last
        self.process = subprocess.Popen(
            self.command, stdin=terminal, stdout=terminal, stderr=terminal, cwd=self.folder, env=self.environ,
            start_new_session=True)
        os.close(terminal)

    def _end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(5)
        os.close(self.board)

    def _read_board(self):
        try:
            data = os.read(self.board, 4096)
        except OSError:  # EIO: the process has ended
            return b""
        self._tail = (self._tail + data)[-8:]
        return data

    def _write_board(self, data):
        while data:
            # "\x04>" and "exit\r\n>" end what the raw REPL says before it reads, ">>> " what the friendly one says
            if b"\x03" in data and not self._tail.endswith((b"\x04>", b"exit\r\n>", b">>> ")):
                data = data.partition(b"\x03")[2]
                self.process.send_signal(signal.SIGINT)
            else:
                data = data[os.write(self.board, data):]

    def _reset(self):
        """Start again as a board does after Ctrl-D in the raw REPL: the banner is not seen, the raw REPL's is."""
        self._end()
        self.resets += 1
        os.write(self.host, b"MPY: soft reboot\r\n")
        self._start()
        seen = b""
        while not seen.endswith(b">>> "):
            data = self._read_board()
            if not data:
                return  # it does not even start: mpremote will say so
            seen += data
        os.write(self.board, b"\x01")

    def _run(self):
        while True:
            ready, _, _ = select.select([self.host, self.board, self._wake], [], [])
            if self._wake in ready:
                return
            if self.host in ready:
                self._write_board(os.read(self.host, 4096))
            if self.board in ready:
                data = self._read_board()
                if data:
                    os.write(self.host, data)
                else:
                    self._reset()
