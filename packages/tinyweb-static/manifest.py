metadata(
    description="Files for TinyWeb: send_file and whole folders",
    version="2.0.0",
    license="MIT",
    author="TinyWeb developers",
)
require("tinyweb-core")
module("tinyweb_static.py")
module("tinyweb_static_dates.py")
module("tinyweb_static_links.py")
module("tinyweb_static_words.py")
