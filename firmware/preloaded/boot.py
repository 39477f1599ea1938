# Brings the board into your WiFi before main.py runs: a board that knows none opens a network of its own, TinyWeb-XXXX,
# and asks there for yours. firmware/preload puts it into an image; on a board it needs tinyweb-wifi.
import asyncio

import tinyweb
import tinyweb_wifi


async def join(port=80, **options):
    """Return when the board is in a network. options: of tinyweb_wifi.Wifi."""
    app = tinyweb.webserver()
    wifi = tinyweb_wifi.Wifi(**options)
    if not await wifi.start(app):
        await app.start("0.0.0.0", port)
        while not wifi.ip:
            await asyncio.sleep(1)
        await app.stop()
    print("The board is in your WiFi: http://%s/, with the port of its program" % wifi.ip)


if __name__ == "__main__":
    asyncio.run(join())
