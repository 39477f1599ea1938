# The limit: no asyncio at all, one poll object, sockets that do not block.
#   micropython -m bench_bare_poll <port> <workload>
import select
import socket
import sys

CLOSE = sys.argv[2] == "close"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n%sContent-Length: 13\r\n\r\nHello, world!" % (
    b"Connection: close\r\n" if CLOSE else b""
)

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(socket.getaddrinfo("127.0.0.1", int(sys.argv[1]))[0][-1])
listener.listen(16)
poller = select.poll()
poller.register(listener, select.POLLIN)
head = bytearray(1024)


def serve():
    while True:
        for ready, _ in poller.ipoll():
            if ready is listener:
                client = listener.accept()[0]
                client.setblocking(False)
                poller.register(client, select.POLLIN)
                continue
            try:
                if ready.readinto(head):
                    ready.write(ANSWER)
                    if not CLOSE:
                        continue
            except OSError:  # reset by the client: the end, as well
                pass
            poller.unregister(ready)
            ready.close()


serve()
