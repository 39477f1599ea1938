# Freezes a choice of TinyWeb's packages into an image:
#
#     include("<this repository>/manifest.py")                  all of them
#     include("<this repository>/manifest.py", static=False)    without tinyweb-static
#
# Or take packages one by one (a package brings what it needs):
#
#     add_library("tinyweb", "<this repository>/packages")
#     require("tinyweb-rest", library="tinyweb")
#
# Both need the manifest reader of MicroPython 1.22 or later. Start a board's manifest from the port's own, as those in
# firmware/boards/ do. A frozen module hides a newer one in /lib.
options.defaults(rest=True, static=True)

add_library("tinyweb", "packages")
require("tinyweb-core", library="tinyweb")
if options.rest:
    require("tinyweb-rest", library="tinyweb")
if options.static:
    require("tinyweb-static", library="tinyweb")
