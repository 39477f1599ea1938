# `make demo` and `make dev`, run as a person at a terminal does.
import os
import signal
import subprocess
import time

import harness
import project


class Make:
    """A target of make that goes on until it is ended. Its output is read as it comes."""

    def __init__(self, log, target, *args, **popen):
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                ["make", "--no-print-directory", target, *args], cwd=project.ROOT, start_new_session=True,
                **(popen or {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": subprocess.STDOUT}))

    def output(self):
        return self.log.read_text()

    def wait_for(self, text, seconds=90, count=1):
        """Wait until `text` has been said, `count` times."""
        harness.wait_for(lambda: self.output().count(text) >= count or self.process.poll() is not None, seconds,
                         self.output)
        assert self.output().count(text) >= count, self.output()

    def signal(self, number):
        """Send a signal to all of make and its recipe, as the terminal does for Ctrl-C."""
        os.killpg(self.process.pid, number)

    def interrupt(self):
        """Press Ctrl-C, twice as somebody impatient does, and check that it ends in good order. Gives the output."""
        self.signal(signal.SIGINT)
        time.sleep(0.05)
        self.signal(signal.SIGINT)
        code = self.process.wait(20)
        assert code in (0, 130, -signal.SIGINT, 2), code  # 2: what make says after its recipe was interrupted
        output = self.output()
        assert "Traceback" not in output and "KeyboardInterrupt" not in output, output
        return output

    def finish(self):
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            raise


def failure(*args):
    """Run a target that fails. Gives the line it says, beside make's own."""
    done = subprocess.run(["make", "--no-print-directory", *args], cwd=project.ROOT, timeout=60,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode != 0, done.stdout
    lines = [line for line in done.stdout.splitlines() if not line.startswith("make")]
    assert len(lines) == 1, done.stdout
    return lines[0]
