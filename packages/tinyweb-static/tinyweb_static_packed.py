# Folders as modules, made by tools/pack.py: loaded by the first that is served.


def finder(folder, max_age, fields, decide, redirect):
    """Return a function that finds a file of a packed module by its path and returns a Plan, None if it is not there."""

    def find(resp, path):
        if path[1:] in folder.NAMES:
            # A folder has None in its place.
            item = folder.FILES[folder.NAMES.index(path[1:])] or redirect(resp._req, resp)
            body, size, etag, _, about = item
            return decide(resp, fields(resp._req._head[8]), max_age, body, size, etag, about)

    return find
