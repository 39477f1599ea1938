# ESP8266 with 2 MiB of flash or more: what MicroPython itself freezes for it, and TinyWeb.
# The port's own manifest has no asyncio: the one of this board has, and is what its image without a variant uses.
# See ../../README.md for the command.
include("$(PORT_DIR)/boards/ESP8266_GENERIC/manifest_2MiB.py")

# take away what you do not need: rest=False, static=False
include("../../../manifest.py")
