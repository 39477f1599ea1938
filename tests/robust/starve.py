"""Run MicroPython with a heap whose n-th allocation fails:  python starve.py CONTROL [micropython's arguments]

The real interpreter, with two functions of it wrapped: gc_alloc() and gc_realloc(), through which all of its memory
comes. The packaged interpreter is a shared library that calls them through its table of linked functions (the GOT), so
their entries there are pointed at ours. CONTROL is a file of five 32-bit numbers, which the test maps too: see
starving.py. Started by that only, as it makes its own process what it runs.
"""
import ctypes
import mmap
import os
import pathlib
import sys

# The test writes how many allocations pass, how many then fail, and last a new number of the order; we write how many
# have been looked at, and how many failed. These two only grow: whoever wants those of one order takes the difference,
# so that the next order, which comes at any moment, takes none of them away.
SKIP, FAIL, ORDER, SEEN, HIT = range(5)

# MicroPython's own C, which does not survive this: a socket that is accepted and then finds no room for its object is
# lost, and a poller that finds none for its entry reads it all the same, and crashes. No program can mend either.
SPARED = ("socket_accept", "poll_register")


def counters(path):
    """Map the control file. Gives its numbers, as a ctypes array."""
    with open(path, "r+b") as file:
        return (ctypes.c_uint32 * 5).from_buffer(mmap.mmap(file.fileno(), 20))


class Library:
    """The interpreter's library: where its functions are, its private ones too, and how it calls its own."""

    def __init__(self, path):
        from elftools.elf.elffile import ELFFile

        with open(path, "rb") as file:
            elf = ELFFile(file)
            self._symbols = {s.name: s for s in elf.get_section_by_name(".symtab").iter_symbols()}
            linked = elf.get_section_by_name(".dynsym")
            self._entries = {linked.get_symbol(r["r_info_sym"]).name: r["r_offset"]
                             for r in elf.get_section_by_name(".rela.plt").iter_relocations()}
        loaded = ctypes.CDLL(path, mode=os.RTLD_NOLOAD)
        first = ctypes.cast(loaded.gc_alloc, ctypes.c_void_p).value
        self._base = first - self._symbols["gc_alloc"]["st_value"]

    def address(self, name):
        return self._base + self._symbols[name]["st_value"]

    def span(self, name):
        """Give the addresses of a function's code, as a range."""
        return range(self.address(name), self.address(name) + self._symbols[name]["st_size"])

    def lead(self, name, function):
        """Have the library call `function` where it called `name`."""
        entry = self._base + self._entries[name]
        page = mmap.PAGESIZE
        libc = ctypes.CDLL(None, use_errno=True)
        # the table is read-only once it has been filled (full RELRO)
        start = ctypes.c_void_p(entry // page * page)
        if libc.mprotect(start, ctypes.c_size_t(page), mmap.PROT_READ | mmap.PROT_WRITE):
            raise OSError(ctypes.get_errno(), "mprotect")
        ctypes.c_void_p.from_address(entry).value = ctypes.cast(function, ctypes.c_void_p).value


def callers(depth=24):
    """Give the addresses in the functions that have been called and not yet returned, the innermost first."""
    frames = (ctypes.c_void_p * depth)()
    return frames[:ctypes.CDLL(None).backtrace(frames, depth)]


def starve(library, control):
    """Have allocations fail as the counters say. Gives what must be kept alive for that."""
    spared = [library.span(name) for name in SPARED]
    order = skip = fail = 0

    def refused():
        nonlocal order, skip, fail
        if order != control[ORDER]:
            order = control[ORDER]
            skip, fail = control[SKIP], control[FAIL]
        if not fail:
            return False
        control[SEEN] += 1
        if skip:
            skip -= 1
            return False
        if any(address in span for address in callers() if address for span in spared):
            return False
        fail -= 1
        control[HIT] += 1
        return True

    alloc_type = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint)
    realloc_type = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_bool)
    alloc = alloc_type(library.address("gc_alloc"))
    realloc = realloc_type(library.address("gc_realloc"))
    size = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p)(library.address("gc_nbytes"))

    def our_alloc(n, flags):
        return None if refused() else alloc(n, flags)

    def our_realloc(old, n, may_move):
        # what grows in its place takes memory too; one that moves counts twice, which harms nobody
        return None if n > size(old) and refused() else realloc(old, n, may_move)

    ours = alloc_type(our_alloc), realloc_type(our_realloc)
    library.lead("gc_alloc", ours[0])
    library.lead("gc_realloc", ours[1])
    return ours


def main():
    import micropython_run

    path = micropython_run.__file__
    kept = starve(Library(path), counters(sys.argv[1]))
    status = micropython_run.run_main([str(pathlib.Path(path).with_name("micropython")), *sys.argv[2:]])
    del kept  # from here on nobody allocates
    return status


if __name__ == "__main__":
    sys.exit(main())
