# As hello.py, with a connection for each request.
import select
import socket
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\nConnection: close\r\n\r\nHello, world!"

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
            except OSError:  # reset by the client: the end, as well
                pass
            poller.unregister(ready)
            ready.close()


serve()
