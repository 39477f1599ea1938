# Freezes a choice of TinyWeb's packages into an image:
#
#     include("<this repository>/manifest.py")                             the core, tinyweb-rest and tinyweb-static
#     include("<this repository>/manifest.py", static=False)               without tinyweb-static
#     include("<this repository>/manifest.py", auth=True, rest=False)      each other package is an option, too
#
# Every folder packages/tinyweb-NAME has the option NAME; the core is always there. The modules that each program loads
# are frozen as one, which saves 1.4 KB of heap; merged=False freezes the files as they are. Or take packages one by one
# (a package brings what it needs; nothing is merged):
#
#     add_library("tinyweb", "<this repository>/packages")
#     require("tinyweb-rest", library="tinyweb")
#
# Both need the manifest reader of MicroPython 1.22 or later. Start a board's manifest from the port's own, as those in
# firmware/boards/ do. A frozen module hides a newer one in /lib.
import os
import runpy

options.defaults(rest=True, static=True, merged=True)
names = [name.partition("-")[2] for name in sorted(os.listdir("packages")) if name.startswith("tinyweb-")]
for option in vars(options).get("_kwargs", ()):
    if option not in names and option != "merged":  # the reader would pass over a misspelt one
        raise ValueError("There is no package tinyweb-%s" % option)

if options.merged:
    # The packages below find this core first.
    add_library("tinyweb-merged", runpy.run_path("tools/frozen.py")["core"]())
    require("tinyweb-core", library="tinyweb-merged")
add_library("tinyweb", "packages")
for name in names:
    if name != "core" and getattr(options, name) or name == "core" and not options.merged:
        require("tinyweb-" + name, library="tinyweb")
