metadata(
    description="WiFi that is set up from a phone, for TinyWeb",
    version="2.0.0",
    license="MIT",
    author="TinyWeb developers",
)
require("tinyweb-core")
module("tinyweb_wifi.py")
module("tinyweb_wifi_dns.py")
module("tinyweb_wifi_form.py")
module("tinyweb_wifi_once.py")
module("tinyweb_wifi_page.py")
module("tinyweb_wifi_portal.py")
module("tinyweb_wifi_setup.py")
module("tinyweb_wifi_style.py")
