metadata(
    description="Uploads for TinyWeb: forms with files (multipart/form-data), read through one small buffer",
    version="2.0.0",
    license="MIT",
    author="TinyWeb developers",
)
require("tinyweb-core")
module("tinyweb_multipart.py")
