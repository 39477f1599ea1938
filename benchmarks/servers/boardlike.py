# A stand-in for what boards have and MicroPython for Linux lacks: select.select(), and bind() to a host and a port.
# What it costs is counted for the server that needs it.
import select
import socket
import sys


class Listener:
    """A socket that takes ("127.0.0.1", 80) for an address."""

    def __init__(self, *arguments):
        self.real = socket.socket(*arguments)
        self.setsockopt = self.real.setsockopt
        self.listen = self.real.listen
        self.accept = self.real.accept
        self.close = self.real.close

    def bind(self, address):
        self.real.bind(socket.getaddrinfo(*address)[0][-1])


class Socket:
    """The module socket, with such a socket."""

    socket = Listener

    def __getattr__(self, name):
        return getattr(socket, name)


class Select:
    """The module select, with select()."""

    def __getattr__(self, name):
        return getattr(select, name)

    def select(self, readers, writers, errors, timeout=None):
        poller = select.poll()
        listeners = {}
        for one in readers:
            real = getattr(one, "real", one)
            if real is not one:
                listeners[id(real)] = one
            poller.register(real, select.POLLIN)
        for one in writers:
            poller.register(one, select.POLLOUT | (select.POLLIN if one in readers else 0))
        can_read, can_write = [], []
        for one, event in poller.ipoll(-1 if timeout is None else int(timeout * 1000)):
            if event & ~select.POLLOUT:
                can_read.append(listeners.get(id(one), one))
            if event & select.POLLOUT:
                can_write.append(one)
        return can_read, can_write, []


sys.modules["socket"] = Socket()
sys.modules["select"] = Select()
