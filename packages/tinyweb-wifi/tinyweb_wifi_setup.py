# The set-up network of tinyweb-wifi: the access point, its portal and its page. Loaded while it is open.
#
# CONTRACT. open_network() makes the portal a hook of the program's server, and returns a coroutine: it scans, opens the
# access point, waits for the page to be filled in, closes it, joins, and begins again if that failed. When it has
# joined, it writes the file and ends. While it runs, a request for another host is redirected to the page, with any
# method, and no route can be reached but those of Wifi.open. There is one radio: a scan or a join beside an open access
# point would throw its clients off.

import asyncio
import json
import os
import sys

from tinyweb import http


def _parts():
    # The page that tools/wifi_page.py has made of page.html; it is in the heap for a moment only.
    from io import BytesIO

    from deflate import RAW, DeflateIO
    from tinyweb_wifi_page import PAGE

    sys.modules.pop("tinyweb_wifi_page")
    return DeflateIO(BytesIO(PAGE), RAW, 10).read().split(b"|")


def _escape(text):
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b'"', b"&quot;")


def open_network(wifi, app, timeout):
    """Begin the set-up; return the coroutine that sees it to its end. What the radio fails at is tried again."""
    import network
    from machine import unique_id
    from tinyweb_wifi_dns import serve

    sys.modules.pop("tinyweb_wifi_dns")
    ap = network.WLAN(network.AP_IF)
    address = wifi.address
    hosts = app.allowed_hosts
    settings = wifi.settings  # what was typed last
    rows = b""  # of the page, one for each network
    chosen = False  # whether the settings are to be tried
    idle = 0  # seconds

    def up():
        nonlocal rows
        ap.active(False)  # an ESP8266 comes up as one
        sta = network.WLAN(network.STA_IF)
        sta.active(True)
        rows = b""
        names = [b""]  # a hidden network has no name
        try:
            for n in sorted(sta.scan(), key=lambda n: -n[3]):
                name = n[0].strip(b"\0")
                if name not in names and len(names) < 13:
                    names.append(name)
                    name = _escape(name)
                    rows += b'<label><input type=radio name=n value="%s"%s><b>%s</b>%s</label>' % (
                        name,
                        b" checked" if names[-1] == settings.get("ssid", "").encode() else b"",
                        name,
                        "▂▄▆█"[: max(1, n[3] // 10 + 10)].encode(),
                    )
        except (OSError, MemoryError):
            pass  # a name can be typed, too
        sta.active(False)
        name = "%s-%02X%02X" % ((wifi.name,) + tuple(unique_id()[-2:]))
        key = wifi.key or ""
        security = key and getattr(network, "AUTH_WPA_WPA2_PSK", 0x400006) or 0
        # A Pico W takes them while the access point is inactive, an ESP8266 while it is active.
        ap.active(hasattr(network, "phy_mode"))
        try:
            ap.config(ssid=name, key=key, security=security)
        except OSError:
            ap.active(True)
            ap.config(ssid=name, key=key, security=security)
        ap.active(True)
        if ap.ifconfig()[0] != address:
            ap.ifconfig((address, "255.255.255.0", address, address))
        print("tinyweb-wifi: join %s, http://%s/" % (name, address))

    def seen():
        nonlocal idle
        idle = 0

    def page(parts, text):
        ssid = _escape(settings.get("ssid", "").encode())
        name = _escape(wifi.name.encode())
        if chosen:
            return (parts[0] + parts[2]) % (name, name, ssid, network.hostname().encode())
        if ssid and not text:
            text = b"<p class=w>%s: %s." % (ssid, wifi.outcome.encode())
        if b" checked" in rows:
            ssid = b""
        more = b""
        for key, label in wifi.fields:
            value = _escape(settings.get(key, "").encode())
            more += b'<label><b>%s</b><input class=t name="%s" value="%s"></label>' % (
                label.encode(),
                key.encode(),
                value,
            )
        return (parts[0] + parts[1]) % (name, name, text, rows, ssid and b" checked", ssid, more)

    async def guard(req, resp):
        nonlocal chosen, settings
        seen()
        head = req.head
        path = head.path
        lines = text = b""
        parts = path == b"/" or chosen
        parts = parts and _parts()
        if head.host.split(b":")[0] != address.encode():
            # When the network is chosen, a phone may close its window of the portal.
            name = path[path.rfind(b"/") + 1 :]
            if chosen and name in parts:
                text = parts[parts.index(name) + 1]
            elif chosen and name[-4:] == b"_204":
                resp.code = 204
                return b""
            else:
                resp.code = 302
                text = b"http://%s%s/" % (address.encode(), b":%d" % app.port if app.port != 80 else b"")
                lines = b"Location: %s\r\n" % text
        elif path != b"/":
            for prefix in wifi.open:
                if path.startswith(prefix.encode()):
                    return None
            resp.code = 404
        elif head.method == b"POST":
            n = head.content_length
            if not 0 <= n <= 512:
                raise http.HTTPException(413)
            if not http.same_origin(req):
                raise http.HTTPException(403)
            while len(text) < n:
                text += await req.read(n)
            form = http.parse_query_string(text)
            get = form.get
            settings = {"ssid": get("n") or get("o", ""), "password": get("p", "")}
            for name, _ in wifi.fields:
                settings[name] = get(name, "")
            chosen = 0 < len(settings["ssid"].encode()) < 33 and (
                not settings["password"] or 8 <= len(settings["password"].encode()) <= 64
            )
            text = page(parts, b"<p class=w>A name has 1 to 32 bytes, a password 8 to 63.")
        else:
            text = page(parts, b"")
        # As a response of HTTP/1.0, which ends with its connection: a board has few of them.
        resp.version = "1.0"
        resp.type_line = b"Content-Type: text/html; charset=utf-8\r\n"
        resp.extra_lines = b"%sCache-Control: no-store\r\nContent-Length: %d\r\n" % (lines, len(text))
        return text

    async def run():
        nonlocal chosen, idle
        dns = None
        joined = False
        try:
            while not joined:
                try:
                    up()
                    dns = asyncio.create_task(serve(address, seen))
                    idle = 0
                    while not chosen and (idle < wifi.minutes * 60 or not wifi.settings):
                        await asyncio.sleep(1)
                        idle += 1
                    if chosen:
                        wifi.settings = settings
                        await asyncio.sleep(2)  # for the response
                    dns.cancel()
                    joined = await wifi.join(timeout)
                    chosen = False
                except (OSError, MemoryError) as e:
                    print("tinyweb-wifi:", e)
                    await asyncio.sleep(5)
        finally:
            if dns:
                dns.cancel()
            ap.active(False)
            app.allowed_hosts = hosts
            app.remove_hook(guard)
        # A power cut leaves the old file or the new one.
        with open(wifi.file + ".new", "w") as f:
            json.dump(wifi.settings, f)
        os.rename(wifi.file + ".new", wifi.file)
        print("tinyweb-wifi: http://%s/" % wifi.ip)

    app.allowed_hosts = None
    app.before_request(guard)
    return run()
