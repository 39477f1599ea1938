# ESP8266 with 2 MiB of flash or more: what MicroPython itself freezes for it, and TinyWeb.
# The port's own manifest has no asyncio: the one of this board has, and is what its image without a variant uses.
# Built by firmware/build, see ../../README.md.
include("$(PORT_DIR)/boards/ESP8266_GENERIC/manifest_2MiB.py")

# firmware/build --without static: what is not wanted. main.py is the program of firmware/frozen.
options.defaults(rest=True, static=True, wifi=True, main=True)
include("../../../manifest.py", rest=options.rest, static=options.static, wifi=options.wifi)
if options.main:
    module("main.py", base_path="../../frozen")
