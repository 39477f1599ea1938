# WiFi for a board. MicroPython runs boot.py before main.py: fill in the two names, and it works for every example.
import time

import network

SSID = 'your network'
PASSWORD = 'its password'

wlan = network.WLAN(network.STA_IF)
wlan.active(True)
if not wlan.isconnected():  # it may still be, after a soft reset
    wlan.connect(SSID, PASSWORD)
for _ in range(100):  # ten seconds; later on the board connects again by itself, and the server waits for that
    if wlan.isconnected():
        print('Open http://{}:8081/'.format(wlan.ifconfig()[0]))
        break
    time.sleep(0.1)
else:
    print('No WiFi: is {!r} there, and is the password right?'.format(SSID))
