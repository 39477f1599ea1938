# A stand-in for the module network of a board, small enough for a board's heap: one network is there. Frozen, as a
# board's own is a part of its firmware.
import sys

STA_IF = 0
AP_IF = 1
STAT_WRONG_PASSWORD = 1
STAT_NO_AP_FOUND = 2


def hostname(name=None):
    return "Lamp"


class WLAN:
    joined = False

    def __init__(self, interface):
        self.interface = interface

    def active(self, on=None):
        pass

    def config(self, **settings):
        pass

    def ifconfig(self, settings=None):
        return ("127.0.0.1" if self.interface == STA_IF else sys.argv[-1],)

    def scan(self):
        nets = [("Network %d" % n, -60 - n) for n in range(14)] + [("Home", -50)]
        return [(name.encode(), b"123456", 1, rssi, 3, False) for name, rssi in nets]

    def connect(self, ssid, key=None):
        WLAN.joined = ssid == "Home" and key == "right-password"

    def disconnect(self):
        WLAN.joined = False

    def isconnected(self):
        return WLAN.joined

    def status(self):
        return STAT_WRONG_PASSWORD
