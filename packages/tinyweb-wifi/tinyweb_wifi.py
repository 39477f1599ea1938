# WiFi that is set up from a phone.
#
# CONTRACT. start() joins the network that the file names. If that fails, the board becomes an access point with a name
# server and a page that asks for the network (tinyweb_wifi_setup, tinyweb_wifi_dns): both are loaded for that only.
# This module stays: it joins, and joins again when the network was away.

import asyncio
import json
import os
import sys

try:
    from tinyweb import API
except ImportError:
    API = 2  # a core before there was this number
if API != 3:
    raise ImportError("tinyweb-wifi 2.0 needs tinyweb-core with API 3, not %d: install both again" % API)


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
        if not 0 < len(name.encode()) < 28 or key is not None and not 7 < len(key.encode()) < 64:
            raise ValueError("name: 1 to 27 bytes, key: 8 to 63")
        self.name = name
        self.key = key
        self.address = address
        self.file = file
        for key, _ in fields:
            # One letter is an input of the page's own.
            if len(key) < 2 or key in ("ssid", "password"):
                raise ValueError("This key of fields is taken: " + key)
        self.fields = fields
        # Each character of a str would be a prefix.
        self.open = (open,) if isinstance(open, str) else open
        self.retries = retries
        self.minutes = minutes

    async def start(self, app, timeout=20):
        """Join the known network; return the board's address (str). Without one, open the set-up network: return None.

        timeout: seconds (int) for each of `retries`. A PC, which has no module network, is in one already: "127.0.0.1".
        """
        if self._task:
            self._task.cancel()
            await asyncio.sleep(0)
        try:
            import network
        except ImportError:
            self.ip = "127.0.0.1"
            return self.ip
        network.hostname(self.name.replace(" ", "-"))
        self.settings = {}
        try:
            with open(self.file) as f:
                settings = json.load(f)
            if settings["ssid"] + settings["password"] > "":  # TypeError for others than str
                self.settings = settings
            for _ in range(self.retries):
                if await self.join(timeout):
                    return self.ip
        except (OSError, RuntimeError):
            pass  # there is no file yet, or the radio fails: the set-up tries it again
        except (ValueError, KeyError, TypeError):
            print("tinyweb-wifi: no ssid and password in " + self.file)
        self._set_up(app, timeout)
        return None

    def _set_up(self, app, timeout):
        # Not in start(): a coroutine keeps its variables as long as the one that awaited it refers to it, which may be
        # for good.
        from tinyweb_wifi_setup import _open_network

        # The core keeps what is in sys.modules when its port opens; this goes when its work is done.
        sys.modules.pop("tinyweb_wifi_setup")
        self._task = asyncio.create_task(_open_network(self, app, timeout))

    def forget(self):
        """Remove the file: the next start() opens the set-up network."""
        self.settings = {}
        try:
            os.remove(self.file)
        except OSError:
            pass  # there is none

    async def join(self, timeout):
        """Join the network of the settings; return whether it is joined within so many seconds. outcome says more."""
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
