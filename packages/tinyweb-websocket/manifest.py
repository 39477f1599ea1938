metadata(
    description="WebSockets for TinyWeb (RFC 6455)",
    version="2.0.0",
    license="MIT",
    author="TinyWeb developers",
)
require("tinyweb-core")
module("tinyweb_websocket.py")
module("tinyweb_websocket_rare.py")
