# As hello.py, with a connection for each request.
import asyncio
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\nConnection: close\r\n\r\nHello, world!"


async def serve(reader, writer):
    while True:
        line = await reader.readline()
        if line in (b"\r\n", b""):
            break
    writer.write(ANSWER)
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.wait_closed()


asyncio.run(main())
