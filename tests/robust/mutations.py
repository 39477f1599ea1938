# Requests broken in the ways in which attackers and bad networks break them, from a seed: the same ones in each run.
import random

SEEDS = [
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\n"
    b"a=1&b=2",
    b"POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n",
    b"PUT /up HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello",
    b"GET /s/33/%C3%A4?x=1 HTTP/1.1\r\nHost: a\r\nCookie: a=b; c=d\r\nConnection: keep-alive\r\n\r\n",
    b"POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"a\": [1, 2]}",
    b"POST /up HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
    b"HEAD http://a/ HTTP/1.0\r\n\r\n",
    b"GET /files/a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=2-5\r\nIf-None-Match: \"x\", W/\"y\"\r\n"
    b"If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT\r\nAccept-Encoding: gzip\r\n\r\n",
    b"OPTIONS /form HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nAccess-Control-Request-Method: PUT\r\n\r\n",
]
LINES = [
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: identity", b"Transfer-Encoding : chunked", b"Transfer-Encoding:\tchunked ",
    b"Transfer_Encoding: chunked", b" Transfer-Encoding: chunked", b"X: y\r\n Transfer-Encoding: chunked",
    b"Transfer-Encoding: xchunked", b"Transfer-Encoding: Chunked", b"Transfer-Encoding:",
    b"Transfer-Encoding: chunked,", b"Content-Length: 0", b"Content-Length: 3", b"Content-Length: 5",
    b"Content-Length: 05", b"Content-Length: +5", b"Content-Length: 5, 5", b"Content-Length: 5\x0b",
    b"Content-Length : 5", b"content-length:5", b"Content-Length: 0x5", b"Content-Length: 99999999999999999999",
    b"Content_Length: 5", b"Host: b", b"Host: a, b", b"Host:", b"X: a\rb", b"X: a\nContent-Length: 2",
    b"Connection: close", b"Connection: Content-Length", b"Connection: Transfer-Encoding", b"Expect: 100-continue",
    b"Upgrade: h2c", b": x", b"X", b"X Y: z", b"X: " + b"a" * 500,
]  # fmt: skip
PIECES = [
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b"\x0b", b"\xff", b"\x85", b":", b",", b";", b"%", b"%zz", b"%00",
    b"%2e", b"..", b"#", b"?", b"//", b"\\", b"\"", b"0", b"5", b"a", b"-1", b"0\r\n\r\n", b"5\r\nhello\r\n",
    b"ffffffff\r\n", b"0x5", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /\r\n", b"=", b"&", b"+", b"{", b"[" * 50, b"}", b"A" * 500, b"\xc3", b"\xe2\x82\xac",
]  # fmt: skip


class Mutator:
    """Makes broken requests; two with the same seed make the same ones."""

    def __init__(self, seed, seeds=SEEDS):
        self._random = random.Random(seed)
        self._seeds = seeds

    def choice(self, items):
        return self._random.choice(items)

    def _place(self, data):
        return self._random.randrange(len(data) + 1)

    def _flip(self, data):
        i = self._place(data)
        data[i:i + 1] = bytes([self._random.randrange(256)])

    def _insert(self, data):
        i = self._place(data)
        data[i:i] = self.choice(PIECES)

    def _line(self, data):
        # where a line begins, so that it is a field more often than not
        ends = [i + 2 for i in range(len(data)) if data[i:i + 2] == b"\r\n"]
        i = self.choice(ends or [0])
        data[i:i] = self.choice(LINES) + b"\r\n"

    def _cut(self, data):
        i = self._place(data)
        del data[i:i + self._random.randrange(1, 6)]

    def _repeat(self, data):
        i, j = self._place(data), self._place(data)
        data[i:i] = data[j:j + self._random.randrange(1, 30)]

    def _number(self, data):
        digits = [i for i, c in enumerate(data) if 48 <= c <= 57]
        if digits:
            data[self.choice(digits)] = 48 + self._random.randrange(10)

    def _follow(self, data):
        data += self.choice(self._seeds)

    def _truncate(self, data):
        del data[self._place(data):]

    def next(self):
        """Give the next broken request, as bytes."""
        data = bytearray(self.choice(self._seeds))
        changes = (self._flip, self._insert, self._line, self._line, self._cut, self._repeat, self._number,
                   self._follow)
        for _ in range(self.choice((1, 1, 1, 2, 3, 6))):
            self.choice(changes)(data)
        if self._random.randrange(20) == 0:
            self._truncate(data)
        return bytes(data)
