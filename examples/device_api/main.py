# A device's own API: its pins, one by one, and its state; with a page that uses it.
#
#   curl http://localhost:8081/api/pins
#   curl http://localhost:8081/api/pins/2
#   curl http://localhost:8081/api/pins/2 -X PUT -H 'Content-Type: application/json' -d '{"value": 1}'
#   curl http://localhost:8081/api/pins/2 -X PUT -d value=0
#   curl http://localhost:8081/api/status
import gc
import sys
import time

import tinyweb

try:
    from machine import Pin
except ImportError:  # a PC has no pins: these only store their value

    class Pin:
        IN, OUT = 0, 1

        def __init__(self, number, mode=IN):
            self._value = 0

        def value(self, *value):
            if value:
                self._value = value[0]
            return self._value


# Your board's pins: the API gives access to these only.
PINS = {
    2: ("lamp", Pin(2, Pin.OUT)),
    4: ("fan", Pin(4, Pin.OUT)),
    5: ("door", Pin(5, Pin.IN)),
}
OUTPUTS = (2, 4)
VALUES = {0: 0, 1: 1, "0": 0, "1": 1}  # numbers come from JSON, words from a form
START = time.time()

app = tinyweb.webserver()


def state(number):
    name, pin = PINS[number]
    return {"pin": number, "name": name, "output": number in OUTPUTS, "value": pin.value()}


class AllPins:

    def get(self, data):
        """List the pins."""
        return [state(number) for number in sorted(PINS)]


class OnePin:

    def get(self, data, number):
        """Return one pin.

        404: no such pin
        """
        if number not in PINS:
            return {"message": "no such pin"}, 404
        return state(number)

    def put(self, data, number):
        """Set an output: value is 0 or 1.

        400: value is neither 0 nor 1
        404: no such pin
        409: the pin is an input
        """
        if number not in PINS:
            return {"message": "no such pin"}, 404
        if number not in OUTPUTS:
            return {"message": "this pin is an input"}, 409
        value = data.get("value") if isinstance(data, dict) else None
        if not isinstance(value, (int, str)) or value not in VALUES:
            return {"message": "value must be 0 or 1"}, 400
        PINS[number][1].value(VALUES[value])
        return state(number)


class Status:

    def get(self, data):
        """Return the device's state: seconds since the start, and bytes of heap if they are known."""
        status = {"platform": sys.platform, "uptime": int(time.time() - START)}
        if hasattr(gc, "mem_free"):
            status["free"] = gc.mem_free()
        return status


app.add_resource(AllPins, "/api/pins")
app.add_resource(OnePin, "/api/pins/<int:number>")
app.add_resource(Status, "/api/status")


@app.get("/")
async def page(req, resp):
    await resp.send_file("index.html", max_age=0)


def run():
    app.run(host="0.0.0.0", port=8081)


if __name__ == "__main__":
    run()
