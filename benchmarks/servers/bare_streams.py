# The least that the public streams can do: no routing, no parsing, a fixed answer. As bare_readline the head is read
# line by line; as bare_readinto, what is there at once is taken for one whole head.
#   micropython -m bench_bare_readline <port> <workload>
import asyncio
import sys

from baseline import heap

WORKLOAD = sys.argv[2]
CLOSE = WORKLOAD == "close"
MEMORY = WORKLOAD == "memory"
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n%sContent-Length: %%d\r\n\r\n" % (
    "Connection: close\r\n" if CLOSE else ""
)
HELLO = (HEAD % 13 + "Hello, world!").encode()


async def read_lines(reader, writer):
    while True:
        first = line = await reader.readline()
        while line not in (b"\r\n", b""):
            line = await reader.readline()
        if not first:
            break
        writer.write(answer(first) if MEMORY else HELLO)
        await writer.drain()
        if CLOSE:
            break
    writer.close()
    await writer.wait_closed()


async def read_into(reader, writer):
    head = bytearray(1024)
    while await reader.readinto(head):
        writer.write(answer(head) if MEMORY else HELLO)
        await writer.drain()
        if CLOSE:
            break
    writer.close()
    await writer.wait_closed()


async def send_files(reader, writer):
    # With the buffer that tinyweb-static has in a heap of this size.
    buffer = memoryview(bytearray(4096))
    name = "www/%s.html" % WORKLOAD
    while await reader.readinto(buffer):
        with open(name, "rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            writer.write(HEAD % size)
            while size:
                count = file.readinto(buffer)
                writer.write(buffer[:count])
                await writer.drain()
                size -= count


def answer(line):
    if line[:9] == b"GET /heap":
        text = heap()
        return HEAD % len(text) + text
    return HELLO


async def main():
    serve = read_lines if sys.argv[0].endswith("readline") else read_into
    if WORKLOAD.startswith("file"):
        serve = send_files
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.wait_closed()


asyncio.run(main())
