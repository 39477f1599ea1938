# A stand-in for the module machine of a board: what tinyweb-wifi asks of it.


def unique_id():
    return b"\x24\x0a\xc4\x00\x1a\x2b"
