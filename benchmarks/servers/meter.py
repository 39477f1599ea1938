# Runs a program without garbage collection and prints the heap in use when it is interrupted, then the modules it
# loaded. The program itself is the one that is measured everywhere else: nothing is added to it.
#   micropython -m meter <program> <port>
import gc
import sys

program = sys.argv[1]
sys.argv[:] = [program, sys.argv[2]]
gc.disable()
try:
    __import__(program)
except KeyboardInterrupt:
    pass
print("\nallocated", gc.mem_alloc())
print("modules", " ".join(name for name in sys.modules))
