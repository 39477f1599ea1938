metadata(
    description="The async web server itself: HTTP/1.1, routing, forms, JSON, streaming, limits",
    version="2.0.0",
    license="MIT",
    author="TinyWeb developers",
)
package("tinyweb")
