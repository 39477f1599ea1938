# Folders packed into modules by tools/pack.py. Lazy module: loaded by the first static() of such a module.

from tinyweb_static_sending import decide


def finder(folder, max_age, redirect):
    """Return f(req, resp, path), which returns a Plan for a file of a packed module, None if it does not exist."""

    def find(req, resp, path):
        # A fallback may begin with a slash of its own.
        path = path.lstrip("/")
        if path in folder.NAMES:
            # For a folder, FILES has None: redirect to its URL with a slash.
            item = folder.FILES[folder.NAMES.index(path)] or redirect(req, resp)
            if item:
                body, size, etag, _, about = item
                return decide(resp, max_age, body, size, etag, about)

    return find
