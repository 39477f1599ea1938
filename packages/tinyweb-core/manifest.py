metadata(
    description="The async web server itself: HTTP/1.1, routing, forms, JSON, streaming, limits",
    version="2.0.0",
    license="MIT",
    author="TinyWeb developers",
)
# all but cpython.py, which no board loads; python tools/release.py writes the list
# fmt: off
package("tinyweb", files=(
    "__init__.py",
    "answer.py",
    "ask.py",
    "body.py",
    "connection.py",
    "engine.py",
    "errors.py",
    "extension.py",
    "form.py",
    "hints.py",
    "http.py",
    "jsontext.py",
    "pieces.py",
    "query.py",
    "reasons.py",
    "request.py",
    "response.py",
    "router.py",
    "server.py",
    "setup.py",
    "stop.py",
    "stream.py",
    "tree.py",
    "wait.py",
))
