metadata(
    description="The async web server itself: HTTP/1.1, routing, forms, JSON, streaming, limits",
    version="2.0.0",
    license="MIT",
    author="TinyWeb developers",
)
# all but cpython.py, which no board loads; python tools/release.py writes the list
package(
    "tinyweb",
    files=(
        "__init__.py",
        "body.py",
        "connection.py",
        "engine.py",
        "errors.py",
        "extension.py",
        "fields.py",
        "form.py",
        "http.py",
        "query.py",
        "reasons.py",
        "request.py",
        "response.py",
        "router.py",
        "server.py",
        "stop.py",
        "stream.py",
        "tree.py",
    ),
)
