from typing import Any

from tinyweb.server import webserver

class Wifi:
    """A board's WiFi, set up from a phone: the set-up network has this `name`, with the last 2 bytes of the board's id
    behind it, and the `key` (WPA2, 8 to 63 bytes; None: open).

    `name`: 1 to 27 bytes; the board is also NAME.local where the port has mDNS, with hyphens for spaces. `address`: the
    board's in the set-up network. `file`: where the settings are. `fields`: (key, label) of further inputs of the page;
    a key has two letters or more, and is not "ssid" or "password", a label is HTML. `open`: prefixes of paths that are
    served in the set-up network, too. `retries`: how often start() tries to join. `minutes`: how long the set-up
    network stays open without a client before the known network is tried again. Raises ValueError for a name or key of
    another length, and for fields that are no such pairs.
    """

    ip: str | None
    """The board's address in the network, None while it is in none."""

    outcome: str
    """What the last join ended with, a sentence for people; "" if it succeeded."""

    settings: dict[str, Any]
    """What the file holds: `ssid`, `password` (str) and a str for each of `fields`; {} if nothing is known."""

    def __init__(
        self,
        name: str = "TinyWeb",
        key: str | None = None,
        address: str = "192.168.4.1",
        file: str = "wifi.json",
        fields: tuple[tuple[str, str], ...] = (),
        open: str | tuple[str, ...] = (),
        retries: int = 3,
        minutes: float = 10,
    ) -> None: ...
    async def start(self, app: webserver, timeout: int = 20) -> str | None:
        """Join the known network within `timeout` seconds for each of `retries`, and return the board's address.

        Otherwise open the set-up network on `app`, and return None; when the board has joined, `ip` is set. A PC, which
        has no module `network`, is in a network already: "127.0.0.1".
        """

    async def join(self, timeout: int) -> bool:
        """Join the network of `settings`; return whether it succeeded within `timeout` seconds. `outcome` says more."""

    def forget(self) -> None:
        """Remove the file. The next `start()` opens the set-up network."""
