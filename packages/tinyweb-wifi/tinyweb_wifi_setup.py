# The set-up network of tinyweb-wifi: the access point and its portal. Loaded while it is open.
#
# CONTRACT. run() scans, opens the access point, waits for the page to be filled in, closes it, joins, and begins again
# if that failed. When it has joined, it has the file written and ends. While it runs, find() takes all requests, with
# any method: one for another host is redirected to the page, and no route can be reached but those of Wifi.open. There
# is one radio: a scan or a join beside an open access point would throw its clients off.
#
# What stays loaded is what waits. What acts is loaded for it, part by part, so that a full heap has room for each: the
# portal for a request, then the form, or the style and the page.

import asyncio
import gc
import sys


def _part(n):
    # Load a module, and return its function _run: it goes with what it returns. Collect first, so that it does not
    # come to lie between short-lived garbage (fragmentation).
    gc.collect()
    if n == 1:
        import tinyweb_wifi_portal as module
    elif n == 2:
        import tinyweb_wifi_form as module
    elif n == 3:
        import tinyweb_wifi_style as module
    else:
        import tinyweb_wifi_page as module
    sys.modules.pop(module.__name__)
    return module._run


class _SetUp:
    _found = b""  # the networks, as tinyweb_wifi_once._start_ap() returns them
    _chosen = False  # whether the settings are to be tried
    _wrong = False  # whether the last form was wrong, for the next page
    _left = 0  # seconds until the network closes: without a client, or once the settings are chosen

    def __init__(self, wifi, app):
        self._wifi = wifi
        self._app = app
        self._settings = wifi.settings  # those of the last join, or what was typed since
        self._hosts = app.allowed_hosts
        app.allowed_hosts = None
        self._take(self.find)

    def _take(self, find):
        from tinyweb.http import take_over

        take_over(self._app, find)

    def seen(self):
        """Note that there is a client."""
        if not self._chosen:
            self._left = self._wifi.minutes * 60

    def find(self, head):
        """Return what responds to a request, None for a route of the program's."""
        self.seen()
        if head.host.split(b":")[0] == self._wifi.address.encode():
            for prefix in self._wifi.open:
                if head.path.startswith(prefix.encode()):
                    return None
        return self

    async def handler(self, req, resp):
        """Respond to a request. No variable keeps a part, so that it goes when it has ended."""
        todo = await _part(1)(self, req, resp, 0)
        if todo == 303:
            status = await _part(2)(self, req, resp)
            await _part(1)(self, req, resp, status)
        elif todo:
            await _part(3)(self, resp)
            await _part(4)(self, resp)

    async def run(self, timeout):
        """See the set-up to its end. What the radio fails at is tried again."""
        from tinyweb_wifi_dns import _name_server

        sys.modules.pop("tinyweb_wifi_dns")
        wifi = self._wifi
        app = self._app
        known = wifi.settings
        dns = None
        joined = False
        try:
            while not joined:
                try:
                    self._found = wifi._once()._start_ap(wifi)
                    dns = asyncio.create_task(_name_server(wifi.address, self.seen))
                    self.seen()
                    while self._left > 0 or not (self._chosen or wifi.settings):
                        await asyncio.sleep(1)
                        self._left -= 1
                    if self._chosen:
                        wifi.settings = self._settings
                    else:
                        self._settings = wifi.settings
                    joined = await wifi.join(timeout)
                    if self._chosen and not joined:
                        wifi.settings = known or self._settings
                    self._chosen = False
                except (OSError, RuntimeError, MemoryError) as e:
                    print("tinyweb-wifi:", e)
                    await asyncio.sleep(5)
                finally:
                    if dns:
                        dns.cancel()
        finally:
            app.allowed_hosts = self._hosts
            self._take(None)
        wifi._once()._store(wifi)
