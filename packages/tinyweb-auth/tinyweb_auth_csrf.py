# What refuses requests from pages of other origins. Imported by the first tinyweb_auth.csrf(), and by the first request
# with a login that may change something.

from tinyweb.http import HTTPException
from tinyweb_auth import _field


def _check_origin(req, allow=()):
    # Raise HTTPException 403 for a request that may change something and comes from a page of another origin.
    if req.head.method not in (b"GET", b"HEAD", b"OPTIONS"):
        from tinyweb.http import same_origin

        if not same_origin(req) and _field(req, b"\nOrigin: ") not in allow:
            raise HTTPException(403, "Sent by a page of another origin\n")


def csrf(app, allow=()):
    """Refuse with 403 what pages of other origins send, but for GET, HEAD and OPTIONS. allow: origins that may."""
    if isinstance(allow, str):
        allow = (allow,)  # or a part of it would do
    allow = list(map(str.encode, allow))

    def _guard(f):
        def _guarded(req, resp, *params):
            req.unhandled = True
            _check_origin(req, allow)
            req.unhandled = False
            return f(req, resp, *params)

        return _guarded

    app.guard("/", _guard)
