# A stand-in for the module network of a board: nothing here has a radio. It behaves as MicroPython's documentation and
# the sources of its ports tell of three of them, "esp32", "esp8266" and "rp2" (Pico W):
#
# - which constants and numbers there are for statuses, and what isconnected() and ifconfig() return;
# - scan() returns (ssid, bssid, channel, RSSI, security, hidden), raises OSError while the station is not active, and
#   throws the clients of an access point off, as there is one radio;
# - esp32: connect() raises OSError while another join goes on; it tries for ever, and the status is one of a failure
#   or STAT_CONNECTING; an error of the radio without a name of its own is a RuntimeError;
# - esp8266: an access point is configured while it is active only; disconnect() raises OSError if there is nothing to
#   disconnect; hidden is 0 or 1;
# - rp2: a join that failed is over, its status negative; a network that was lost is not joined again; the settings of
#   an access point are those that it had when it became active; hidden is a count.
#
# The file air.json in the working directory says what is in the air, and may change at any time:
# {"port": "rp2", "networks": [[ssid, password, RSSI, hidden], ...], "fault": "memory", "address": "127.0.0.1"}
# What is done is printed, a line each that begins with AIR.
import json
import time

with open("air.json") as f:
    PORT = json.load(f).get("port", "esp32")
STA_IF = 0
AP_IF = 1
STAT_IDLE, STAT_CONNECTING, STAT_WRONG_PASSWORD, STAT_NO_AP_FOUND, STAT_GOT_IP = {
    "esp32": (1000, 1001, 202, 201, 1010),
    "esp8266": (0, 1, 2, 3, 5),
    "rp2": (0, 1, -3, -2, 3),
}[PORT]
if PORT != "rp2":
    AUTH_OPEN = 0
    AUTH_WPA_WPA2_PSK = 4
if PORT == "esp8266":

    def phy_mode():
        return 3


_name = ["mpy-board"]


def air():
    with open("air.json") as f:
        return json.load(f)


def fail():
    if air().get("fault") == "unknown":
        raise RuntimeError("Wifi Unknown Error 0x0101")


def note(*what):
    print("AIR", *what)


def now():
    return time.time_ns() // 1000000


def hostname(name=None):
    if name is None:
        return _name[0]
    if len(name) > 32:
        raise ValueError
    _name[0] = name
    note("hostname", name)


class WLAN:
    _each = {}
    IF_STA = 0
    IF_AP = 1
    if PORT != "rp2":
        SEC_WPA_WPA2 = 4
    else:
        SEC_WPA_WPA2 = 0x400006

    def __new__(cls, interface=0):
        if interface not in cls._each:
            cls._each[interface] = self = object.__new__(cls)
            self.set_up(interface)
        return cls._each[interface]

    def __init__(self, interface=0):
        pass

    def set_up(self, interface):
        self.is_ap = interface == AP_IF
        # an ESP8266 comes up as an access point
        self.on = self.is_ap and PORT == "esp8266"
        self.settings = {"ssid": "MicroPython-c41a2b", "key": "micropythoN", "security": 4}
        self.up = {}
        self.ip = ("192.168.4.1" if self.is_ap else "0.0.0.0", "255.255.255.0", "192.168.4.1", "8.8.8.8")
        self.wanted = None  # (ssid, key)
        self.since = 0
        self.was = False  # joined

    def active(self, on=None):
        if on is None:
            return self.on
        if on != self.on:
            self.on = on
            note("AP" if self.is_ap else "STA", "on" if on else "off", *(self.shown() if self.is_ap and on else ()))
            if not on:
                self.wanted = None
                self.was = False
            elif self.is_ap:
                self.up = dict(self.settings)
        return on

    def shown(self):
        return [self.settings["ssid"], self.settings["security"], self.settings["key"]]

    def config(self, name=None, **settings):
        if name:
            return self.settings[name]
        for key in settings:
            if key not in ("ssid", "key", "security"):
                raise ValueError("unknown config param")
        if not self.is_ap:
            raise OSError("AP required")
        if not self.on and PORT == "esp8266":
            raise RuntimeError("the firmware crashes here")
        if not self.on and air().get("fault") == "inactive":
            raise OSError("Wifi Invalid Mode")
        if not self.on:
            fail()
        self.settings.update(settings)
        if settings["security"] and not 8 <= len(settings["key"]) <= 63:
            raise OSError("can't set AP config")
        if self.on:
            note("AP is", *self.shown())

    def ifconfig(self, settings=None):
        if air().get("fault") == "full":
            note("no memory")
            raise MemoryError("memory allocation failed, allocating 32 bytes")
        if settings:
            self.ip = settings
        elif not self.is_ap and self.isconnected():
            self.ip = (air().get("address", "127.0.0.1"), "255.255.255.0", "127.0.0.1", "127.0.0.1")
        return self.ip

    def scan(self):
        if self.is_ap or not self.on:
            raise OSError("STA must be active")
        if WLAN(AP_IF).on:
            note("a scan threw the clients of the access point off")
        if air().get("fault") == "memory":
            raise MemoryError("memory allocation failed, allocating 8192 bytes")
        fail()
        if air().get("fault") == "scan":
            raise OSError("scan failed")
        note("scan")
        found = []
        for n, (ssid, password, rssi, hidden) in enumerate(air()["networks"]):
            name = b"" if hidden else bytes.fromhex(ssid[4:]) if ssid[:4] == "hex:" else ssid.encode()
            last = {"esp32": False, "esp8266": int(hidden), "rp2": n + 1}[PORT]
            found.append((name, b"\x0a\x0b\x0c\x0d\x0e" + bytes([n]), 1 + n % 13, rssi, 4 if password else 0, last))
        return found

    def connect(self, ssid, key=None):
        if not self.on or self.is_ap:
            raise OSError("STA required")
        if PORT == "esp32" and self.wanted and not self.isconnected():
            raise OSError("Wifi Internal Error")
        fail()
        note("connect", ssid)  # never the password
        self.wanted = (ssid, key or "")
        self.since = now()
        self.was = False

    def disconnect(self):
        if PORT == "esp8266" and not self.wanted:
            raise OSError("Cannot disconnect from AP")
        self.wanted = None
        self.was = False

    def outcome(self):
        # What the join has come to by now.
        if not self.wanted:
            return STAT_IDLE
        if now() - self.since < 200:
            return STAT_CONNECTING
        if WLAN(AP_IF).on:
            return STAT_NO_AP_FOUND  # one radio, one channel
        for ssid, password, _, _ in air()["networks"]:
            if ssid == self.wanted[0]:
                if password != self.wanted[1]:
                    return STAT_WRONG_PASSWORD
                if PORT == "rp2" and self.was == "lost":
                    return STAT_IDLE
                self.was = True
                return STAT_GOT_IP
        if self.was:
            self.was = "lost"
        return STAT_NO_AP_FOUND

    def isconnected(self):
        if self.is_ap:
            return self.on
        return self.outcome() == STAT_GOT_IP

    def status(self, what=None):
        return self.outcome()
