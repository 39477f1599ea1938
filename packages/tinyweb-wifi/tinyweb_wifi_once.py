# What tinyweb-wifi does now and then: look at its options, read and write the file, open the access point. Loaded then.

import asyncio
import json
import os

try:
    from tinyweb import API
except ImportError:
    API = 2  # a core before there was this number
if API != 3:
    raise ImportError("tinyweb-wifi 2.0 needs tinyweb-core with API 3, not %d: install both again" % API)


def _check_options(wifi):
    """Raise ValueError for options that make no set-up network."""
    key = wifi.key
    if not 0 < len(wifi.name.encode()) < 28 or key is not None and not 7 < len(key.encode()) < 64:
        raise ValueError("name: 1 to 27 bytes, key: 8 to 63")
    for key, _ in wifi.fields:
        # One letter is an input of the page's own.
        if len(key) < 2 or key in ("ssid", "password"):
            raise ValueError("This key of fields is taken: " + key)
    # Each character of a str would be a prefix.
    if isinstance(wifi.open, str):
        wifi.open = (wifi.open,)
    for prefix in wifi.open:
        if prefix[:1] != "/":
            raise ValueError("A prefix of open begins with /: " + prefix)


def _read_file(wifi):
    """Read the file into the settings; return whether there is a radio."""
    try:
        import network
    except ImportError:
        wifi.ip = "127.0.0.1"
        return False
    wifi.ip = None
    wifi.settings = {}
    network.hostname(wifi.name.replace(" ", "-"))
    try:
        with open(wifi.file) as f:
            settings = json.load(f)
        if settings["ssid"] + settings["password"] > "":  # TypeError for others than str
            wifi.settings = settings
    except OSError:
        pass  # there is none yet
    except (ValueError, KeyError, TypeError):
        print("tinyweb-wifi: no ssid and password in " + wifi.file)
    return True


async def _join(self, timeout):
    """Do Wifi.join(), for a Wifi."""
    import network

    network.WLAN(network.AP_IF).active(False)
    self._wlan = wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    self.outcome = "no answer (is its password right?)"
    todo = True
    for _ in range(int(timeout)):
        if todo:
            todo = self._connect()
        await asyncio.sleep(1)
        if wlan.isconnected():
            self.outcome = ""
            self.ip = wlan.ifconfig()[0]
            self._task = asyncio.create_task(self._watch())
            return True
        status = wlan.status()
        # A Pico W says it by a negative number, and tries no more.
        todo = todo or status < 0
        if status == network.STAT_WRONG_PASSWORD:
            self.outcome = "wrong password"
        elif status == network.STAT_NO_AP_FOUND and self.outcome[0] != "w":
            # An ESP32 says it in turn with the other, and sometimes alone.
            self.outcome = "not found"
    return False


def _store(wifi):
    """Write the settings into the file. A power cut leaves the old file or the new one."""
    new = wifi.file + ".new"
    with open(new, "w") as f:
        json.dump(wifi.settings, f)
    os.rename(new, wifi.file)
    print("tinyweb-wifi: http://%s/" % wifi.ip)


def _start_ap(wifi):
    """Scan, and open the access point. Return the networks (bytes): of each its strength, 1 to 4, the length of its
    name, and the name. A list takes 1 KB more. Raises OSError, or an ESP32's RuntimeError, where the radio fails.
    """
    import network
    from machine import unique_id

    ap = network.WLAN(network.AP_IF)
    ap.active(False)  # an ESP8266 comes up as one
    sta = network.WLAN(network.STA_IF)
    sta.active(True)
    found = b""
    names = [b""]  # a hidden network has no name
    try:
        for n in sorted(sta.scan(), key=lambda n: -n[3]):
            name = n[0].strip(b"\0")
            if name not in names and len(names) < 13:
                names.append(name)
                found += bytes((min(4, max(1, n[3] // 10 + 10)), len(name))) + name
    except (OSError, RuntimeError, MemoryError):
        pass  # a name can be typed, too
    sta.active(False)
    name = "%s-%02X%02X" % ((wifi.name,) + tuple(unique_id()[-2:]))
    key = wifi.key or ""
    security = key and getattr(network, "AUTH_WPA_WPA2_PSK", 0x400006) or 0
    # A Pico W takes them while the access point is inactive, an ESP8266 while it is active.
    ap.active(hasattr(network, "phy_mode"))
    try:
        ap.config(ssid=name, key=key, security=security)
    except (OSError, RuntimeError):
        ap.active(True)
        ap.config(ssid=name, key=key, security=security)
    ap.active(True)
    address = wifi.address
    if ap.ifconfig()[0] != address:
        ap.ifconfig((address, "255.255.255.0", address, address))
    print("tinyweb-wifi: join %s, http://%s/" % (name, address))
    return found
