# Frozen into the image, runs first: mounts the file system, which the emulator has put into RAM outside the heap.
import gc

import uctypes
import vfs

# As on an ESP8266: collect whenever a quarter of the heap has been allocated since the last time.
gc.threshold((gc.mem_free() + gc.mem_alloc()) // 4)


class RAMDisk:
    def __init__(self):
        self.bytes = uctypes.bytearray_at(0x21800000, 1 << 20)

    def readblocks(self, block, buffer, offset=0):
        start = block * 4096 + offset
        buffer[:] = memoryview(self.bytes)[start : start + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        start = block * 4096 + offset
        memoryview(self.bytes)[start : start + len(buffer)] = buffer

    def ioctl(self, what, argument):
        return {4: 256, 5: 4096, 6: 0}.get(what)


try:
    vfs.mount(RAMDisk(), "/")
except OSError:  # no image was given
    vfs.VfsLfs2.mkfs(RAMDisk())
    vfs.mount(RAMDisk(), "/")

# A ROMFS lies behind it, if one was given: nothing of it is copied into the heap.
rom = uctypes.bytearray_at(0x21900000, 1 << 20)
if rom[0] == 0xD2:
    import sys

    vfs.mount(vfs.VfsRom(rom), "/rom")
    sys.path += ("/rom/lib", "/rom")
