# As hello.py; the heap in use is told to whoever asks for /heap.
import asyncio
import sys

from baseline import heap

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s"
HELLO = ANSWER % (13, b"Hello, world!")


async def serve(reader, writer):
    head = bytearray(1024)
    while await reader.readinto(head):
        answer = HELLO
        if head[:9] == b"GET /heap":
            text = heap()
            answer = ANSWER % (len(text), text)
        writer.write(answer)
        await writer.drain()
    writer.close()
    await writer.wait_closed()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.wait_closed()


asyncio.run(main())
