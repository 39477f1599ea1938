# What firmware/build, firmware/flash and firmware/preload are made of.
