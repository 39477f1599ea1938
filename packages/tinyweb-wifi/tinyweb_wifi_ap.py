# The access point of tinyweb-wifi. Loaded while it is opened.

import network
from machine import unique_id


def _start_ap(wifi, ap):
    """Scan, and open the access point. Return the networks (bytes): of each its strength, 1 to 4, the length of its
    name, and the name. A list takes 1 KB more. Raises OSError, or an ESP32's RuntimeError, where the radio fails.
    """
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
