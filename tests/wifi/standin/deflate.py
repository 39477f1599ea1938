# A stand-in for MicroPython's module deflate on CPython; MicroPython takes its own.
import io
import zlib

RAW = 1


def DeflateIO(stream, kind, window):
    return io.BytesIO(zlib.decompress(stream.read(), -window))
