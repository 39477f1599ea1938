# Servers whose allocations fail when a test says so: see starve.py, which is the process that they run in.
import itertools
import pathlib
import sys

import harness
import starve

_LAUNCHER = str(pathlib.Path(starve.__file__))
_count = itertools.count()


def available():
    """Tell whether the packaged MicroPython runs here, a shared library whose calls can be led away."""
    try:
        import elftools  # noqa: F401
        import micropython_run
    except ImportError:
        return False
    return sys.platform == "linux" and micropython_run is not None


class Control:
    """What is ordered of a starved server, and what came of it."""

    def __init__(self):
        self.path = harness.scratch() / f"starve-{next(_count)}"
        self.path.write_bytes(bytes(20))
        self._n = starve.counters(self.path)
        self._hit = 0  # of the orders before

    def arm(self, skip, fail=1):
        """Let `skip` allocations pass, and `fail` ones after these fail."""
        self._hit = self._n[starve.HIT]
        self._n[starve.SKIP] = skip
        self._n[starve.FAIL] = fail
        self._n[starve.ORDER] += 1

    def disarm(self):
        """Let no allocation fail any more. Gives how many did."""
        before = self._hit
        self.arm(0, 0)
        return self._n[starve.HIT] - before

    def command(self):
        """Give what runs in MicroPython's place."""
        return [sys.executable, _LAUNCHER, str(self.path)]
