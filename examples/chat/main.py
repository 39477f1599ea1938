# A chat over WebSockets: each message is sent to all pages. The board needs no Internet.
import json

import tinyweb
from tinyweb_websocket import Room, websocket

app = tinyweb.webserver()
room = Room()
KEPT = 20  # messages that a new client gets
past = []
number = 0  # of messages so far


def parse(message):
    """Return {"name", "text"} of a message from a page, or None if it is malformed."""
    try:
        data = json.loads(message)
        name, text = data["name"].strip(), data["text"].strip()
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    if not name or not text or len(name) > 20 or len(text) > 300:
        return None
    return {"name": name, "text": text}


def tell_number():
    room.push(json.dumps({"here": len(room)}))


@app.get("/")
async def page(req, resp):
    await resp.send_file("index.html", max_age=0)


@app.get("/chat")
@websocket(max_size=2000, ping=10, behind=2048)
async def chat(req, ws):
    global number
    sent = None
    while sent != number:  # somebody may have said something while the others were sent
        sent = number
        await ws.send("[%s]" % ",".join(past))
    room.add(ws)
    tell_number()
    try:
        async for message in ws:
            said = parse(message)
            if not said:
                await ws.close(1008, "Send a name and a text")
                return
            text = json.dumps(said)
            number += 1
            past.append(text)
            if len(past) > KEPT:
                past.pop(0)
            room.push(text)
    finally:
        room.remove(ws)
        tell_number()


app.run(host="0.0.0.0", port=8081)
