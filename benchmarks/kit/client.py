"""A client that sends the given bytes and reads exactly one answer for each: what the servers see never varies."""

import contextlib
import itertools
import socket

from .workloads import ETAG

_BODILESS = (204, 304)


class Wrong(Exception):
    """An answer that is not what the workload wants."""


class Client:
    """Sends requests over one connection as long as the server keeps it, over new ones where it does not."""

    def __init__(self, program, timeout=60, settle=False, first=True):
        """The first client of a program waits for it to listen.

        With `settle` no request is sent before the server waits for it. Else a server that runs slowly (under
        valgrind) would find the next request before it has to wait, which never happens at its own speed.
        """
        self.program, self.timeout, self.settle = program, timeout, settle
        self.socket, self.buffer = None, b""
        self.connections = 0 if first else 1
        self._first = None  # the fields of the answer to Workload.first
        self._numbers = itertools.count(1)  # of requests that are made when they are sent
        self._others = []  # the other clients of a workload with several at once

    def _open(self):
        if self.connections:
            self.socket = socket.create_connection(("127.0.0.1", self.program.port), timeout=self.timeout)
        else:
            self.socket = self.program.connect(self.timeout)
            self.socket.settimeout(self.timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1
        self.buffer = b""

    def close(self):
        self.close_others()
        self._drop()

    def close_others(self):
        """Close the further connections of a workload, before the server does it because they are idle."""
        for client in self._others:
            client._drop()
        self._others = []

    def _drop(self):
        if self.socket:
            self.socket.close()
            self.socket = None

    def _more(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def _take(self, size):
        while len(self.buffer) < size:
            if not self._more():
                raise Wrong("the answer ends after %d of %d bytes" % (len(self.buffer), size))
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def _line(self):
        while b"\r\n" not in self.buffer:
            if not self._more():
                raise Wrong("the answer ends within a line: %r" % self.buffer[:200])
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def _put(self, data, still=False):
        """Send one request; `still` says that the server stands still already."""
        settled = self.settle and self.connections and not still
        if settled:
            self.program.wait_asleep(self.timeout)
        if self.socket:
            self.socket.sendall(data)
            return
        # Whether a request is there when its connection is accepted is chance, unless the server stands still.
        with self.program.stopped() if settled else contextlib.nullcontext():
            self._open()
            self.socket.sendall(data)

    def ask(self, data):
        """Send one request and give (status, fields, body); the connection is closed if the server does not keep it."""
        self._put(data)
        return self._get()

    def _get(self):
        version, status = self._line().split(b" ")[:2]
        fields = {}
        while line := self._line():
            name, _, value = line.partition(b":")
            fields[name.strip().lower()] = value.strip()
        if int(status) in _BODILESS:
            body = b""
        elif fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            pieces = []
            while size := int(self._line().split(b";")[0], 16):
                pieces.append(self._take(size))
                self._take(2)
            while self._line():
                pass
            body = b"".join(pieces)
        elif b"content-length" in fields:
            body = self._take(int(fields[b"content-length"]))
        else:
            while self._more():
                pass
            body, self.buffer = self.buffer, b""
            fields[b"connection"] = b"close"
        token = fields.get(b"connection", b"").lower()
        if token == b"close" or (version == b"HTTP/1.0" and token != b"keep-alive"):
            if self.buffer or self._more():
                raise Wrong("bytes behind the answer: %r" % self.buffer[:200])
            if self.settle:
                self.program.wait_asleep(self.timeout)
            self._drop()
        return int(status), fields, body

    def send(self, workload, count, start=0):
        """Send `count` requests of a workload, from number `start` on, and check every answer."""
        requests = workload.requests
        if workload.first:
            if self._first is None:
                self._first = self.ask(workload.first)[1]
            etag = self._first.get(b"etag", b"")
            requests = [each if callable(each) else each.replace(ETAG, etag) for each in requests]
        if workload.clients > 1:
            return self._send_at_once(workload, count)
        clients = [self]
        if workload.connections > 1:
            while len(self._others) < workload.connections - 1:
                self._others.append(Client(self.program, self.timeout, self.settle, first=False))
            clients += self._others
        for number in range(start, start + count):
            client = clients[number % workload.connections]
            request = requests[number % len(requests)]
            if callable(request):
                request = request(self._first, next(self._numbers))
            _check(workload, number, client.ask(request))

    def _send_at_once(self, workload, count):
        """Send in rounds: a server that stands still finds the requests of all clients when it goes on."""
        if not self.connections:
            _check(workload, 0, self.ask(workload.requests[0]))
        while len(self._others) < workload.clients - 1:
            self._others.append(Client(self.program, self.timeout, self.settle, first=False))
        crowd = [self, *self._others]
        for number in range(0, count, len(crowd)):
            self.program.wait_asleep(self.timeout)
            with self.program.stopped():
                for client in crowd:
                    client._put(workload.requests[0], still=True)
            for client in crowd:
                _check(workload, number, client._get())


def _check(workload, number, answer):
    status, _, body = answer
    right = workload.want(body) if callable(workload.want) else body == workload.want
    if status != workload.status or not right:
        raise Wrong("request %d: %d %r" % (number, status, body[:200]))
