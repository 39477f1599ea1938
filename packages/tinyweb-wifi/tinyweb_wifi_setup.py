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

from tinyweb.http import HTTPException

_SITES = None, b"same-origin", b"none"  # Sec-Fetch-Site: none is the user (Fetch 3.1)


def _page():
    import tinyweb_wifi_page as page

    sys.modules.pop("tinyweb_wifi_page")
    return page


def _field(raw, name):
    # Return the value of a field (bytes) in lower case, None without one. name: lower case, with the colon. To copy the
    # whole head takes a piece that a full heap does not have, and http.same_origin() loads two modules.
    i = raw.find(b"\n") + 1
    while i:
        end = i + len(name)
        if bytes(raw[i:end]).lower() == name:
            return bytes(raw[end : raw.find(b"\r", end)]).strip().lower()
        i = raw.find(b"\n", end) + 1
    return None


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
    found = b""  # of each network its strength, 1 to 4, the length of its name, and the name: a list takes 1 KB more
    chosen = False  # whether the settings are to be tried
    wrong = b""  # what the next page says about the last form
    idle = 0  # seconds
    left = 0  # seconds for the page that says what was chosen; fewer once it is sent

    def up():
        nonlocal found
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

    def to_page(resp, code):
        resp.code = code
        text = b"http://%s%s/" % (address.encode(), b":%d" % app.port if app.port != 80 else b"")
        resp.extra_lines += b"Location: %s\r\n" % text
        return text

    async def guard(req, resp):
        nonlocal chosen, found, settings, wrong, left
        seen()
        head = req.head
        path = head.path
        text = b""
        # As a response of HTTP/1.0, which ends with its connection: a board has few of them.
        resp.version = "1.0"
        resp.type_line = b"Content-Type: text/html; charset=utf-8\r\n"
        resp.extra_lines = b"Cache-Control: no-store\r\n"
        if head.host.split(b":")[0] != address.encode():
            if chosen:
                # A phone may close its window of the portal now.
                name = path[path.rfind(b"/") + 1 :]
                for text in _page().lines(name):
                    return text
                if name[-4:] == b"_204":
                    resp.code = 204
                    return text
            return to_page(resp, 302)
        if path != b"/":
            for prefix in wifi.open:
                if path.startswith(prefix.encode()):
                    resp.version = "1.1"
                    resp.type_line = resp.extra_lines = b""
                    return None
            resp.code = 404
            return text
        if head.method == b"POST":
            n = head.content_length
            if not 0 <= n <= 512:
                raise HTTPException(413)
            # There is one page that may send it.
            ours = None, b"http://" + head.host, b"https://" + head.host
            if _field(head.raw, b"origin:") not in ours or _field(head.raw, b"sec-fetch-site:") not in _SITES:
                raise HTTPException(403)
            while len(text) < n:
                text += await req.read(n)
            from tinyweb.http import parse_query_string

            get = parse_query_string(text).get
            ssid = get("n") or get("o", "")
            key = get("p", "")
            settings = {"ssid": ssid, "password": key}
            for name, _ in wifi.fields:
                settings[name] = get(name, "")
            chosen = 0 < len(ssid.encode()) < 33 and (not key or 7 < len(key.encode()) < 65)
            if chosen:
                found = b""  # nobody chooses any more, and the form's modules take what there is
            left = 10
            wrong = b"" if chosen else b"<p class=w>A name has 1 to 32 bytes, a password 8 to 63."
            # The page comes with a request of its own, whose modules are not in the heap beside those of the form.
            return to_page(resp, 303)
        await _page().send(resp, wifi, network.hostname(), settings, chosen, found, wrong)
        wrong = b""
        left = min(left, 2)
        return None

    async def run():
        nonlocal chosen, idle, left
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
                        while left > 0:
                            await asyncio.sleep(1)
                            left -= 1
                    joined = await wifi.join(timeout)
                    chosen = False
                except (OSError, MemoryError) as e:
                    print("tinyweb-wifi:", e)
                    await asyncio.sleep(5)
                finally:
                    if dns:
                        dns.cancel()
        finally:
            ap.active(False)
            app.allowed_hosts = hosts
            app.remove_hook(guard)
        # A power cut leaves the old file or the new one.
        new = wifi.file + ".new"
        with open(new, "w") as f:
            json.dump(wifi.settings, f)
        os.rename(new, wifi.file)
        print("tinyweb-wifi: http://%s/" % wifi.ip)

    app.allowed_hosts = None
    app.before_request(guard)
    return run()
