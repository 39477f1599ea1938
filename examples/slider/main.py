# Three sliders control the colour of a light. The sliders of all open pages follow, over WebSockets.
import tinyweb
from tinyweb_websocket import Room, websocket

try:
    from machine import PWM, Pin

    LIGHTS = [PWM(Pin(n), freq=1000) for n in (12, 13, 14)]  # red, green, blue; your pins go here
except ImportError:
    LIGHTS = []  # no pins here: the levels are only remembered

app = tinyweb.webserver()
room = Room()
levels = [255, 140, 30]  # of red, green and blue, 0 to 255


def show(n):
    """Put a level on its pin."""
    if LIGHTS:
        LIGHTS[n].duty_u16(levels[n] * 257)


def parse(message):
    """Return (number of the slider, level) of a message such as "0 255", or None if it is malformed."""
    try:
        n, level = [int(part) for part in message.split()]
    except (AttributeError, TypeError, ValueError):
        return None
    return (n, level) if 0 <= n < 3 and 0 <= level < 256 else None


@app.get("/")
async def page(req, resp):
    await resp.send_file("index.html", max_age=0)


@app.get("/levels")
@websocket(max_size=16, ping=10)
async def steer(req, ws):
    await ws.accept()
    room.add(ws)
    ws.push("%d %d %d" % tuple(levels))
    async for message in ws:
        wanted = parse(message)
        if not wanted:
            await ws.close(1008, "Send a slider's number and a level")
            return
        n, levels[n] = wanted
        show(n)
        room.push("%d %d %d" % tuple(levels))  # to the sender too, who waits for it before the next message


for n in range(3):
    show(n)
app.run(host="0.0.0.0", port=8081)
