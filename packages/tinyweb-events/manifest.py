metadata(
    description="Server-sent events for TinyWeb: what happens on the board appears on every page",
    version="2.0.0",
    license="MIT",
    author="TinyWeb developers",
)
require("tinyweb-core")
module("tinyweb_events.py")
