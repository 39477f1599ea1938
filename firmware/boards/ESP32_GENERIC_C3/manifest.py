# ESP32-C3: what MicroPython itself freezes for it, and TinyWeb. See ../../README.md for the command.
include("$(PORT_DIR)/boards/manifest.py")

# take away what you do not need: rest=False, static=False
include("../../../manifest.py")
