# Staged beside every program: the heap that is in use beyond what MicroPython and its asyncio take by themselves, and
# the modules that are loaded.
import asyncio
import gc
import sys

_loaded = asyncio.start_server, asyncio.Event, asyncio.wait_for  # asyncio loads its parts on first use
gc.collect()
_start = gc.mem_alloc()


def heap():
    gc.collect()
    return "%d %s" % (gc.mem_alloc() - _start, " ".join(sys.modules))
