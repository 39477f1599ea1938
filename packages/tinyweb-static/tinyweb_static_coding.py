# Gzip, and validators that follow from a file's content: loaded by the first file that is coded, has a gzip sibling or
# has no time.

from tinyweb_static_sending import fields


def accepts_gzip(accept):
    """Tell whether an Accept-Encoding accepts gzip: by name, or by "*" where it has no name; not with a weight of 0.

    RFC 9110 12.5.3; x-gzip is the same (8.4.1.3).
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
    """Choose between a file and its gzip sibling; return (path, what os.stat() says, coding, Vary line).

    plain: what os.stat() says of the file; without one, every client gets the sibling.
    """
    vary = b"Vary: Accept-Encoding\r\n"
    if plain and not accepts_gzip(fields(resp).get(b"accept-encoding", b"")):
        return path, plain, None, vary
    return path + ".gz", sibling, "gzip", vary


def content_mark(path, size, mtime, encoding):
    """Return (source, mark, coding line): where a file is read from, and a number for its ETag.

    The mark of a gzip file is its trailer: a checksum and the length of its content (RFC 1952 2.3.1). A file in flash
    (ROMFS) has no time: its mark is a checksum, and its source a memoryview. Other files have mtime as their mark.
    """
    source = path
    gzip = encoding == "gzip" and size > 8
    if gzip or not mtime:
        with open(path, "rb") as file:
            if not mtime:
                try:
                    source = memoryview(file)
                    from binascii import crc32  # pragma: no cover  MicroPython's ROM file system

                    mtime = crc32(source)  # pragma: no cover  the same
                except TypeError:
                    pass  # it is not in flash
            if gzip:
                file.seek(size - 8)
                mtime = int.from_bytes(file.read(8), "little")
    return source, mtime, b"Content-Encoding: %s\r\n" % encoding.encode() if encoding else b""
