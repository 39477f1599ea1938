# Runs a program without garbage collection and prints the heap in use when it is interrupted. The program itself is the
# one that is measured everywhere else: nothing is added to it.
#   micropython -m meter <program> <port> <workload>
import gc
import sys

program = sys.argv[1]
del sys.argv[0]
_used = gc.mem_alloc


class Uncollected:
    """Stands for the module gc, so that a server's own calls of collect() do not hide what it allocated."""

    def __getattr__(self, name):
        return getattr(gc, name)

    def collect(self, generation=0):
        return 0


gc.disable()
sys.modules["gc"] = Uncollected()
try:
    __import__(program)
except KeyboardInterrupt:
    pass
print("\nallocated", _used())
