# The least that the public streams can do with readline: no routing, no parsing, a fixed answer.
import asyncio
import sys

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, world!"


async def serve(reader, writer):
    while True:
        line = await reader.readline()
        if not line:
            break
        while line not in (b"\r\n", b""):
            line = await reader.readline()
        writer.write(ANSWER)
        await writer.drain()
    writer.close()
    await writer.wait_closed()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.wait_closed()


asyncio.run(main())
