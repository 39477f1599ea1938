metadata(
    description="Pages from templates for TinyWeb: compiled, escaped by default, streamed",
    version="2.0.0",
    license="MIT",
    author="TinyWeb developers",
)
require("tinyweb-core")
module("tinyweb_template.py")
module("tinyweb_template_compiler.py")
module("tinyweb_template_loader.py")
module("tinyweb_template_output.py")
module("tinyweb_template_urls.py")
