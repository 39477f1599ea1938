metadata(
    description="Files for TinyWeb: send_file and whole folders",
    version="2.0.0",
    license="MIT",
    author="TinyWeb developers",
)
require("tinyweb-core")
module("tinyweb_static.py")
module("tinyweb_static_answers.py")
module("tinyweb_static_coding.py")
module("tinyweb_static_conditions.py")
module("tinyweb_static_dates.py")
module("tinyweb_static_fat.py")
module("tinyweb_static_links.py")
module("tinyweb_static_packed.py")
module("tinyweb_static_sending.py")
module("tinyweb_static_types.py")
