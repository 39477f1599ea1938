# Cross-origin resource sharing (Fetch 3.2). Lazy module: loaded by the first such response.

from .header_fields import add_header, set_fields


def add_access_control_headers(resp):
    """Set the CORS fields according to the route's allowed_access_control_* options (Fetch 3.2)."""
    route = resp.req.route
    allow = "Access-Control-Allow-"
    origin = route.allowed_origins
    if not isinstance(origin, str):
        # The response depends on the request's Origin, so caches must not share it between origins (Fetch 3.2.5).
        set_fields(resp, None)
        vary = resp.headers.get("Vary")
        add_header(resp, "Vary", vary + ", Origin" if vary else "Origin")
        # Compare as bytes, because the client's Origin need not be valid UTF-8.
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
