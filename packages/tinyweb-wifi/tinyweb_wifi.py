# WiFi that is set up from a phone.
#
# CONTRACT. start() joins the network that the file names. If that fails, the board becomes an access point with a name
# server and a page that asks for the network (tinyweb_wifi_setup, tinyweb_wifi_dns): both are loaded for that only.
# This module stays: it sees that the board is in the network, and joins again when the network was away. What is done
# now and then is in tinyweb_wifi_once.

import asyncio
import gc
import os
import sys


class Wifi:
    ip = None  # the board's address in the network (str), None while it is in none
    outcome = ""  # what the last join ended with
    settings = {}  # of the file: ssid, password, and a text for each of fields
    _task = None

    def __init__(
        self,
        name="TinyWeb",
        key=None,
        address="192.168.4.1",
        file="wifi.json",
        fields=(),
        open=(),
        retries=3,
        minutes=10,
    ):
        """Describe the set-up network: its name (27 bytes at most; 2 bytes of the board's id follow), its key (WPA2, 8
        to 63 characters; open if None), the board's address in it. file: where the settings are. fields: more inputs
        of the page. open: prefixes of paths that can be reached in it. retries: of joining at start. minutes: without
        a client, until the known network is tried again. Raises ValueError.
        """
        self.name = name
        self.key = key
        self.address = address
        self.file = file
        self.fields = fields
        self.open = open
        self.retries = retries
        self.minutes = minutes
        self._once()._check_options(self)

    async def start(self, app, timeout=20):
        """Join the known network; return the board's address (str). Without one, open the set-up network: return None.

        timeout: seconds (int) for each of `retries`. A PC, which has no module network, is in one already: "127.0.0.1".
        """
        if self._task:
            self._task.cancel()
            await asyncio.sleep(0)
        if self._once()._read_file(self):
            try:
                for _ in self.settings and range(self.retries):
                    if await self.join(timeout):
                        break
            except (OSError, RuntimeError):
                pass  # the radio fails: the set-up tries it again
            if not self.ip:
                self._set_up(app, timeout)
        return self.ip

    def _set_up(self, app, timeout):
        # Not in start(): a coroutine keeps its variables as long as the one that awaited it refers to it, which may be
        # for good.
        gc.collect()
        from tinyweb_wifi_setup import _SetUp

        # The core keeps what is in sys.modules when its port opens; this goes when its work is done.
        sys.modules.pop("tinyweb_wifi_setup")
        self._task = asyncio.create_task(_SetUp(self, app).run(timeout))

    def forget(self):
        """Remove the file: the next start() opens the set-up network."""
        self.settings = {}
        try:
            os.remove(self.file)
        except OSError:
            pass  # there is none

    async def join(self, timeout):
        """Join the network of the settings; return whether it is joined within so many seconds. outcome says more."""
        return await self._once()._join(self, timeout)

    def _once(self):
        # Return the module tinyweb_wifi_once, which goes when it is no longer used.
        gc.collect()
        import tinyweb_wifi_once as module

        return sys.modules.pop("tinyweb_wifi_once", module)

    def _connect(self):
        # Return whether it has to be tried again.
        try:
            self._wlan.disconnect()
        except OSError:
            pass  # it was not connected
        try:
            self._wlan.connect(self.settings["ssid"], self.settings["password"] or None)
        except (OSError, RuntimeError):
            return True  # it is still at the last one

    async def _watch(self):
        # An ESP joins again by itself, as a rule; a Pico W does not.
        lost = 0
        while True:
            await asyncio.sleep(5)
            try:
                lost = 0 if self._wlan.isconnected() else lost + 1
                self.ip = None if lost else self._wlan.ifconfig()[0]
                if lost % 6 == 5 and self.settings:
                    self._connect()
            except MemoryError:
                pass  # this task has to last
