# Media types and content codings, by file name or set by the program. Lazy module: loaded by the first file whose
# suffix is not in tinyweb_static._TYPES.

# A few bytes objects: one would want 700 bytes of the heap in one piece, and a dict of small objects takes 6 KB. Each
# type is followed by its suffixes, the most common first, because the search is linear. "a/" is short for
# "application/".
TYPES = (
    b"|text/html html htm shtml |text/javascript js mjs cjs |text/css css |image/svg+xml svg |image/png png"
    b" |a/json json map |image/x-icon ico cur |image/jpeg jpg jpeg jpe jfif |image/webp webp |font/woff2 woff2 ",
    b"|image/gif gif |image/avif avif |a/manifest+json webmanifest |text/csv csv |a/xml xml xsl xsd rss atom"
    b" |a/wasm wasm |a/pdf pdf |text/plain txt text log ini cfg conf toml yaml yml py c h sh |text/markdown md ",
    b"|a/xhtml+xml xhtml xht |font/ttf ttf |font/otf otf |font/woff woff |image/bmp bmp |image/apng apng"
    b" |text/vtt vtt |audio/mpeg mp3 |audio/wav wav |audio/ogg ogg oga opus |audio/mp4 m4a |audio/aac aac"
    b" |audio/flac flac |audio/webm weba |video/mp4 mp4 m4v |video/webm webm |video/ogg ogv ",
)


def describe(name, encoding=None, media=None, more={}, headers={}):
    """Return (media type, coding) of a file: the arguments if given, else by its name, case-insensitive.

    more: {suffix: type}, searched before the table. headers: the response's, where Content-Type is deleted if media is
    given. An encoded file has the type of its content: x.html.gz, or x.html.br with an encoding, that of x.html. A .gz
    whose content has no known type, such as x.tar.gz, has no coding. Raises ValueError for a control character.
    """
    if min((media or "x") + (encoding or "x")) < " ":
        raise ValueError(media)
    if media:
        for field in list(headers):
            if str(field).lower() == "content-type":
                del headers[field]
        return media.encode(), encoding
    name = name[name.rfind("/") + 1 :].lower()
    dot = name.rfind(".")
    media = _by_suffix(name, dot, more)
    if not media and (encoding or name[dot:] in (".gz", ".svgz")):
        name = name[:-1] if name[dot:] == ".svgz" else name[: max(dot, 0)]
        media = _by_suffix(name, name.rfind("."), more)
        if media:
            encoding = encoding or "gzip"
    return media or b"application/octet-stream", encoding


def _by_suffix(name, dot, more):
    # Return the media type (bytes) of the suffix after the dot at this index, b"" if it is unknown.
    suffix = name[dot + 1 :] if dot >= 0 else ""
    if suffix in more:
        return more[suffix].encode()
    if " " in suffix:
        return b""
    suffix = b" %s " % suffix.encode()
    for types in TYPES:
        i = types.find(suffix)
        if i >= 0:
            i = types.rfind(b"|", 0, i) + 1
            media = types[i : types.find(b" ", i)].replace(b"a/", b"application/")
            return media + b"; charset=utf-8" if media[:4] == b"text" else media
    return b""
