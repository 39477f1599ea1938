# Folders as modules, made by tools/pack.py: loaded by the first that is served.

from tinyweb_static_sending import decide


def finder(folder, max_age, redirect):
    """Return a function from (req, resp, path) to a Plan for a file of a packed module, None if it is not there."""

    def find(req, resp, path):
        if path[1:] in folder.NAMES:
            # A folder has None in its place.
            item = folder.FILES[folder.NAMES.index(path[1:])] or redirect(req, resp)
            body, size, etag, _, about = item
            return decide(resp, max_age, body, size, etag, about)

    return find
