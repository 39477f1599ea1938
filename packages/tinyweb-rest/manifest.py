metadata(
    description="REST resources for TinyWeb: JSON in and out, generators streamed, CORS",
    version="2.0.0",
    license="MIT",
    author="TinyWeb developers",
)
require("tinyweb-core")
module("tinyweb_rest.py")
