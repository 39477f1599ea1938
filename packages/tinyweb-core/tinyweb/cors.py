# Cross-origin resource sharing (Fetch 3.2). Loaded with the first such response.

from .header_fields import add_header


def add_access_control_headers(resp):
    """Allow other origins to use this route, as its allowed_access_control_* say (Fetch 3.2)."""
    route = resp.req.route
    allow = "Access-Control-Allow-"
    origin = route.allowed_origins
    if not isinstance(origin, str):
        # One of several is allowed by its name, so caches have to keep the answers apart (Fetch 3.2.5).
        vary = resp.headers.get("Vary")
        add_header(resp, "Vary", vary + ", Origin" if vary else "Origin")
        # A loop, as what a client says need not be UTF-8, and is one of these only if it is equal.
        said = resp.req.header(b"origin")
        for origin in route.allowed_origins:
            if origin.encode() == said:
                break
        else:
            return
    add_header(resp, allow + "Origin", origin)
    add_header(resp, allow + "Methods", b", ".join(route.methods).decode())
    headers = route.allowed_headers
    add_header(resp, allow + "Headers", headers if isinstance(headers, str) else ", ".join(headers))
