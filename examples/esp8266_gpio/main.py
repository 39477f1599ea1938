# The pins of an ESP8266 over REST, written as for TinyWeb 1.x: a class for each kind of resource, a page from a file.
#
#   curl http://localhost:8081/api/gpio
#   curl http://localhost:8081/api/gpio/5 -X PUT -d value=1
#   curl http://localhost:8081/api/status
import gc

import tinyweb

try:
    from machine import Pin
except ImportError:
    from pin_standin import Pin

# The GPIO numbers that are free on a NodeMCU, and what is printed beside them. Others decide how the board boots.
NAMES = {16: 'D0', 5: 'D1', 4: 'D2', 14: 'D5', 12: 'D6', 13: 'D7'}
pins = {number: Pin(number, Pin.OUT, value=0) for number in NAMES}

app = tinyweb.webserver()


@app.route('/')
async def index(req, resp):
    await resp.send_file('index.html', max_age=0)


class Status():

    def get(self, data):
        """Return how much memory there is."""
        if not hasattr(gc, 'mem_free'):  # a PC
            return {'memory': None}
        return {'memory': {'free': gc.mem_free(), 'total': gc.mem_free() + gc.mem_alloc()}}


class GPIOList():

    def get(self, data):
        """List all pins."""
        return {'pins': [{'gpio': n, 'nodemcu': NAMES[n], 'value': pins[n].value()} for n in sorted(pins)]}


class GPIO():

    def put(self, data, number):
        """Set a pin: value is 0 or 1."""
        if not number.isdigit() or int(number) not in pins:
            return {'message': 'no such pin'}, 404
        value = data.get('value') if isinstance(data, dict) else None
        if str(value) not in ('0', '1'):
            return {'message': 'value must be 0 or 1'}, 400
        pins[int(number)].value(int(value))
        return {'message': 'changed', 'value': int(value)}


def run():
    # Only pages of this server may use it: the browser blocks pages of other sites.
    app.add_resource(Status, '/api/status', allowed_access_control_origins=())
    app.add_resource(GPIOList, '/api/gpio', allowed_access_control_origins=())
    app.add_resource(GPIO, '/api/gpio/<number>', allowed_access_control_origins=())
    app.run(host='0.0.0.0', port=8081)


if __name__ == '__main__':
    run()
