# The server beside your own asyncio tasks: it can be stopped and started again.
import asyncio

import tinyweb

app = tinyweb.webserver()
HOST = "0.0.0.0"
PORT = 8081
beats = 0


@app.get("/")
async def index(req, resp):
    return "%d beats\n" % beats


@app.post("/pause")
async def pause(req, resp):
    """Close the port for two seconds, for example to save power. The answer still arrives."""
    asyncio.create_task(stop_for_a_while())
    return "See you in two seconds.\n", 202


async def stop_for_a_while():
    await app.stop()
    await asyncio.sleep(2)
    await app.start(HOST, PORT)


async def heartbeat():
    """Stands for your own work: it goes on while pages are served, and while nobody serves."""
    global beats
    while True:
        beats += 1
        await asyncio.sleep(0.1)


async def main():
    asyncio.create_task(heartbeat())
    await app.start(HOST, PORT)
    while True:  # MicroPython ends with main(), as a program on a PC does
        await asyncio.sleep(3600)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print("Stopped.")
