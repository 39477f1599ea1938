# Gzip, and ETags computed from a file's content. Lazy module: loaded by the first file that is encoded, has a gzip
# sibling or has no modification time.

from tinyweb_static_sending import fields


def accepts_gzip(accept):
    """Return whether an Accept-Encoding value (bytes) accepts gzip (RFC 9110 12.5.3).

    gzip, or x-gzip (8.4.1.3), has precedence over "*". A weight of 0 refuses it.
    """
    accept = accept.lower()
    named = other = None
    start = 0
    while start < len(accept):
        end = accept.find(b",", start)
        if end < 0:
            end = len(accept)
        if end > start:
            name = accept[start:end].split(b";", 2)
            accepted = len(name) == 1 or name[1].strip(b" \tq=0.")
            name = name[0].strip()
            if name == b"*":
                other = accepted
            elif name == b"gzip" or name == b"x-gzip":
                named = named or accepted
        start = end + 1
    return other if named is None else named


def select(resp, path, plain, sibling):
    """Choose between a file and its gzip sibling; return (path, os.stat() result, coding or None, Vary line).

    plain: the file's os.stat() result; if it is None, every client gets the sibling.
    """
    vary = b"Vary: Accept-Encoding\r\n"
    if plain and not accepts_gzip(fields(resp).get(b"accept-encoding", b"")):
        return path, plain, None, vary
    return path + ".gz", sibling, "gzip", vary


def checksum(data):  # pragma: no cover  MicroPython's ROM file system
    """Return a number for the content of a bytes-like object."""
    try:
        from binascii import crc32

        return crc32(data)
    except ImportError:  # pragma: no cover  unseen: an ESP8266, in tests/board
        from hashlib import sha256

        return int.from_bytes(sha256(data).digest()[:4], "little")


def content_mark(path, size, mtime, encoding):
    """Return (source to read a file from, number for its ETag, Content-Encoding line).

    For a gzip file the number is its trailer: checksum and length of its content (RFC 1952 2.3.1). A file in ROMFS has
    no mtime: the number is a checksum, and the source a memoryview of the flash. For other files the number is mtime.
    """
    source = path
    gzip = encoding == "gzip" and size > 8
    if gzip or not mtime:
        with open(path, "rb") as file:
            if not mtime:
                try:
                    source = memoryview(file)
                    mtime = checksum(source)  # pragma: no cover  MicroPython's ROM file system
                except TypeError:
                    pass  # the file is not in a ROMFS
            if gzip:
                file.seek(size - 8)
                mtime = int.from_bytes(file.read(8), "little")
    return source, mtime, b"Content-Encoding: %s\r\n" % encoding.encode() if encoding else b""
