# Files: send_file() sends one file, static() serves a folder or a packed module.
#
# CONTRACT. A response is made in three steps: _find() finds a file and describes it, decide() evaluates the request's
# conditions and returns a Plan, send() sends the Plan (see tinyweb_static_sending).
#
# These two modules hold what most programs need: common types, ETag and 304. The rest is in lazy modules, each
# imported by the first request that needs it: tinyweb_static_types, tinyweb_static_conditions (and ranges),
# tinyweb_static_dates, tinyweb_static_coding (gzip, ROMFS), tinyweb_static_fat, tinyweb_static_packed.

import os

try:
    from tinyweb import API
except ImportError:
    API = 2  # a core before there was this number
if API != 3:
    raise ImportError("tinyweb-static 2.0 needs tinyweb-core with API 3, not %d: install both again" % API)
from tinyweb.http import HTTPException
from tinyweb_static_sending import again, decide, send, stat_of

# {suffix in lower case, without its dot: media type}, in addition to the built-in tables.
mime_types = {}

# The most common types, as one bytes object: a dict takes three times the heap. Others are in tinyweb_static_types.
_TYPES = (
    b"|.html:text/html; charset=utf-8|.css:text/css; charset=utf-8|.js:text/javascript; charset=utf-8"
    b"|.svg:image/svg+xml|.png:image/png|.jpg:image/jpeg|.ico:image/x-icon|.json:application/json|"
)


def _is_hidden(path):
    """Return whether a path (str, decoded) below a folder's URL must not be served, even if the file exists.

    True for "..", dot files, empty segments, backslashes and control characters, and for aliases on FAT: names that end
    in a dot or a space, and short names (see tinyweb_static_fat).
    """
    path = b"/" + path.encode()
    if path[-1] != 47:
        path += b"/"
    if b"/." in path or b"./" in path or b" /" in path or b"//" in path or b"\\" in path or min(path) < 32:
        return True
    if b"~" in path:
        from tinyweb_static_fat import has_short_name

        return has_short_name(path)
    return False


def _find(resp, stat, max_age, path, media=None, encoding=None):
    # Find a file or its gzip sibling; return a Plan, or None if neither exists.
    st = stat(path)
    sibling = not encoding and stat(path + ".gz")
    if not (st or sibling):
        return None
    entry = b"|%s:" % path[path.rfind(".") :].encode()
    i = _TYPES.find(entry)
    if i < 0 or media or encoding or mime_types:
        from tinyweb_static_types import describe

        media, encoding = describe(path, encoding, media, mime_types, resp.headers)
        if encoding:
            # The file itself is encoded, so a gzip sibling does not apply.
            if not st:
                return None
            sibling = None
    else:
        media = _TYPES[i + len(entry) : _TYPES.find(b"|", i + 1)]
    coding = vary = b""
    if sibling:
        from tinyweb_static_coding import select

        path, st, encoding, vary = select(resp, path, st, sibling)
    size = st[6]
    mtime = mark = st[8]
    source = path
    if encoding or not mark:
        from tinyweb_static_coding import content_mark

        source, mark, coding = content_mark(path, size, mark, encoding)
    about = b"Accept-Ranges: bytes\r\nContent-Type: %s\r\n%s" % (media, coding)
    etag = mark and b'"%x-%x"' % (size, mark)
    # What is read from a file decides about an ETag, too, and so does the client about a gzip sibling.
    if coding or vary or mark != mtime:
        stat = None
    return decide(resp, max_age, source, size, etag, about, vary, path, mtime, stat)


def send_file(resp, filename, content_type=None, content_encoding=None, max_age=2592000, buf_size=None):
    """Send a file, or filename + ".gz" to a client that accepts gzip, and evaluate conditions (RFC 9110 13, 14).

    content_type: chosen by the suffix if None. content_encoding: the coding of the file itself, such as "gzip", which
    x.html.gz implies. max_age: seconds. buf_size: ignored, for 1.x. Return a coroutine. Raises HTTPException 404 if the
    file does not exist, or a parameter of the URL leads out of the program's folder, 412 for a failed condition, 416
    for a range outside of it, ValueError for a control character.
    """
    if isinstance(filename, bytes):
        filename = filename.decode()
    # As in 1.x, a max_age of None means 0.
    key = int(max_age or 0), filename, content_type, content_encoding
    plan = again(resp, key)
    if not plan:
        if not _leads_out(filename, resp.req.head.params):
            plan = _find(resp, stat_of, *key)
        if not plan:
            raise HTTPException(404)
    return send(resp, plan, key)


def _leads_out(name, params):
    # Return whether a parameter of the URL makes a file's name absolute, or climbs in it. Parameters are decoded, so
    # one may contain slashes; programs for 1.x, where it could not, put parameters into names.
    name = name.encode().replace(b"\\", b"/")
    for value in params:
        value = str(value).encode().replace(b"\\", b"/")
        if value[:1] == b"/" and name.find(value) == 0 or b".." in name and b"/../" in b"/%s/" % value:
            return True
    # MicroPython's file systems read a name up to its first NUL.
    return b"\0" in name


def _redirect(req, resp):
    # Do not redirect from a slash to the next: the index of a folder, or a fallback, may be a folder by mistake.
    path = req.path
    if path[-1] != 47:
        query = req.query_string
        raise HTTPException(308, None, {"Location": (path + (b"/?" if query else b"/") + query).decode()})


def static(app, url_prefix, folder, index="index.html", max_age=0, fallback=None, mime_types={}):
    """Serve the files of a folder, or of a module made by tools/pack.py, below a URL.

    index: the file served for a folder. max_age: seconds (0: browsers revalidate each time). fallback: the file served
    for a missing path without a dot in its last segment, for single-page applications. mime_types: more types, added to
    the dict of this name. Raises ValueError if the URL is taken.
    """
    globals()["mime_types"].update(mime_types)
    url_prefix = url_prefix.rstrip("/")
    if isinstance(folder, str):
        folder = folder.rstrip("/") if folder else "."
        stat = stat_of
        if hasattr(os, "getenv"):  # pragma: no branch  boards
            # On an operating system there may be symbolic links; file systems of boards have none.
            from tinyweb_static_links import stat_in

            stat = stat_in(folder)

        def find(req, resp, path):
            path = folder + path
            return _find(resp, stat, max_age, path) or stat(path, 4) and _redirect(req, resp)

    else:
        from tinyweb_static_packed import finder

        find = finder(folder, max_age, _redirect)

    def serve(req, resp, path):
        plan = again(resp, find)
        if not plan:
            if not _is_hidden(path):
                path = "/" + path
                plan = find(req, resp, path + index if path[-1] == "/" else path)
                if not plan and fallback and "." not in path[path.rfind("/") :]:
                    plan = find(req, resp, "/" + fallback)
                    if plan:
                        # The path may have a file of its own tomorrow.
                        return send(resp, plan, None)
            if not plan:
                raise HTTPException(404)
        return send(resp, plan, find)

    app.add_route(url_prefix + "/<path:name>", serve, methods=("GET",))
    if url_prefix:
        app.add_route(url_prefix, _redirect, methods=("GET",))
