# The set-up network of tinyweb-wifi: the access point, its portal and its page. Loaded while it is open.
#
# CONTRACT. _open_network() makes the portal a hook of the program's server, and returns a coroutine: it scans, opens
# the access point, waits for the page to be filled in, closes it, joins, and begins again if that failed. When it has
# joined, it writes the file and ends. While it runs, a request for another host is redirected to the page, with any
# method, and no route can be reached but those of Wifi.open. There is one radio: a scan or a join beside an open access
# point would throw its clients off.

import asyncio
import json
import os
import sys

from tinyweb.http import HTTPException

_SITES = None, b"same-origin", b"none"  # Sec-Fetch-Site: "none" is the user (Fetch Metadata)


def _page():
    import tinyweb_wifi_page as page

    return sys.modules.pop("tinyweb_wifi_page", page)


def _ap():
    import tinyweb_wifi_ap as ap

    return sys.modules.pop("tinyweb_wifi_ap", ap)


def _open_network(wifi, app, timeout):
    """Begin the set-up; return the coroutine that sees it to its end. What the radio fails at is tried again."""
    import network
    from tinyweb_wifi_dns import _name_server

    sys.modules.pop("tinyweb_wifi_dns")
    ap = network.WLAN(network.AP_IF)
    address = wifi.address
    hosts = app.allowed_hosts
    known = wifi.settings
    settings = known  # those of the last join, or what was typed since
    found = b""  # the networks, as tinyweb_wifi_ap._start_ap() returns them
    chosen = False  # whether the settings are to be tried
    wrong = b""  # what the next page says about the last form
    left = 0  # seconds until the network closes: without a client, or once the settings are chosen

    def _seen():
        nonlocal left
        if not chosen:
            left = wifi.minutes * 60

    def _to_page(resp, code):
        resp.code = code
        text = b"http://%s%s/" % (address.encode(), b":%d" % app.port if app.port != 80 else b"")
        resp.extra_lines += b"Location: %s\r\n" % text
        return text

    async def _guard(req, resp):
        nonlocal chosen, found, settings, wrong, left
        _seen()
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
                for text in _page()._lines(name):
                    return text
                if name[-4:] == b"_204":
                    resp.code = 204
                    return text
            return _to_page(resp, 302)
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
            # Both are loaded with the body.
            from tinyweb.http import field, parse_query_string

            if field(head.raw, b"origin") not in ours or field(head.raw, b"sec-fetch-site") not in _SITES:
                raise HTTPException(403)
            while len(text) < n:
                text += await req.read(n)
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
            return _to_page(resp, 303)
        await _page()._send(resp, wifi, network.hostname(), settings, chosen, found, wrong)
        wrong = b""
        if chosen:
            left = min(left, 2)
        return None

    async def _run():
        nonlocal chosen, found, left, settings
        dns = None
        joined = False
        try:
            while not joined:
                try:
                    found = _ap()._start_ap(wifi, ap)
                    dns = asyncio.create_task(_name_server(address, _seen))
                    _seen()
                    while left > 0 or not (chosen or wifi.settings):
                        await asyncio.sleep(1)
                        left -= 1
                    if chosen:
                        wifi.settings = settings
                    else:
                        settings = wifi.settings
                    joined = await wifi.join(timeout)
                    if chosen and not joined:
                        wifi.settings = known or settings
                    chosen = False
                except (OSError, RuntimeError, MemoryError) as e:
                    print("tinyweb-wifi:", e)
                    await asyncio.sleep(5)
                finally:
                    if dns:
                        dns.cancel()
        finally:
            ap.active(False)
            app.allowed_hosts = hosts
            app.remove_hook(_guard)
        # A power cut leaves the old file or the new one.
        new = wifi.file + ".new"
        with open(new, "w") as f:
            json.dump(wifi.settings, f)
        os.rename(new, wifi.file)
        print("tinyweb-wifi: http://%s/" % wifi.ip)

    app.allowed_hosts = None
    app.before_request(_guard)
    return _run()
