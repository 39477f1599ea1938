# Freezes a choice of TinyWeb's packages into an image:
#
#     include("<this repository>/manifest.py")                             the core, tinyweb-rest and tinyweb-static
#     include("<this repository>/manifest.py", static=False)               without tinyweb-static
#     include("<this repository>/manifest.py", auth=True, rest=False)    each other package is an option, too
#
# Every folder packages/tinyweb-NAME has the option NAME; the core is always there. Or take packages one by one (a
# package brings what it needs):
#
#     add_library("tinyweb", "<this repository>/packages")
#     require("tinyweb-rest", library="tinyweb")
#
# Both need the manifest reader of MicroPython 1.22 or later. Start a board's manifest from the port's own, as those in
# firmware/boards/ do. A frozen module hides a newer one in /lib.
import os

options.defaults(rest=True, static=True)
names = [name.partition("-")[2] for name in sorted(os.listdir("packages")) if name.startswith("tinyweb-")]
for option in vars(options).get("_kwargs", ()):
    if option not in names:  # the reader would pass over a misspelt one
        raise ValueError("There is no package tinyweb-%s" % option)

add_library("tinyweb", "packages")
for name in names:
    if name == "core" or getattr(options, name):
        require("tinyweb-" + name, library="tinyweb")
