# A name server that gives the board's address for every name (RFC 1035 4.1). Loaded while the set-up network is open.
#
# CONTRACT. _answer() is a pure function from a query to a response. A response has 288 bytes at most; a query never has
# more than one. A question of type A and class IN gets one address record; another one gets no record, as the names do
# exist. The question alone is repeated: an OPT record in front of the answer hides it from some clients (RFC 6891 6.1).

import asyncio
import socket


def _answer(query, address):
    """Return the response (bytes) to a query (bytes), with the address (4 bytes); None if there is none.

    None for a response, a query without exactly one question, and one that is cut short, has a compressed name or one
    above 255 bytes (RFC 1035 2.3.4). NOTIMP for what is no standard query.
    """
    n = len(query)
    if n < 17 or query[2] > 127 or query[4:6] != b"\0\1":
        return None
    end = 12
    while end < n and query[end]:
        if query[end] > 63:
            return None
        end += query[end] + 1
    end += 5
    if end > n or end > 271:
        return None
    opcode = query[2] & 0x78
    found = not opcode and query[end - 4 : end] == b"\0\1\0\1"
    # QR, AA, and RD as it came; RA, as resolvers ask nobody else then.
    flags = bytes((0x84 | opcode | query[2] & 1, 0x84 if opcode else 0x80, 0, 1, 0, found, 0, 0, 0, 0))
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x0a\0\4" + address if found else b""
    return query[:2] + flags + query[12:end] + record


def _pause(_):
    return asyncio.sleep(0.01)


async def _name_server(address, seen, port=53):
    """Answer queries that come to an address (str) until it is cancelled; seen() is called for each."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        s.bind(socket.getaddrinfo(address, port)[0][-1])
        s.setblocking(False)
        ip = bytes(map(int, address.split(".")))
        try:
            wait = asyncio.StreamReader(s).read  # of no byte: it only waits
        except TypeError:  # CPython has no such stream
            wait = _pause
        while True:
            try:
                await wait(0)
                query, peer = s.recvfrom(512)
                seen()
                response = _answer(query, ip)
                if response:
                    s.sendto(response, peer)
            except (OSError, MemoryError):
                await _pause(0)  # it asks again
    except OSError as e:
        print("tinyweb-wifi: no name server,", e)
    finally:
        s.close()
