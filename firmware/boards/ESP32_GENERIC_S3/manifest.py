# ESP32-S3: what MicroPython itself freezes for it, and TinyWeb. Built by firmware/build, see ../../README.md.
include("$(PORT_DIR)/boards/manifest.py")

# firmware/build --without static: what is not wanted. main.py is the program of firmware/frozen.
options.defaults(rest=True, static=True, wifi=True, main=True)
include("../../../manifest.py", rest=options.rest, static=options.static, wifi=options.wifi)
if options.main:
    module("main.py", base_path="../../frozen")
